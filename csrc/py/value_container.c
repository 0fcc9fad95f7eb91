/* Containers: list, tuple, set, frozenset, dict and their C-level subclasses.
 *
 * Everything is read through the storage of the builtin base; nothing is iterated by
 * the class's own methods. */
#include "py/value.h"

#include "py/value_parts.h"

static void encode_cut(struct ct_encoder *encoder, Py_ssize_t more)
{
    encoder->nodes_left--;
    ct_encode_tag(encoder, CT_VAL_CUT);
    ct_encoder_number(encoder, (uint64_t)more);
}

/* How many of `length` items are shown, each of `width` nodes. On the outermost level,
 * when no deeper one is shown, as many as the node limit leaves room for. */
static Py_ssize_t shown_items(const struct ct_encoder *encoder, Py_ssize_t length,
                              int width)
{
    Py_ssize_t shown = Py_MIN(length, (Py_ssize_t)encoder->policy->max_items);
    if (encoder->depth_limit > 1)
        return shown;
    Py_ssize_t room = encoder->nodes_left / width;
    if (shown < length || room < shown)
        room = (encoder->nodes_left - 1) / width; /* with the mark */
    return Py_MIN(shown, Py_MAX(room, 0));
}

/* Writes the head of a container and gives the items to show. */
static Py_ssize_t begin(struct ct_encoder *encoder, PyObject *object, unsigned tag,
                        PyTypeObject *builtin, Py_ssize_t length, int width)
{
    if (Py_TYPE(object) != builtin) {
        ct_encode_tag(encoder, CT_VAL_CLASS);
        ct_encode_class(encoder, Py_TYPE(object));
    }
    Py_ssize_t shown = shown_items(encoder, length, width);
    ct_encode_tag(encoder, tag);
    ct_encoder_number(encoder, (uint64_t)(shown + (shown < length)));
    return shown;
}

static void encode_array(struct ct_encoder *encoder, PyObject *object, unsigned tag,
                         PyTypeObject *builtin, PyObject **items, Py_ssize_t length)
{
    Py_ssize_t shown = begin(encoder, object, tag, builtin, length, 1);
    for (Py_ssize_t i = 0; i < shown && encoder->nodes_left >= 0; i++)
        ct_encode_node(encoder, items[i] != NULL ? items[i] : Py_None);
    if (shown < length)
        encode_cut(encoder, length - shown);
}

static void encode_set(struct ct_encoder *encoder, PyObject *object, unsigned tag,
                       PyTypeObject *builtin)
{
    PySetObject *set = (PySetObject *)object;
    Py_ssize_t length = set->used;
    Py_ssize_t shown = begin(encoder, object, tag, builtin, length, 1);
    Py_ssize_t left = shown;
    for (Py_ssize_t i = 0; left > 0 && i <= set->mask && encoder->nodes_left >= 0;
         i++) {
        const setentry *entry = &set->table[i];
        if (entry->key != NULL && entry->hash != -1) { /* -1: a deleted entry */
            ct_encode_node(encoder, entry->key);
            left--;
        }
    }
    if (shown < length)
        encode_cut(encoder, length - shown);
}

static void encode_dict(struct ct_encoder *encoder, PyObject *object)
{
    Py_ssize_t length = PyDict_GET_SIZE(object);
    Py_ssize_t shown = begin(encoder, object, CT_VAL_DICT, &PyDict_Type, length, 2);
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    for (Py_ssize_t i = 0; i < shown && encoder->nodes_left >= 0; i++) {
        if (!PyDict_Next(object, &pos, &key, &value))
            break;
        ct_encode_tag(encoder, CT_VAL_PAIR);
        ct_encode_node(encoder, key);
        ct_encode_node(encoder, value);
    }
    if (shown < length)
        encode_cut(encoder, length - shown);
}

static bool is_open(const struct ct_encoder *encoder, PyObject *object)
{
    for (int i = 0; i < encoder->depth; i++) {
        if (encoder->open[i] == object)
            return true;
    }
    return false;
}

/* The kinds of containers, by the builtin type whose storage they have. */
enum container { CONTAINER_NONE, LIST, TUPLE, SET, FROZENSET, DICT };

static enum container container_of(PyTypeObject *type)
{
    if (PyType_HasFeature(type, Py_TPFLAGS_LIST_SUBCLASS))
        return LIST;
    if (PyType_HasFeature(type, Py_TPFLAGS_TUPLE_SUBCLASS))
        return TUPLE;
    if (PyType_HasFeature(type, Py_TPFLAGS_DICT_SUBCLASS))
        return DICT;
    if (PyType_IsSubtype(type, &PySet_Type))
        return SET;
    if (PyType_IsSubtype(type, &PyFrozenSet_Type))
        return FROZENSET;
    return CONTAINER_NONE;
}

static Py_ssize_t length_of(enum container container, PyObject *object)
{
    switch (container) {
    case LIST:
    case TUPLE:
        return Py_SIZE(object);
    case DICT:
        return PyDict_GET_SIZE(object);
    default:
        return ((PySetObject *)object)->used;
    }
}

static void encode_items(struct ct_encoder *encoder, enum container container,
                         PyObject *object)
{
    switch (container) {
    case LIST:
        encode_array(encoder, object, CT_VAL_LIST, &PyList_Type,
                     ((PyListObject *)object)->ob_item, Py_SIZE(object));
        break;
    case TUPLE:
        encode_array(encoder, object, CT_VAL_TUPLE, &PyTuple_Type,
                     ((PyTupleObject *)object)->ob_item, Py_SIZE(object));
        break;
    case DICT:
        encode_dict(encoder, object);
        break;
    case SET:
        encode_set(encoder, object, CT_VAL_SET, &PySet_Type);
        break;
    default:
        encode_set(encoder, object, CT_VAL_FROZENSET, &PyFrozenSet_Type);
        break;
    }
}

bool ct_encode_container(struct ct_encoder *encoder, PyObject *object)
{
    enum container container = container_of(Py_TYPE(object));
    if (container == CONTAINER_NONE)
        return false;
    int records = container == DICT ? 2 : 1; /* of a level: a dict's pairs are tuples */
    if (is_open(encoder, object)) {
        ct_encode_tag(encoder, CT_VAL_CYCLE);
    } else if (encoder->depth >= encoder->depth_limit ||
               encoder->records + records > CT_VALUE_MAX_DEPTH) {
        ct_encode_tag(encoder, CT_VAL_BELOW);
        ct_encode_class(encoder, Py_TYPE(object));
        ct_encoder_number(encoder, (uint64_t)length_of(container, object));
    } else {
        encoder->open[encoder->depth++] = object;
        encoder->records += records;
        encode_items(encoder, container, object);
        encoder->records -= records;
        encoder->depth--;
    }
    return true;
}
