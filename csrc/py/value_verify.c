/* Finding out that a value has not changed, without encoding it again.
 *
 * ct_verify walks over the value as the encoder did, under the same limits, and
 * compares each thing it looks at with the observation noted then: address and content.
 * Only pointers read from the living value are followed. Every rule of the encoder that
 * decides what is looked at has its mirror image here. A part that is not worth a
 * mirror is encoded again and its bytes compared (`ct_encode_opaque`); where that is no
 * answer either, the encoder has said so in `is_verifiable`.
 *
 * Each function takes the next observation and gives the one behind what it has looked
 * at, or NULL as soon as anything differs. The last observation matches nothing, so
 * that no end has to be checked. */
#include "py/value.h"

#include "py/class_layout.h"
#include "py/filter_value.h"
#include "py/object.h"
#include "py/value_parts.h"

typedef const struct ct_witness note;

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product =
        (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xe7037ed1a0b428dbu);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to 8 bytes as a number, which their count makes unique. */
static inline uint64_t last_word(const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word = word << 8 | bytes[i];
    return word;
}

uint64_t ct_bytes_note(const void *bytes, size_t size, uint64_t seed)
{
    const uint8_t *p = bytes;
    uint64_t hash = mix(seed, size);
    uint64_t word;
    if (size >= 64) { /* four at a time */
        uint64_t lanes[4] = {hash, hash + 1, hash + 2, hash + 3};
        for (; size >= sizeof lanes; size -= sizeof lanes) {
            for (int i = 0; i < 4; i++, p += 8) {
                memcpy(&word, p, sizeof word);
                lanes[i] = mix(lanes[i], word);
            }
        }
        hash = mix(lanes[0] ^ lanes[1], lanes[2] + lanes[3]);
    }
    for (; size >= 8; size -= 8, p += 8) {
        memcpy(&word, p, sizeof word);
        hash = mix(hash, word);
    }
    return mix(hash, last_word(p, size));
}

uint64_t ct_text_note(PyObject *str, Py_ssize_t limit)
{
    Py_hash_t hash = ((PyASCIIObject *)str)->hash;
    if (hash != -1)
        return (uint64_t)hash;
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    size_t shown = (size_t)Py_MIN(length, limit) * (size_t)PyUnicode_KIND(str);
    return ct_bytes_note(PyUnicode_DATA(str), shown, (uint64_t)length);
}

static struct ct_witness text_witness(PyObject *str)
{
    return (struct ct_witness){str,
                               str == NULL ? 0 : ct_text_note(str, PY_SSIZE_T_MAX)};
}

/* The name of a C function or method; its class to *owner, NULL for a function. */
static struct ct_witness builtin_witness(PyObject *object, PyTypeObject **owner)
{
    if (!PyCFunction_Check(object)) {
        *owner = ((PyDescrObject *)object)->d_type;
        return text_witness(((PyDescrObject *)object)->d_name);
    }
    const char *name = ((PyCFunctionObject *)object)->m_ml->ml_name;
    PyObject *self = ((PyCFunctionObject *)object)->m_self;
    bool is_function = self == NULL || PyModule_Check(self);
    *owner = is_function ? NULL : Py_TYPE(self);
    return (struct ct_witness){name, ct_bytes_note(name, strlen(name), is_function)};
}

/* The same of a bound method; its object may be a class. */
static struct ct_witness method_witness(PyObject *object, PyTypeObject **owner)
{
    PyObject *function = PyMethod_GET_FUNCTION(object);
    PyObject *self = PyMethod_GET_SELF(object);
    bool is_of_class = PyType_Check(self);
    *owner = is_of_class ? (PyTypeObject *)self : Py_TYPE(self);
    struct ct_witness name = {function, 0}; /* of no name */
    if (PyFunction_Check(function))
        name = text_witness(((PyFunctionObject *)function)->func_qualname);
    name.content += is_of_class;
    return name;
}

int ct_named_notes(PyObject *object, enum ct_class_kind kind,
                   struct ct_witness notes[2])
{
    PyTypeObject *owner = NULL;
    switch (kind) {
    case CT_KIND_OF_FUNCTION:
        notes[0] = text_witness(((PyFunctionObject *)object)->func_qualname);
        return 1;
    case CT_KIND_OF_CLASS:
        notes[0] =
            (struct ct_witness){object, ct_class_version((PyTypeObject *)object)};
        return notes[0].content != 0;
    case CT_KIND_OF_BUILTIN:
        notes[0] = builtin_witness(object, &owner);
        break;
    case CT_KIND_OF_METHOD:
        notes[0] = method_witness(object, &owner);
        break;
    default:
        return 0;
    }
    if (owner == NULL)
        return 1;
    notes[1] = (struct ct_witness){owner, ct_class_version(owner)};
    return notes[1].content != 0 ? 2 : 0;
}

static inline note *match(note *next, const void *object, uint64_t content)
{
    return next->object == object && next->content == content ? next + 1 : NULL;
}

static note *verify_by_class(struct ct_encoder *encoder, note *next, PyObject *object);

/* What has no mirror image is encoded again. */
static __attribute__((noinline)) note *verify_opaque(struct ct_encoder *encoder,
                                                     note *next, PyObject *object)
{
    struct ct_buf *out = &encoder->out;
    size_t start = out->size;
    struct ct_class_entry *entry = ct_encode_class(encoder, Py_TYPE(object));
    uint64_t bytes = ct_encode_opaque(encoder, object, entry);
    out->size = start;
    return out->failed ? NULL : match(next, object, bytes);
}

static __attribute__((noinline)) note *verify_int(struct ct_encoder *encoder,
                                                  note *next, PyObject *integer)
{
    int overflow;
    int64_t value = PyLong_AsLongLongAndOverflow(integer, &overflow);
    return overflow == 0 ? match(next, integer, (uint64_t)value)
                         : verify_opaque(encoder, next, integer);
}

/* What a filter hides counts as unchanged. */
static __attribute__((noinline)) note *verify_hidden(struct ct_encoder *encoder,
                                                     note *next)
{
    encoder->nodes_left--;
    return ct_is_hidden(next->object) ? next + 1 : NULL;
}

/* Looks at one node. The address decides first: it nearly always does. */
static inline note *verify_node(struct ct_encoder *encoder, note *next,
                                PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    uint64_t content;
    if (__builtin_expect(next->object != object, 0))
        return verify_hidden(encoder, next);
    encoder->nodes_left--;
    if (type == &PyFloat_Type)
        content = ct_float_note(object);
    else if (type == &PyLong_Type && PyUnstable_Long_IsCompact((PyLongObject *)object))
        content = (uint64_t)PyUnstable_Long_CompactValue((PyLongObject *)object);
    else if (type == &PyUnicode_Type)
        content = ct_text_note(object, encoder->policy->max_string);
    else if (object == Py_None || type == &PyBool_Type)
        content = 0;
    else if (type == &PyLong_Type)
        return verify_int(encoder, next, object);
    else
        return verify_by_class(encoder, next, object);
    return next->content == content ? next + 1 : NULL;
}

static inline Py_ssize_t shown_items(const struct ct_encoder *encoder,
                                     Py_ssize_t length, int width)
{
    if (encoder->depth_limit > 1)
        return Py_MIN(length, (Py_ssize_t)encoder->policy->max_items);
    return ct_encode_shown_items(encoder, length, encoder->policy->max_items, width);
}

static note *verify_array(struct ct_encoder *encoder, note *next,
                          PyObject *const *items, Py_ssize_t length)
{
    Py_ssize_t shown = shown_items(encoder, length, 1);
    for (Py_ssize_t i = 0; i < shown && encoder->nodes_left >= 0 && next != NULL; i++)
        next = verify_node(encoder, next, items[i] != NULL ? items[i] : Py_None);
    encoder->nodes_left -= shown < length;
    return next;
}

static note *verify_set(struct ct_encoder *encoder, note *next, const PySetObject *set)
{
    Py_ssize_t shown = shown_items(encoder, set->used, 1);
    Py_ssize_t left = shown;
    for (Py_ssize_t i = 0; left > 0 && i <= set->mask && encoder->nodes_left >= 0;
         i++) {
        const setentry *item = &set->table[i];
        if (item->key == NULL || item->hash == -1)
            continue;
        next = verify_node(encoder, next, item->key);
        if (next == NULL)
            return NULL;
        left--;
    }
    encoder->nodes_left -= shown < set->used;
    return next;
}

static note *verify_dict(struct ct_encoder *encoder, note *next, PyObject *dict,
                         enum ct_class_kind kind)
{
    bool has_keys = kind != CT_KIND_OF_DICT_VALUES;
    bool has_values = kind != CT_KIND_OF_DICT_KEYS;
    Py_ssize_t length = PyDict_GET_SIZE(dict);
    Py_ssize_t shown = shown_items(encoder, length, ct_item_nodes(kind));
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    uint64_t scalars = next->content; /* observations the version stands for */
    bool is_same_version = next->object == (void *)(uintptr_t)ct_dict_version(dict);
    next++;
    if (scalars > 0 && is_same_version) {
        encoder->nodes_left -= (int)scalars + (shown < length);
        return next + scalars;
    }
    for (Py_ssize_t i = 0; i < shown && encoder->nodes_left >= 0; i++) {
        if (!PyDict_Next(dict, &pos, &key, &value))
            break;
        if (has_keys)
            next = verify_node(encoder, next, key);
        if (has_values && next != NULL)
            next = verify_node(encoder, next, value);
        if (next == NULL)
            return NULL;
    }
    encoder->nodes_left -= shown < length;
    return next;
}

static note *verify_deque(struct ct_encoder *encoder, note *next, PyObject *deque,
                          Py_ssize_t length)
{
    const PySequenceMethods *methods = ct_deque_methods(deque);
    Py_ssize_t shown = shown_items(encoder, length, 1);
    for (Py_ssize_t i = 0; i < shown && encoder->nodes_left >= 0 && next != NULL; i++) {
        PyObject *item = methods->sq_item(deque, i);
        next = verify_node(encoder, next, item != NULL ? item : Py_None);
        Py_XDECREF(item);
    }
    encoder->nodes_left -= shown < length;
    return next;
}

/* Fields that all lie inline: names and number first, then the values. */
static note *verify_inline(struct ct_encoder *encoder, note *next, PyObject *object)
{
    PyObject *scratch[CT_INLINE_MAX];
    uint64_t names;
    int count;
    PyObject *const *values = ct_object_inline_values(object, scratch, &count, &names);
    if (values == NULL)
        return NULL;
    next = match(next, (void *)(uintptr_t)names, (uint64_t)count);
    return next == NULL ? NULL : verify_array(encoder, next, values, count);
}

/* Members of `__slots__`; counts them in *seen. */
static note *verify_members(struct ct_encoder *encoder, note *next, PyObject *object,
                            const struct ct_class_layout *layout, Py_ssize_t shown,
                            Py_ssize_t *seen)
{
    for (int i = 0; i < layout->member_count && next != NULL; i++) {
        PyObject *value = *(PyObject **)((char *)object + layout->members[i].offset);
        if (value == NULL)
            continue;
        if (*seen < shown && encoder->nodes_left >= 0)
            next = verify_node(encoder, next, value);
        ++*seen;
    }
    return next;
}

/* Walks over the entries of a dict whose names have been noted. */
struct dict_walk {
    struct ct_encoder *encoder;
    note *names;     /* the next name's observation */
    note *next;      /* the next value's */
    Py_ssize_t left; /* fields still to be looked at */
};

static int verify_attribute(PyObject *name, PyObject *value, void *arg)
{
    struct dict_walk *walk = arg;
    if (walk->left == 0 || walk->encoder->nodes_left < 0)
        return 1;
    walk->left--;
    walk->names = match(walk->names, name, (uint64_t)((PyASCIIObject *)name)->hash);
    walk->next =
        walk->names == NULL ? NULL : verify_node(walk->encoder, walk->next, value);
    return walk->next == NULL;
}

/* Fields of objects with a dict of their own, maybe with members before it: the names
 * of all `kept` fields have been noted before the values. */
static note *verify_dict_fields(struct ct_encoder *encoder, note *names,
                                PyObject *object, const struct ct_class_layout *layout,
                                Py_ssize_t shown, Py_ssize_t total)
{
    Py_ssize_t kept = Py_MIN(total, (Py_ssize_t)encoder->policy->max_items);
    Py_ssize_t seen = 0;
    note *next = verify_members(encoder, names + kept, object, layout, shown, &seen);
    if (next == NULL)
        return NULL;
    struct dict_walk walk = {encoder, names + Py_MIN(seen, kept), next,
                             Py_MAX(shown - seen, 0)};
    Py_ssize_t stored = ct_object_visit_dict(object, verify_attribute, &walk);
    return seen + stored == total ? walk.next : NULL;
}

static note *verify_stored(struct ct_encoder *encoder, note *next, PyObject *object,
                           const struct ct_class_layout *layout, Py_ssize_t shown,
                           Py_ssize_t total)
{
    PyObject *scratch[CT_INLINE_MAX];
    uint64_t names = 0;
    int count = 0;
    PyObject *const *values = ct_object_inline_values(object, scratch, &count, &names);
    next = match(next, values != NULL ? layout : NULL,
                 names + ct_members_note(object, layout));
    if (next == NULL)
        return NULL;
    if (values == NULL)
        return verify_dict_fields(encoder, next, object, layout, shown, total);
    Py_ssize_t seen = 0;
    next = verify_members(encoder, next, object, layout, shown, &seen);
    if (seen + count != total)
        return NULL;
    for (int i = 0; seen < shown && encoder->nodes_left >= 0 && next != NULL;
         i++, seen++)
        next = verify_node(encoder, next, values[i]);
    return next;
}

static note *verify_enum(struct ct_encoder *encoder, note *next, PyObject *object,
                         Py_ssize_t shown, Py_ssize_t total)
{
    PyObject *parts[2];
    ct_enum_parts(object, parts);
    if ((parts[0] != NULL) + (parts[1] != NULL) != total)
        return NULL;
    for (int i = 0; i < 2 && next != NULL; i++) {
        if (parts[i] != NULL && shown-- > 0 && encoder->nodes_left >= 0)
            next = verify_node(encoder, next, parts[i]);
    }
    return next;
}

static note *verify_struct(struct ct_encoder *encoder, note *next, PyObject *object,
                           enum ct_class_kind kind)
{
    if (next->object == NULL)
        return NULL;
    const struct ct_class_layout *layout = next->object;
    Py_ssize_t total = (Py_ssize_t)next->content;
    Py_ssize_t shown = shown_items(encoder, total, 1);
    next++;
    if (kind == CT_KIND_OF_NAMEDTUPLE)
        return verify_array(encoder, next, ((PyTupleObject *)object)->ob_item, total);
    if (kind == CT_KIND_OF_ENUM)
        next = verify_enum(encoder, next, object, shown, total);
    else
        next = verify_stored(encoder, next, object, layout, shown, total);
    encoder->nodes_left -= shown < total;
    return next;
}

static note *verify_items(struct ct_encoder *encoder, note *next, PyObject *object,
                          enum ct_class_kind kind, Py_ssize_t length)
{
    switch (kind) {
    case CT_KIND_OF_LIST:
        return verify_array(encoder, next, ((PyListObject *)object)->ob_item, length);
    case CT_KIND_OF_TUPLE:
        return verify_array(encoder, next, ((PyTupleObject *)object)->ob_item, length);
    case CT_KIND_OF_SET:
    case CT_KIND_OF_FROZENSET:
        return verify_set(encoder, next, (PySetObject *)object);
    case CT_KIND_OF_DEQUE:
        return verify_deque(encoder, next, object, length);
    default:
        if (ct_is_dict_kind(kind))
            return verify_dict(encoder, next, ct_dict_behind(object, kind), kind);
        return verify_struct(encoder, next, object, kind);
    }
}

static note *verify_container(struct ct_encoder *encoder, note *next, PyObject *object,
                              enum ct_class_kind kind)
{
    if (ct_is_dict_kind(kind) && ct_dict_behind(object, kind) == NULL)
        return NULL;
    if (ct_encode_is_open(encoder, object))
        return next;
    Py_ssize_t length = ct_container_length(object, kind);
    if (length >= 0) {
        next = match(next, object, (uint64_t)length);
        if (next == NULL)
            return NULL;
    }
    if (ct_encode_is_below(encoder, kind))
        return next;
    ct_encode_open(encoder, object, kind);
    next = verify_items(encoder, next, object, kind, length);
    ct_encode_close(encoder, kind);
    return next;
}

static __attribute__((noinline)) note *verify_text(struct ct_encoder *encoder,
                                                   note *next, PyObject *object,
                                                   enum ct_class_kind kind)
{
    struct ct_witness notes[2];
    int count = ct_named_notes(object, kind, notes);
    if (count == 0)
        return verify_opaque(encoder, next, object);
    for (int i = 0; i < count && next != NULL; i++)
        next = match(next, notes[i].object, notes[i].content);
    return next;
}

static note *verify_bytes(struct ct_encoder *encoder, note *next, const char *bytes,
                          Py_ssize_t length)
{
    Py_ssize_t shown = Py_MIN(length, (Py_ssize_t)encoder->policy->max_string);
    return match(next, bytes, ct_bytes_note(bytes, (size_t)shown, (uint64_t)length));
}

static note *verify_kind(struct ct_encoder *encoder, note *next, PyObject *object,
                         enum ct_class_kind kind)
{
    switch (kind) {
    case CT_KIND_OF_OBJECT:
        return next;
    case CT_KIND_OF_INT:
        return verify_int(encoder, next, object);
    case CT_KIND_OF_FLOAT:
        return match(next, object, ct_float_note(object));
    case CT_KIND_OF_STR:
        return match(next, object, ct_text_note(object, encoder->policy->max_string));
    case CT_KIND_OF_BYTES:
        return verify_bytes(encoder, next, PyBytes_AS_STRING(object),
                            PyBytes_GET_SIZE(object));
    case CT_KIND_OF_BYTEARRAY:
        return verify_bytes(encoder, next, PyByteArray_AS_STRING(object),
                            PyByteArray_GET_SIZE(object));
    default:
        return kind <= CT_KIND_OF_STRUCT ? verify_container(encoder, next, object, kind)
                                         : verify_text(encoder, next, object, kind);
    }
}

/* The class's observation says what the object is, if the class still is that one. */
static note *verify_by_class(struct ct_encoder *encoder, note *next, PyObject *object)
{
    unsigned kind = (unsigned)(next->content >> 32);
    unsigned int version = (unsigned int)next->content;
    if (version == 0 || version != Py_TYPE(object)->tp_version_tag)
        return NULL;
    next++;
    if (kind != CT_NOTE_INLINE)
        return verify_kind(encoder, next, object, (enum ct_class_kind)kind);
    if (ct_encode_is_open(encoder, object) ||
        ct_encode_is_below(encoder, CT_KIND_OF_STRUCT))
        return next;
    ct_encode_open(encoder, object, CT_KIND_OF_STRUCT);
    next = verify_inline(encoder, next, object);
    ct_encode_close(encoder, CT_KIND_OF_STRUCT);
    return next;
}

bool ct_verify(struct ct_encoder *encoder, PyObject *object,
               const struct ct_witness *witness, size_t count)
{
    note *next = witness, *end = witness + count - 1;
    encoder->depth_limit = (int)(end->content - CT_WITNESS_END);
    for (;; encoder->depth_limit--) {
        encoder->nodes_left = encoder->policy->max_nodes;
        encoder->depth = encoder->records = 0;
        next = verify_node(encoder, next, object);
        if (next == NULL)
            return false;
        if (encoder->nodes_left >= 0 || encoder->depth_limit <= 1)
            return next == end;
    }
}
