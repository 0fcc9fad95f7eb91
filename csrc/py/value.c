/* The encoder: scalars, and the choice of what a value is shown as.
 *
 * Containers are in value_container.c. */
#include "py/value.h"

#include "py/text.h"
#include "py/value_parts.h"

void ct_encoder_init(struct ct_encoder *encoder, const struct ct_policy *policy,
                     struct ct_classes *classes, struct ct_stream *stream)
{
    memset(encoder, 0, sizeof *encoder);
    encoder->policy = policy;
    encoder->classes = classes;
    encoder->stream = stream;
}

void ct_encoder_fini(struct ct_encoder *encoder)
{
    ct_buf_fini(&encoder->out);
    ct_buf_fini(&encoder->text);
}

void ct_encode_class(struct ct_encoder *encoder, PyTypeObject *type)
{
    ct_encoder_number(encoder, ct_classes_id(encoder->classes, encoder->stream, type));
}

/* Names the subclass in front of a value whose tag says the builtin. */
static void encode_subclass(struct ct_encoder *encoder, PyTypeObject *type,
                            PyTypeObject *builtin)
{
    if (type != builtin) {
        ct_encode_tag(encoder, CT_VAL_CLASS);
        ct_encode_class(encoder, type);
    }
}

/* An int of more bits than the policy's string limit has bytes is not written out. */
static void encode_big_int(struct ct_encoder *encoder, PyObject *integer)
{
    size_t bits = ct_int_bits(integer);
    size_t size = bits / 8 + 1; /* with room for the sign */
    if (size > (size_t)encoder->policy->max_string + 9) {
        char text[64];
        int n = snprintf(text, sizeof text, "<int, %zu bits>", bits);
        ct_encode_tag(encoder, CT_VAL_RAW);
        ct_encode_class(encoder, Py_TYPE(integer));
        ct_encode_text(encoder, (struct ct_text){text, (size_t)n});
        return;
    }
    encode_subclass(encoder, Py_TYPE(integer), &PyLong_Type);
    struct ct_buf *out = &encoder->out;
    if (!ct_buf_reserve(out, 2 + CT_VARINT_MAX + 2 * size))
        return;
    uint8_t *bytes = out->data + out->size + 2 + CT_VARINT_MAX + size; /* scratch */
    if (ct_int_bytes(integer, bytes, size) < 0)
        memset(bytes, 0, size);
    bool is_negative = (bytes[0] & 0x80) != 0;
    if (is_negative) { /* two's complement to magnitude */
        unsigned carry = 1;
        for (size_t i = size; i-- > 0;) {
            unsigned byte = (uint8_t)~bytes[i] + carry;
            bytes[i] = (uint8_t)byte;
            carry = byte >> 8;
        }
    }
    size_t skip = 0;
    while (skip + 1 < size && bytes[skip] == 0)
        skip++;
    ct_encode_tag(encoder, CT_VAL_BIGINT);
    ct_encode_tag(encoder, is_negative);
    ct_encode_text(encoder, (struct ct_text){(char *)bytes + skip, size - skip});
}

static void encode_int(struct ct_encoder *encoder, PyObject *integer)
{
    int64_t value;
    if (PyUnstable_Long_IsCompact((PyLongObject *)integer)) {
        value = PyUnstable_Long_CompactValue((PyLongObject *)integer);
    } else {
        int overflow;
        value = PyLong_AsLongLongAndOverflow(integer, &overflow);
        if (overflow != 0) {
            encode_big_int(encoder, integer);
            return;
        }
    }
    encode_subclass(encoder, Py_TYPE(integer), &PyLong_Type);
    ct_encode_tag(encoder, CT_VAL_INT);
    ct_encoder_number(encoder, ct_zigzag(value));
}

static void encode_float(struct ct_encoder *encoder, PyObject *object)
{
    double value = PyFloat_AS_DOUBLE(object);
    encode_subclass(encoder, Py_TYPE(object), &PyFloat_Type);
    ct_encode_tag(encoder, CT_VAL_FLOAT);
    ct_buf_append(&encoder->out, &value, sizeof value);
}

static void encode_str(struct ct_encoder *encoder, PyObject *str)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    Py_ssize_t shown = Py_MIN(length, (Py_ssize_t)encoder->policy->max_string);
    encode_subclass(encoder, Py_TYPE(str), &PyUnicode_Type);
    if (shown < length) {
        ct_encode_tag(encoder, CT_VAL_STR_CUT);
        ct_encoder_number(encoder, (uint64_t)length);
    } else {
        ct_encode_tag(encoder, CT_VAL_STR);
    }
    ct_encoder_number(encoder, ct_text_size(str, 0, shown));
    ct_text_append(&encoder->out, str, 0, shown);
}

/* The text `repr` gives for the first `shown` bytes, and a mark if there are more. */
static void append_bytes_repr(struct ct_buf *out, const uint8_t *bytes,
                              Py_ssize_t shown, bool is_cut)
{
    static const char digits[] = "0123456789abcdef";
    bool has_single = memchr(bytes, '\'', (size_t)shown) != NULL;
    bool has_double = memchr(bytes, '"', (size_t)shown) != NULL;
    uint8_t quote = has_single && !has_double ? '"' : '\'';
    ct_buf_append_byte(out, 'b');
    ct_buf_append_byte(out, quote);
    for (Py_ssize_t i = 0; i < shown; i++) {
        uint8_t c = bytes[i];
        const char *escape = c == '\t'   ? "\\t"
                             : c == '\n' ? "\\n"
                             : c == '\r' ? "\\r"
                             : c == '\\' ? "\\\\"
                                         : NULL;
        if (escape != NULL) {
            ct_buf_append(out, escape, 2);
        } else if (c == quote) {
            ct_buf_append_byte(out, '\\');
            ct_buf_append_byte(out, c);
        } else if (c < 0x20 || c >= 0x7f) {
            char hex[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
            ct_buf_append(out, hex, sizeof hex);
        } else {
            ct_buf_append_byte(out, c);
        }
    }
    if (is_cut)
        ct_buf_append(out, "…", 3);
    ct_buf_append_byte(out, quote);
}

static void encode_bytes(struct ct_encoder *encoder, PyObject *object)
{
    Py_ssize_t length = PyBytes_GET_SIZE(object);
    Py_ssize_t shown = Py_MIN(length, (Py_ssize_t)encoder->policy->max_string);
    ct_encode_tag(encoder, CT_VAL_SIZED);
    ct_encode_class(encoder, Py_TYPE(object));
    ct_encoder_number(encoder, (uint64_t)length);
    struct ct_buf *text = &encoder->text;
    ct_buf_clear(text);
    append_bytes_repr(text, (const uint8_t *)PyBytes_AS_STRING(object), shown,
                      shown < length);
    encoder->out.failed |= text->failed;
    ct_encode_text(encoder, (struct ct_text){(char *)text->data, text->size});
}

/* Exact types and subclasses that are read through the storage of a builtin one. */
void ct_encode_node(struct ct_encoder *encoder, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    encoder->nodes_left--;
    if (PyType_HasFeature(type, Py_TPFLAGS_LONG_SUBCLASS)) {
        if (type == &PyBool_Type)
            ct_encode_tag(encoder, object == Py_True ? CT_VAL_TRUE : CT_VAL_FALSE);
        else
            encode_int(encoder, object);
    } else if (PyType_HasFeature(type, Py_TPFLAGS_UNICODE_SUBCLASS)) {
        encode_str(encoder, object);
    } else if (object == Py_None) {
        ct_encode_tag(encoder, CT_VAL_NONE);
    } else if (PyType_IsSubtype(type, &PyFloat_Type)) {
        encode_float(encoder, object);
    } else if (PyType_HasFeature(type, Py_TPFLAGS_BYTES_SUBCLASS)) {
        encode_bytes(encoder, object);
    } else if (!ct_encode_container(encoder, object)) {
        ct_encode_tag(encoder, CT_VAL_OBJECT);
        ct_encode_class(encoder, type);
    }
}

bool ct_encode(struct ct_encoder *encoder, PyObject *object)
{
    size_t start = encoder->out.size;
    int limit = Py_MIN(encoder->policy->max_depth, CT_VALUE_MAX_DEPTH);
    for (encoder->depth_limit = limit;; encoder->depth_limit--) {
        encoder->nodes_left = encoder->policy->max_nodes;
        encoder->depth = encoder->records = 0;
        ct_encode_node(encoder, object);
        if (encoder->nodes_left >= 0 || encoder->depth_limit <= 1)
            return !encoder->out.failed;
        encoder->out.size = start; /* too much: one level less */
    }
}
