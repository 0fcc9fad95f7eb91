/* Python objects as encoded values of the tape (tape/record.h).
 *
 * Rule one: encoding never runs code of the traced program. Builtin types and their
 * subclasses are read through their C storage, objects through what they store,
 * everything else is named by its class. Rule two: a value is bounded by the policy's
 * limits, and a cut is marked. Rule three: a value that contains itself ends with a
 * mark.
 *
 * An encoder belongs to one thread. It needs an attached thread state, allocates only
 * when its buffers have to grow or a class is new, and keeps no reference. */
#pragma once

#include "base/buf.h"
#include "py/class_table.h"
#include "py/policy.h"
#include "py/value_branch.h"
#include "py/witness.h"

struct ct_verdict;

#define CT_ENCODER_DEPTH_BITS 10 /* places for the depths of objects: 1024 */

struct ct_encoder {
    struct ct_buf out;              /* the values encoded since ct_encoder_reset */
    struct ct_buf text;             /* scratch for a text whose length comes first */
    struct ct_buf fields;           /* stack of struct ct_field of the objects open */
    const struct ct_policy *policy; /* borrowed: the limits */
    struct ct_classes *classes;     /* borrowed */
    struct ct_stream *stream;       /* borrowed: where new classes are defined */
    PyObject *enum_names[2];        /* owned: "name" and "value" */
    struct ct_verdict *verdict;     /* borrowed: what is hidden of fields; or NULL */
    const PyObject *keywords;       /* identity: the `**kwargs` of the frame, or NULL */

    struct ct_witness witness;   /* of the value that is encoded */
    struct ct_branches branches; /* of that value */
    struct ct_text proof;        /* the words of the last one's: there, or a memo's */
    bool is_verifiable;          /* they tell everything */
    bool has_only_scalars;       /* since it was set: no class has been looked at */

    /* of the value being encoded */
    int depth_limit; /* levels opened */
    int nodes_left;
    Py_ssize_t nodes_below; /* at least, in one level more */
    int depth;              /* containers open */
    int records;            /* container records open: a dict's are two a level */
    PyObject *open[CT_VALUE_MAX_DEPTH]; /* borrowed: for cycles */

    /* levels to which objects were cut last time, by ct_address_place; 0: none */
    uint8_t depths[1 << CT_ENCODER_DEPTH_BITS];
};

/* A place for an object in a table of 1 << bits, which others may have, too. */
static inline size_t ct_address_place(const PyObject *object, int bits)
{
    return (size_t)((uint64_t)(uintptr_t)object * 0x9e3779b97f4a7c15u >> (64 - bits));
}

void ct_encoder_init(struct ct_encoder *encoder, const struct ct_policy *policy,
                     struct ct_classes *classes, struct ct_stream *stream);
void ct_encoder_fini(struct ct_encoder *encoder);

static inline void ct_encoder_reset(struct ct_encoder *encoder)
{
    ct_buf_clear(&encoder->out);
}

/* Appends a varint to `out`. */
static inline void ct_encoder_number(struct ct_encoder *encoder, uint64_t number)
{
    struct ct_buf *out = &encoder->out;
    if (ct_buf_reserve(out, CT_VARINT_MAX))
        out->size = (size_t)(ct_varint_put(out->data + out->size, number) - out->data);
}

/* Whether a str is shown as most are: as a whole, of ASCII, its length in one byte. */
static inline bool ct_is_usual_text(const struct ct_policy *policy, PyObject *str)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    return length < 128 && length <= policy->max_string && PyUnicode_IS_ASCII(str);
}

static inline size_t ct_usual_text_size(PyObject *str)
{
    return 2 + (size_t)PyUnicode_GET_LENGTH(str);
}

/* Writes such a str, exact, where there is room for it; gives its end. */
static inline uint8_t *ct_put_usual_text(uint8_t *at, PyObject *str)
{
    size_t length = (size_t)PyUnicode_GET_LENGTH(str);
    *at++ = CT_VAL_STR;
    *at++ = (uint8_t)length;
    memcpy(at, PyUnicode_DATA(str), length);
    return at + length;
}

/* Appends the value to `out`, and makes its witness. False when memory is out
 * (out.failed). */
bool ct_encode(struct ct_encoder *encoder, PyObject *object);
/* The same for a scalar (ct_is_scalar_type), without a witness to be used. */
bool ct_encode_scalar(struct ct_encoder *encoder, PyObject *object);
