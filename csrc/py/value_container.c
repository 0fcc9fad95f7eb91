/* Containers: sequences, sets, dicts, their views and subclasses; depth and cycles.
 *
 * Everything is read through the storage of the builtin base; nothing is iterated by
 * the class's own methods. */
#include "py/value.h"

#include "py/class_layout.h"
#include "py/filter_value.h"
#include "py/object.h"
#include "py/value_parts.h"

void ct_encode_cut(struct ct_encoder *encoder, Py_ssize_t more)
{
    encoder->nodes_left--;
    ct_encode_tag(encoder, CT_VAL_CUT);
    ct_encoder_number(encoder, (uint64_t)more);
}

Py_ssize_t ct_encode_shown_items(const struct ct_encoder *encoder, Py_ssize_t length,
                                 Py_ssize_t limit, int width)
{
    Py_ssize_t shown = Py_MIN(length, limit);
    if (encoder->depth_limit > 1)
        return shown;
    Py_ssize_t room = encoder->nodes_left / width;
    if (shown < length || room < shown)
        room = (encoder->nodes_left - 1) / width; /* with the mark */
    return Py_MIN(shown, Py_MAX(room, 0));
}

/* Writes the head of a container and gives the items to show. `dict` is what holds
 * them, or NULL. */
static Py_ssize_t begin(struct ct_encoder *encoder, const struct ct_class_entry *entry,
                        unsigned tag, const PyTypeObject *builtin, Py_ssize_t length,
                        PyObject *dict)
{
    Py_ssize_t shown = ct_encode_shown_items(
        encoder, length, encoder->policy->max_items, ct_item_nodes(entry->kind));
    ct_encode_subclass(encoder, entry, builtin);
    ct_encode_tag(encoder, tag);
    Py_ssize_t dropped = 0;
    if (dict != NULL && ct_filter_drops(encoder) && ct_filter_has_keys(encoder, dict))
        dropped = ct_filter_dropped_keys(encoder, dict, shown);
    ct_encoder_number(encoder, (uint64_t)(shown - dropped + (shown < length)));
    return shown;
}

static void encode_array(struct ct_encoder *encoder, const struct ct_class_entry *entry,
                         unsigned tag, const PyTypeObject *builtin, PyObject **items,
                         Py_ssize_t length)
{
    Py_ssize_t shown = begin(encoder, entry, tag, builtin, length, NULL);
    ct_witness_words(&encoder->witness, items, (size_t)shown);
    ct_encode_nodes(encoder, items, shown);
    if (shown < length)
        ct_encode_cut(encoder, length - shown);
}

/* Whether an entry of a set holds an item. */
static inline bool is_item(const setentry *entry)
{
    return entry->key != NULL && entry->hash != -1; /* -1: a deleted item */
}

/* Observes the entries of a set up to its item number `shown`. */
static void observe_set(struct ct_encoder *encoder, const PySetObject *set,
                        Py_ssize_t shown)
{
    struct ct_witness *witness = &encoder->witness;
    Py_ssize_t count = 0;
    for (; shown > 0 && count <= set->mask; count++)
        shown -= is_item(&set->table[count]);
    ct_witness_words(witness, &set->mask, 1);
    ct_witness_words(witness, &set->table, 1);
    ct_witness_words(witness, set->table,
                     (size_t)count * (sizeof(setentry) / sizeof(uint64_t)));
}

static void encode_set(struct ct_encoder *encoder, PyObject *object,
                       const struct ct_class_entry *entry)
{
    bool is_frozen = entry->kind == CT_KIND_OF_FROZENSET;
    const PySetObject *set = (PySetObject *)object;
    Py_ssize_t length = set->used;
    Py_ssize_t shown = begin(encoder, entry, is_frozen ? CT_VAL_FROZENSET : CT_VAL_SET,
                             is_frozen ? &PyFrozenSet_Type : &PySet_Type, length, NULL);
    observe_set(encoder, set, shown);
    Py_ssize_t left = shown;
    for (Py_ssize_t i = 0; left > 0 && i <= set->mask && encoder->nodes_left >= 0;
         i++) {
        if (is_item(&set->table[i])) {
            ct_encode_node(encoder, set->table[i].key);
            left--;
        }
    }
    if (shown < length)
        ct_encode_cut(encoder, length - shown);
}

/* Which halves of a dict's entries are shown. */
enum view { VIEW_PAIRS, VIEW_KEYS, VIEW_VALUES };

/* The words since byte `start` are what the dict's version stands for. */
static void end_version(struct ct_encoder *encoder, PyObject *dict, size_t start)
{
    const struct ct_buf *words = &encoder->witness.words;
    size_t end = ct_witness_part(&encoder->witness);
    if (words->failed || ct_dict_version(dict) == 0)
        return;
    uint64_t *count = (uint64_t *)(void *)(words->data + start) - 1;
    *count = (end - start) / sizeof *count;
}

/* Observes the dict's version, then its first entries. Gives where what the version
 * stands for begins. */
static size_t begin_entries(struct ct_encoder *encoder, PyObject *dict,
                            Py_ssize_t shown)
{
    struct ct_witness *witness = &encoder->witness;
    uint64_t version = ct_dict_version(dict), count = 0;
    if (version != 0) {
        ct_witness_number(witness, dict, CT_OBSERVED_VERSION, version);
        ct_witness_append(witness, &count, sizeof count);
    }
    size_t start = ct_witness_part(witness);
    ct_dict_witness(witness, dict, shown);
    end_version(encoder, dict, start);
    encoder->has_only_scalars = true;
    return start;
}

/* The version tells the entries themselves, too, if all are scalars, which cannot
 * change. */
static void end_entries(struct ct_encoder *encoder, PyObject *dict, size_t start)
{
    if (encoder->has_only_scalars)
        end_version(encoder, dict, start);
    encoder->has_only_scalars = false; /* for a dict around this one */
}

/* A value of the dict as it is shown, or NULL. That depends on the key, which nothing
 * has observed if it is not shown. */
static PyObject *filter_entry(struct ct_encoder *encoder, PyObject *dict, PyObject *key,
                              PyObject *value, enum view view)
{
    PyObject *shown = ct_filter_key(encoder, dict, key, value);
    if (shown == NULL || view == VIEW_VALUES)
        encoder->is_verifiable = false;
    return shown;
}

/* A walk over a dict's entries. */
struct walk {
    PyObject *dict;
    PyObject *const *texts; /* ct_dict_text_entries, of which there are … */
    Py_ssize_t count;       /* … so many */
    Py_ssize_t pos;
};

static inline bool walk_next(struct walk *walk, PyObject **key, PyObject **value)
{
    if (walk->texts == NULL)
        return PyDict_Next(walk->dict, &walk->pos, key, value);
    while (walk->pos < walk->count) {
        PyObject *const *entry = walk->texts + 2 * walk->pos++;
        *key = entry[0];
        *value = entry[1];
        if (*value != NULL)
            return true;
    }
    return false;
}

static void encode_entries(struct ct_encoder *encoder, PyObject *dict, enum view view,
                           Py_ssize_t shown)
{
    bool has_filter = ct_filter_has_keys(encoder, dict);
    struct walk walk = {.dict = dict};
    PyObject *key, *value;
    walk.texts = ct_dict_text_entries(dict, &walk.count);
    size_t start = begin_entries(encoder, dict, shown);
    for (Py_ssize_t i = 0; i < shown && encoder->nodes_left >= 0; i++) {
        if (!walk_next(&walk, &key, &value))
            break;
        if (has_filter &&
            (value = filter_entry(encoder, dict, key, value, view)) == NULL)
            continue;
        if (view == VIEW_PAIRS)
            ct_encode_pair(encoder, key, value);
        else
            ct_encode_node(encoder, view == VIEW_KEYS ? key : value);
    }
    end_entries(encoder, dict, start);
    Py_ssize_t length = PyDict_GET_SIZE(dict);
    if (shown < length)
        ct_encode_cut(encoder, length - shown);
}

static void encode_dict(struct ct_encoder *encoder, PyObject *dict,
                        const struct ct_class_entry *entry)
{
    Py_ssize_t shown =
        begin(encoder, entry, CT_VAL_DICT, &PyDict_Type, PyDict_GET_SIZE(dict), dict);
    encode_entries(encoder, dict, VIEW_PAIRS, shown);
}

/* A view is shown as a list of keys, values or pairs with the view's class. */
static void encode_view(struct ct_encoder *encoder, PyObject *dict,
                        const struct ct_class_entry *entry)
{
    enum view view = entry->kind == CT_KIND_OF_DICT_KEYS     ? VIEW_KEYS
                     : entry->kind == CT_KIND_OF_DICT_VALUES ? VIEW_VALUES
                                                             : VIEW_PAIRS;
    Py_ssize_t shown =
        begin(encoder, entry, CT_VAL_LIST, &PyList_Type, PyDict_GET_SIZE(dict), dict);
    encode_entries(encoder, dict, view, shown);
}

const PySequenceMethods *ct_deque_methods(PyObject *deque)
{
    PyTypeObject *type = Py_TYPE(deque);
    while (!ct_is_c_type(type))
        type = type->tp_base;
    return type->tp_as_sequence;
}

static void encode_deque(struct ct_encoder *encoder, PyObject *deque,
                         const struct ct_class_entry *entry)
{
    const PySequenceMethods *methods = ct_deque_methods(deque);
    Py_ssize_t length = methods->sq_length(deque);
    Py_ssize_t shown = begin(encoder, entry, CT_VAL_LIST, &PyList_Type, length, NULL);
    ct_witness_deque(&encoder->witness, deque, shown);
    for (Py_ssize_t i = 0; i < shown && encoder->nodes_left >= 0; i++) {
        PyObject *item = methods->sq_item(deque, i);
        ct_encode_node(encoder, item != NULL ? item : Py_None);
        Py_XDECREF(item); /* the deque holds it */
    }
    if (shown < length)
        ct_encode_cut(encoder, length - shown);
}

PyObject *ct_dict_behind(PyObject *object, enum ct_class_kind kind)
{
    PyObject *dict = object;
    if (kind != CT_KIND_OF_DICT) /* views and proxies: their one field */
        dict = *(PyObject **)(object + 1);
    return dict != NULL && PyDict_Check(dict) ? dict : NULL;
}

Py_ssize_t ct_container_length(PyObject *object, enum ct_class_kind kind)
{
    switch (kind) {
    case CT_KIND_OF_LIST:
    case CT_KIND_OF_TUPLE:
    case CT_KIND_OF_NAMEDTUPLE:
        return Py_SIZE(object);
    case CT_KIND_OF_SET:
    case CT_KIND_OF_FROZENSET:
        return ((PySetObject *)object)->used;
    case CT_KIND_OF_DEQUE:
        return ct_deque_methods(object)->sq_length(object);
    default:
        return ct_is_dict_kind(kind) ? PyDict_GET_SIZE(ct_dict_behind(object, kind))
                                     : -1;
    }
}

/* Observes what ct_container_length has read. */
static void observe_length(struct ct_encoder *encoder, PyObject *object,
                           enum ct_class_kind kind)
{
    struct ct_witness *witness = &encoder->witness;
    switch (kind) {
    case CT_KIND_OF_LIST:
    case CT_KIND_OF_TUPLE:
    case CT_KIND_OF_NAMEDTUPLE:
        ct_witness_words(witness, &((PyVarObject *)object)->ob_size, 1);
        break;
    case CT_KIND_OF_SET:
    case CT_KIND_OF_FROZENSET:
        ct_witness_words(witness, &((PySetObject *)object)->used, 1);
        break;
    case CT_KIND_OF_DEQUE:
        ct_witness_deque(witness, object, 0);
        break;
    default:
        if (!ct_is_dict_kind(kind))
            break;
        if (kind != CT_KIND_OF_DICT)
            ct_witness_words(witness, object + 1, 1);
        const PyObject *dict = ct_dict_behind(object, kind);
        ct_witness_words(witness, &((const PyDictObject *)dict)->ma_used, 1);
    }
}

static void encode_items(struct ct_encoder *encoder, PyObject *object,
                         struct ct_class_entry *entry)
{
    switch (entry->kind) {
    case CT_KIND_OF_LIST:
        ct_witness_words(&encoder->witness, &((PyListObject *)object)->ob_item, 1);
        encode_array(encoder, entry, CT_VAL_LIST, &PyList_Type,
                     ((PyListObject *)object)->ob_item, Py_SIZE(object));
        break;
    case CT_KIND_OF_TUPLE:
        encode_array(encoder, entry, CT_VAL_TUPLE, &PyTuple_Type,
                     ((PyTupleObject *)object)->ob_item, Py_SIZE(object));
        break;
    case CT_KIND_OF_SET:
    case CT_KIND_OF_FROZENSET:
        encode_set(encoder, object, entry);
        break;
    case CT_KIND_OF_DICT:
    case CT_KIND_OF_MAPPINGPROXY:
        encode_dict(encoder, ct_dict_behind(object, entry->kind), entry);
        break;
    case CT_KIND_OF_DICT_KEYS:
    case CT_KIND_OF_DICT_VALUES:
    case CT_KIND_OF_DICT_ITEMS:
        encode_view(encoder, ct_dict_behind(object, entry->kind), entry);
        break;
    case CT_KIND_OF_DEQUE:
        encode_deque(encoder, object, entry);
        break;
    default:
        ct_encode_struct(encoder, object, entry, ct_class_layout_get(entry));
    }
}

/* What stands for a container that lies too deep: `<list, 12 items>`, or of an object
 * its class alone. */
static void encode_below(struct ct_encoder *encoder, Py_ssize_t length,
                         const struct ct_class_entry *entry)
{
    Py_ssize_t items = Py_MIN(length, (Py_ssize_t)encoder->policy->max_items);
    if (length >= 0 && entry->kind != CT_KIND_OF_NAMEDTUPLE &&
        !ct_filter_drops(encoder))
        encoder->nodes_below += ct_item_nodes(entry->kind) * items;
    ct_encode_tag(encoder, length < 0 ? CT_VAL_OBJECT : CT_VAL_BELOW);
    ct_encoder_number(encoder, entry->id);
    if (length >= 0)
        ct_encoder_number(encoder, (uint64_t)length);
}

void ct_encode_container(struct ct_encoder *encoder, PyObject *object,
                         struct ct_class_entry *entry)
{
    enum ct_class_kind kind = entry->kind;
    if (ct_is_dict_kind(kind) && ct_dict_behind(object, kind) == NULL) {
        encoder->is_verifiable = false;
        encode_below(encoder, -1, entry);
        return;
    }
    if (ct_encode_is_open(encoder, object)) {
        ct_encode_tag(encoder, CT_VAL_CYCLE);
        return;
    }
    Py_ssize_t length = ct_container_length(object, kind);
    observe_length(encoder, object, kind);
    if (ct_encode_is_below(encoder, kind)) {
        encode_below(encoder, length, entry);
        return;
    }
    ct_encode_open(encoder, object, kind);
    encode_items(encoder, object, entry);
    ct_encode_close(encoder, kind);
}
