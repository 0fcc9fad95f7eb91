/* Bytes-likes and arrays: a preview of the memory they export.
 *
 * bytes, bytearray and memoryview are read through their own structures; arrays export
 * their buffer by a C function of an exact, known type. */
#include "py/value.h"

#include "py/value_parts.h"
#include "py/value_text_parts.h"

static void encode_memory(struct ct_encoder *encoder,
                          const struct ct_class_entry *entry, const void *bytes,
                          Py_ssize_t length)
{
    Py_ssize_t shown = Py_MIN(length, (Py_ssize_t)encoder->policy->max_string);
    struct ct_buf *text = &encoder->text;
    ct_witness_bytes(&encoder->witness, bytes, (size_t)shown);
    ct_buf_clear(text);
    ct_text_append_bytes(text, bytes, shown, shown < length);
    encoder->out.failed |= text->failed;
    ct_encode_tag(encoder, CT_VAL_SIZED);
    ct_encoder_number(encoder, entry->id);
    ct_encoder_number(encoder, (uint64_t)length);
    ct_encode_text(encoder, ct_buf_text(text));
}

static void encode_object(struct ct_encoder *encoder,
                          const struct ct_class_entry *entry)
{
    ct_encode_tag(encoder, CT_VAL_OBJECT);
    ct_encoder_number(encoder, entry->id);
}

/* A memoryview may have been released, or lie scattered. */
static void encode_memoryview(struct ct_encoder *encoder, PyObject *object,
                              const struct ct_class_entry *entry)
{
    const PyMemoryViewObject *view = (PyMemoryViewObject *)object;
    bool is_released = (view->flags & _Py_MEMORYVIEW_RELEASED) != 0 ||
                       (view->mbuf->flags & _Py_MANAGED_BUFFER_RELEASED) != 0;
    if (is_released || !PyBuffer_IsContiguous(&view->view, 'A'))
        encode_object(encoder, entry);
    else
        encode_memory(encoder, entry, view->view.buf, view->view.len);
}

/* One element as text, by the struct module's format character; false if it is not one
 * of the simple ones. */
static bool append_element(struct ct_buf *out, const char *at, char format)
{
    char text[64];
    int n;
    switch (format) {
#define CT_ELEMENT(character, type, print, cast)                                       \
    case character: {                                                                  \
        type value;                                                                    \
        memcpy(&value, at, sizeof value);                                              \
        n = snprintf(text, sizeof text, print, (cast)value);                           \
        break;                                                                         \
    }
        CT_ELEMENT('b', signed char, "%d", int)
        CT_ELEMENT('B', unsigned char, "%d", int)
        CT_ELEMENT('h', short, "%d", int)
        CT_ELEMENT('H', unsigned short, "%d", int)
        CT_ELEMENT('i', int, "%d", int)
        CT_ELEMENT('I', unsigned, "%u", unsigned)
        CT_ELEMENT('l', long, "%ld", long)
        CT_ELEMENT('L', unsigned long, "%lu", unsigned long)
        CT_ELEMENT('q', long long, "%lld", long long)
        CT_ELEMENT('Q', unsigned long long, "%llu", unsigned long long)
        CT_ELEMENT('f', float, "%.9g", double)
        CT_ELEMENT('d', double, "%.17g", double)
#undef CT_ELEMENT
    case '?':
        n = snprintf(text, sizeof text, "%s", *at != 0 ? "True" : "False");
        break;
    default:
        return false;
    }
    ct_buf_append(out, text, (size_t)n);
    return true;
}

/* `shape=(2, 3) format=d [0, 1, …]`; the elements only of contiguous simple ones. */
static void append_array(struct ct_buf *out, const Py_buffer *buffer, int limit)
{
    char text[64];
    Py_ssize_t elements = buffer->itemsize > 0 ? buffer->len / buffer->itemsize : 0;
    const char *format = buffer->format == NULL ? "B" : buffer->format;
    ct_buf_append_text(out, CT_TEXT("shape=("));
    for (int i = 0; i < buffer->ndim && buffer->shape != NULL; i++) {
        int n = snprintf(text, sizeof text, i == 0 ? "%zd" : ", %zd", buffer->shape[i]);
        ct_buf_append(out, text, (size_t)n);
    }
    ct_buf_append_text(out, buffer->ndim == 1 ? CT_TEXT(",) format=")
                                              : CT_TEXT(") format="));
    ct_buf_append_text(out, ct_text_of(format));
    if (strlen(format) != 1 || !PyBuffer_IsContiguous(buffer, 'C'))
        return;
    ct_buf_append_text(out, CT_TEXT(" ["));
    for (Py_ssize_t i = 0; i < elements; i++) {
        if (i > 0)
            ct_buf_append_text(out, CT_TEXT(", "));
        if (i == limit ||
            !append_element(out, (char *)buffer->buf + i * buffer->itemsize,
                            format[0])) {
            ct_buf_append_text(out, CT_TEXT("…"));
            break;
        }
    }
    ct_buf_append_byte(out, ']');
}

static void encode_array(struct ct_encoder *encoder, PyObject *object,
                         const struct ct_class_entry *entry)
{
    Py_buffer buffer;
    PyObject *raised = PyErr_GetRaisedException();
    if (PyObject_GetBuffer(object, &buffer, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        encode_object(encoder, entry);
    } else {
        struct ct_buf *text = &encoder->text;
        ct_buf_clear(text);
        append_array(text, &buffer, encoder->policy->max_items);
        PyBuffer_Release(&buffer);
        encoder->out.failed |= text->failed;
        ct_encode_tag(encoder, CT_VAL_RAW);
        ct_encoder_number(encoder, entry->id);
        ct_encode_text(encoder, ct_buf_text(text));
    }
    PyErr_SetRaisedException(raised);
}

void ct_encode_buffer(struct ct_encoder *encoder, PyObject *object,
                      struct ct_class_entry *entry)
{
    struct ct_witness *witness = &encoder->witness;
    switch (entry->kind) {
    case CT_KIND_OF_BYTES:
        ct_witness_words(witness, &((PyVarObject *)object)->ob_size, 1);
        encode_memory(encoder, entry, PyBytes_AS_STRING(object),
                      PyBytes_GET_SIZE(object));
        break;
    case CT_KIND_OF_BYTEARRAY:
        ct_witness_words(witness, &((PyVarObject *)object)->ob_size, 1);
        ct_witness_words(witness, &((PyByteArrayObject *)object)->ob_start, 1);
        encode_memory(encoder, entry, PyByteArray_AS_STRING(object),
                      PyByteArray_GET_SIZE(object));
        break;
    case CT_KIND_OF_MEMORYVIEW:
        encode_memoryview(encoder, object, entry);
        break;
    default:
        encode_array(encoder, object, entry);
    }
}
