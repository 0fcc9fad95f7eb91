/* Decodes one record of a tape, trusting nothing.
 *
 * A record that passes `ct_record_read` is whole and consistent: every id it uses is
 * defined, every text is UTF-8, every value has as many parts as it says and is no
 * deeper than CT_VALUE_MAX_DEPTH. What works on records after that (trace/) need not
 * check again, except slots, whose number a frame knows.
 *
 * Called by the tape reader. Allocates only to remember the sizes of shapes. */
#pragma once

#include "base/buf.h"
#include "base/text.h"
#include "base/varint.h"
#include "tape/record.h"

#include <stdbool.h>
#include <stdint.h>

/* A borrowed stretch of tape bytes, consumed from the front. */
struct ct_span {
    const uint8_t *at;
    const uint8_t *end;
};

/* A decoded record. Fields a kind does not name are not set. */
struct ct_tape_record {
    enum ct_record kind;   /* the short forms read as SET and STEP */
    uint8_t detail;        /* FACT: field. CALL: flag. EVENT: kind. END: reason */
    uint8_t flags;         /* EVENT with text: io flags. END: exit */
    uint64_t thread;       /* the run's; set by the tape reader. RUN: the new one */
    uint64_t id;           /* definitions: the new id. RUN: key. CALL: code.
                              SET, UNSET, SLOT: slot. MORE: number of variables */
    uint64_t of;           /* FUNCTION, EVENT error: path. SHAPE: class.
                              CODE: function. SLOT: name */
    int64_t line;          /* FUNCTION, CALL, EVENT error: line. STEP: difference.
                              END: exit code */
    uint64_t count;        /* SHAPE, CODE: names. CALL: arguments */
    struct ct_text text;   /* PATH, FUNCTION, NAME, CLASS, FACT; EVENT: text or message;
                              END: note */
    struct ct_text type;   /* EVENT error */
    struct ct_text module; /* EVENT error */
    struct ct_span body;   /* SHAPE, CODE: the names. CALL: the arguments. SET, RETURN:
                              the value, no SAME */
};

/* What the records so far have defined. Zeroed memory is the beginning of a tape. */
struct ct_tape_ids {
    uint64_t paths, functions, names, classes, codes;
    struct ct_buf shape_sizes; /* uint64_t fields of each shape */
};

void ct_tape_ids_fini(struct ct_tape_ids *ids);

/* Reads the record at the front of `in`, which must not be empty, and consumes it. In a
 * segment whose records begin at `records`: values may lie before the record. False if
 * it is anything but a good record (or memory is out); `in` is then spoilt. */
bool ct_record_read(struct ct_tape_ids *ids, const uint8_t *records, struct ct_span *in,
                    struct ct_tape_record *record);

/* The readers of single operands, for bytes that a record has been made of. They give
 * 0 or nothing at the end of the span. */
static inline uint64_t ct_span_number(struct ct_span *in)
{
    uint64_t value = 0;
    ct_varint_get(&in->at, in->end, &value);
    return value;
}

static inline uint8_t ct_span_byte(struct ct_span *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static inline struct ct_text ct_span_bytes(struct ct_span *in, uint64_t size)
{
    if (size > (uint64_t)(in->end - in->at))
        size = (uint64_t)(in->end - in->at);
    struct ct_text text = {(const char *)in->at, (size_t)size};
    in->at += size;
    return text;
}

static inline bool ct_span_is_same(const struct ct_span *in)
{
    return in->at < in->end && *in->at == CT_VAL_SAME;
}

/* The value that CT_VAL_SAME at the front of the span stands for, up to that tag. */
static inline struct ct_span ct_span_same(struct ct_span *in)
{
    const uint8_t *tag = in->at++;
    uint64_t distance = ct_span_number(in);
    return (struct ct_span){tag - distance, tag};
}

static inline struct ct_text ct_span_text(struct ct_span *in)
{
    uint64_t size = ct_span_number(in);
    return ct_span_bytes(in, size);
}
