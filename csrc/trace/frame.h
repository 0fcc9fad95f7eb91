/* The open frames of a thread, and the variables bound in each.
 *
 * A frame keeps of every bound variable the tape's bytes of its value and, once it has
 * been shown, what the writer needs to write its record again. These stand one behind
 * the other, as the next Step shows them. A hundred thousand frames may be open at
 * once, so a frame holds only what is bound, and popped frames serve the next calls. */
#pragma once

#include "tape/record_reader.h"
#include "trace/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_variable {
    uint8_t *value; /* owned: the bytes of its value on the tape */
    size_t value_size;
    size_t capacity;    /* of `value` */
    size_t record_size; /* in the frame's records; 0: none */
    uint64_t words;     /* of the record, as in ct_fragment */
    uint32_t slot;
    bool is_written;  /* there is a record, that of the variable's value */
    bool is_shown;    /* it is, when its frame is settled: no other has its name */
    bool is_cut;      /* the written value has a cut mark */
    uint32_t file_id; /* of the name; set when it is written */
};

struct ct_frame {
    struct ct_variable *variables; /* owned; those bound, by slot. The ones behind
                                      `count` are free, with their memory */
    uint32_t *added;               /* owned: names of the slots behind the code's */
    uint32_t count;
    uint32_t capacity;
    uint32_t added_count;
    uint32_t added_capacity;
    uint32_t code;
    int64_t line;        /* of the last Step, as the tape counts (may be < 1) */
    uint64_t call_index; /* of the Call that opened it last */
    uint64_t hidden;     /* variables not shown: the `…` variable */
    bool shows_hidden;   /* there is no variable of its name, if the frame is settled */
    bool is_settled;     /* the same variables are bound as at its last Step */
    struct ct_buf records; /* of the variables: with which they are written again */
};

struct ct_frames {
    struct ct_frame
        *frames;  /* owned; those behind `depth` are free, to be used again */
    size_t depth; /* open frames */
    size_t kept;  /* frames that may own memory: depth … */
    size_t capacity;
};

void ct_frames_fini(struct ct_frames *frames);

/* A new innermost frame without variables; NULL when memory is out. Pointers to other
 * frames die. */
struct ct_frame *ct_frames_push(struct ct_frames *frames, uint64_t code, int64_t line);
void ct_frames_pop(struct ct_frames *frames);

/* The innermost frame, or NULL. */
static inline struct ct_frame *ct_frames_top(const struct ct_frames *frames)
{
    return frames->depth == 0 ? NULL : &frames->frames[frames->depth - 1];
}

/* Makes the change of a frame that a SET, UNSET, SLOT or MORE tells, of code that names
 * `named` slots. *is_odd is set if a good tape has no such record there. False when
 * memory is out. */
bool ct_frame_change(struct ct_frame *frame, size_t named,
                     const struct ct_tape_record *record, bool *is_odd);

/* Binds or changes the variable of a slot; the record of the same value stays.
 * False when memory or CT_LIMIT_VARIABLES is out. */
bool ct_frame_set(struct ct_frame *frame, uint32_t slot, struct ct_span value);
void ct_frame_unset(struct ct_frame *frame, uint32_t slot);

/* Names the next slot behind the code's; false when memory is out. */
bool ct_frame_add_slot(struct ct_frame *frame, uint32_t name);

/* The variable's value; until the next change of the frame. */
static inline struct ct_span ct_variable_value(const struct ct_variable *variable)
{
    return (struct ct_span){variable->value, variable->value + variable->value_size};
}

/* Makes the record that has been written of the variable's value its own, if it can be
 * written again, `at` where in the frame's that is to be; false when memory is out. */
bool ct_frame_keep(struct ct_frame *frame, struct ct_variable *variable, size_t at,
                   const struct ct_fragment *written);

/* The records of the variables from one place to another, but for their number and
 * words; likewise. */
static inline struct ct_records ct_frame_records(const struct ct_frame *frame,
                                                 size_t from, size_t to)
{
    return (struct ct_records){.bytes = ct_buf_at(&frame->records, from),
                               .size = to - from};
}
