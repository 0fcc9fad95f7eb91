/* Values as parts of other texts: strings and bytes as `repr` gives them, small
 * containers, and everything else by its class. */
#include "py/filter_value.h"
#include "py/value_text_parts.h"

static void append_escaped(struct ct_buf *out, Py_UCS4 c)
{
    switch (c) {
    case '\t':
        ct_text_append_literal(out, "\\t");
        break;
    case '\n':
        ct_text_append_literal(out, "\\n");
        break;
    case '\r':
        ct_text_append_literal(out, "\\r");
        break;
    default:
        ct_text_append_format(out,
                              c < 0x100     ? "\\x%02x"
                              : c < 0x10000 ? "\\u%04x"
                                            : "\\U%08x",
                              (unsigned)c);
    }
}

static void append_character(struct ct_buf *out, Py_UCS4 c)
{
    uint8_t bytes[4];
    int size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = size - 1; i > 0; i--, c >>= 6)
        bytes[i] = (uint8_t)(0x80 | (c & 63));
    bytes[0] = (uint8_t)((size == 1 ? 0 : 0xf00 >> size) | c);
    ct_buf_append(out, bytes, (size_t)size);
}

void ct_text_append_quoted(struct ct_buf *out, int kind, const void *characters,
                           Py_ssize_t length, Py_ssize_t limit)
{
    Py_ssize_t shown = Py_MIN(length, limit);
    bool has_single = false, has_double = false;
    for (Py_ssize_t i = 0; i < shown; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, characters, i);
        has_single |= c == '\'';
        has_double |= c == '"';
    }
    uint8_t quote = has_single && !has_double ? '"' : '\'';
    ct_buf_append_byte(out, quote);
    for (Py_ssize_t i = 0; i < shown; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, characters, i);
        if (c == quote || c == '\\')
            ct_buf_append_byte(out, '\\');
        if (Py_UNICODE_ISPRINTABLE(c))
            append_character(out, c);
        else
            append_escaped(out, c);
    }
    if (shown < length)
        ct_text_append_literal(out, "…");
    ct_buf_append_byte(out, quote);
}

void ct_text_append_bytes(struct ct_buf *out, const uint8_t *bytes, Py_ssize_t shown,
                          bool is_cut)
{
    bool has_single = shown > 0 && memchr(bytes, '\'', (size_t)shown) != NULL;
    bool has_double = shown > 0 && memchr(bytes, '"', (size_t)shown) != NULL;
    uint8_t quote = has_single && !has_double ? '"' : '\'';
    ct_buf_append_byte(out, 'b');
    ct_buf_append_byte(out, quote);
    for (Py_ssize_t i = 0; i < shown; i++) {
        uint8_t c = bytes[i];
        if (c == quote || c == '\\')
            ct_buf_append_byte(out, '\\');
        if (c >= 0x20 && c < 0x7f)
            ct_buf_append_byte(out, c);
        else
            append_escaped(out, c);
    }
    if (is_cut)
        ct_text_append_literal(out, "…");
    ct_buf_append_byte(out, quote);
}

static void append_bytes(struct ct_parts *parts, PyObject *object)
{
    bool is_array = PyByteArray_Check(object);
    const char *bytes =
        is_array ? PyByteArray_AS_STRING(object) : PyBytes_AS_STRING(object);
    Py_ssize_t limit = parts->policy->max_string, length = Py_SIZE(object);
    if (is_array)
        ct_text_append_literal(parts->out, "bytearray(");
    ct_text_append_bytes(parts->out, (const uint8_t *)bytes, Py_MIN(length, limit),
                         length > limit);
    if (is_array)
        ct_buf_append_byte(parts->out, ')');
}

/* A place in an exact container. */
struct cursor {
    PyObject *container; /* borrowed */
    Py_ssize_t position;
    PyObject *item;  /* borrowed: the present item or key */
    PyObject *value; /* borrowed: of a dict's entry, else NULL */
};

static bool next_of_array(struct cursor *cursor, PyObject **items)
{
    if (cursor->position >= Py_SIZE(cursor->container))
        return false;
    PyObject *item = items[cursor->position++];
    cursor->item = item != NULL ? item : Py_None; /* a tuple that is being made */
    return true;
}

static bool next_of_set(struct cursor *cursor)
{
    const PySetObject *set = (PySetObject *)cursor->container;
    while (cursor->position <= set->mask) {
        const setentry *entry = &set->table[cursor->position++];
        if (entry->key != NULL && entry->hash != -1) { /* -1: a deleted item */
            cursor->item = entry->key;
            return true;
        }
    }
    return false;
}

static bool next(struct cursor *cursor)
{
    PyObject *container = cursor->container;
    if (PyTuple_Check(container))
        return next_of_array(cursor, ((PyTupleObject *)container)->ob_item);
    if (PyList_Check(container))
        return next_of_array(cursor, ((PyListObject *)container)->ob_item);
    if (PyAnySet_Check(container))
        return next_of_set(cursor);
    return PyDict_Next(container, &cursor->position, &cursor->item, &cursor->value);
}

static Py_ssize_t length_of(PyObject *container)
{
    return PyAnySet_Check(container) ? ((PySetObject *)container)->used
           : PyDict_Check(container) ? PyDict_GET_SIZE(container)
                                     : Py_SIZE(container);
}

/* The items with commas between them: as many as the limits allow, then a mark. */
static void append_items(struct ct_parts *parts, PyObject *container)
{
    struct ct_buf *out = parts->out;
    struct cursor cursor = {.container = container};
    for (Py_ssize_t shown = 0; next(&cursor); shown++) {
        if (cursor.value != NULL && parts->verdict != NULL &&
            parts->verdict->fields != NULL) {
            cursor.value =
                ct_filter_field(parts->verdict->fields, cursor.item, cursor.value);
            if (cursor.value == NULL) { /* dropped, as if it were not there */
                shown--;
                continue;
            }
        }
        if (shown > 0)
            ct_text_append_literal(out, ", ");
        if (shown == parts->policy->max_items || out->size > parts->end) {
            ct_text_append_format(out, "… +%zd more", length_of(container) - shown);
            break;
        }
        ct_parts_append(parts, cursor.item);
        if (cursor.value != NULL) {
            ct_text_append_literal(out, ": ");
            ct_parts_append(parts, cursor.value);
        }
    }
}

void ct_parts_append_arguments(struct ct_parts *parts, PyObject *items)
{
    ct_buf_append_byte(parts->out, '(');
    append_items(parts, items);
    ct_buf_append_byte(parts->out, ')');
}

/* An exact tuple, list, set, frozenset or dict. */
static void append_container(struct ct_parts *parts, PyObject *container,
                             enum ct_class_kind kind)
{
    struct ct_buf *out = parts->out;
    Py_ssize_t length = length_of(container);
    bool is_frozen = kind == CT_KIND_OF_FROZENSET;
    bool is_set = is_frozen || kind == CT_KIND_OF_SET;
    if (parts->depth >= CT_PARTS_DEPTH_CONTAINER) {
        ct_text_append_format(out, "<%s, %zd item%s>", Py_TYPE(container)->tp_name,
                              length, length == 1 ? "" : "s");
        return;
    }
    if (is_set && length == 0) {
        ct_text_append_literal(out, is_frozen ? "frozenset()" : "set()");
        return;
    }
    parts->depth++;
    ct_text_append_literal(out, is_frozen                  ? "frozenset({"
                                : kind == CT_KIND_OF_LIST  ? "["
                                : kind == CT_KIND_OF_TUPLE ? "("
                                                           : "{");
    append_items(parts, container);
    ct_text_append_literal(out, is_frozen                  ? "})"
                                : kind == CT_KIND_OF_LIST  ? "]"
                                : kind != CT_KIND_OF_TUPLE ? "}"
                                : length == 1              ? ",)"
                                                           : ")");
    parts->depth--;
}

bool ct_parts_hide(struct ct_parts *parts, PyObject *exception)
{
    if (parts->verdict == NULL ||
        !ct_filter_hides_exception(parts->verdict->filter, exception))
        return false;
    ct_text_append_literal(parts->out, CT_REDACTED_TEXT);
    return true;
}

static bool is_exact_container(const PyTypeObject *type)
{
    return type == &PyTuple_Type || type == &PyList_Type || type == &PyDict_Type ||
           type == &PySet_Type || type == &PyFrozenSet_Type;
}

void ct_parts_append(struct ct_parts *parts, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (ct_is_hidden(object)) {
        ct_text_append_literal(parts->out, CT_REDACTED_TEXT);
        return;
    }
    enum ct_class_kind kind = ct_class_kind_of(type);
    switch (kind) {
    case CT_KIND_OF_INT:
        ct_parts_append_int(parts, object);
        break;
    case CT_KIND_OF_FLOAT:
        ct_text_append_double(parts->out, PyFloat_AS_DOUBLE(object));
        break;
    case CT_KIND_OF_STR:
        ct_text_append_str(parts->out, object, parts->policy->max_string);
        break;
    case CT_KIND_OF_BYTES:
    case CT_KIND_OF_BYTEARRAY:
        append_bytes(parts, object);
        break;
    default:
        if (is_exact_container(type))
            append_container(parts, object, kind);
        else
            ct_parts_append_object(parts, object, kind);
    }
}
