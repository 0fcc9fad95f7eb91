/* Shared by the files that encode values; nobody else includes this. */
#pragma once

#include "py/value.h"

/* Encodes one node at the encoder's present depth; counts it. */
void ct_encode_node(struct ct_encoder *encoder, PyObject *object);
/* Encodes `object` if it is a container; else false, with nothing written. */
bool ct_encode_container(struct ct_encoder *encoder, PyObject *object);
/* Appends the id of a class, defining it on the tape if it is new. */
void ct_encode_class(struct ct_encoder *encoder, PyTypeObject *type);

static inline void ct_encode_tag(struct ct_encoder *encoder, unsigned tag)
{
    ct_buf_append_byte(&encoder->out, (uint8_t)tag);
}

/* Length and bytes; the text may lie in the buffer's free room. */
static inline void ct_encode_text(struct ct_encoder *encoder, struct ct_text text)
{
    struct ct_buf *out = &encoder->out;
    ct_encoder_number(encoder, text.size);
    if (text.size != 0 && !out->failed && text.size <= out->capacity - out->size) {
        memmove(out->data + out->size, text.bytes, text.size);
        out->size += text.size;
    } else {
        ct_buf_append_text(out, text);
    }
}
