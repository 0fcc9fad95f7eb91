/* Builds tapes by hand: records of the caller's choice, good or bad, in segments.
 *
 * For tests and fuzz targets; shares nothing with the real tape writer but the names of
 * record.h. Definitions number themselves. A zeroed `struct tape` is empty. */
#pragma once

#include "base/buf.h"
#include "base/varint.h"
#include "tape/record.h"
#include "tape/segment.h"

#include <stdbool.h>
#include <stdint.h>

#define TAPE_SEGMENTS 32

struct tape {
    struct ct_buf segments[TAPE_SEGMENTS]; /* record bytes */
    size_t count;
    size_t current; /* the segment that records go to */
    uint64_t paths, functions, names, classes, shapes, codes;
    bool has_no_same; /* tape_same writes the value itself */
    bool has_unset;   /* tape_set unbinds the slot first */
};

/* A value in the current segment. */
struct tape_value {
    size_t start, size;
};

void tape_fini(struct tape *tape);

/* Writes DIR/trace.tape with its segment files, and removes it. Abort on failure. */
void tape_save(const struct tape *tape, const char *dir);
void tape_delete(const char *dir);

/* A good header for `size` record bytes, all of them committed. */
struct ct_segment_header tape_header(uint64_t number, size_t size);

/* Writes one segment file with any header. */
void tape_save_segment(const char *dir, uint64_t number,
                       const struct ct_segment_header *header, const void *bytes,
                       size_t size);

/* A new segment that begins with a RUN; and a further RUN in segment `index`. */
void tape_segment(struct tape *tape, uint64_t key, uint64_t thread);
void tape_run(struct tape *tape, size_t index, uint64_t key, uint64_t thread);

/* Operands, also those of values. */
void tape_byte(struct tape *tape, uint8_t byte);
void tape_u(struct tape *tape, uint64_t value);
void tape_s(struct tape *tape, int64_t value);
void tape_bytes(struct tape *tape, const void *bytes, size_t size);
void tape_text(struct tape *tape, const char *text);

void tape_fact(struct tape *tape, enum ct_fact fact, const char *text);

/* Definitions; they return their ids. Lists of names end with -1. */
uint64_t tape_path(struct tape *tape, const char *path);
uint64_t tape_function(struct tape *tape, uint64_t path, int64_t line,
                       const char *name);
uint64_t tape_name(struct tape *tape, const char *name);
uint64_t tape_class(struct tape *tape, const char *name);
uint64_t tape_shape(struct tape *tape, uint64_t class, ...);
uint64_t tape_code(struct tape *tape, uint64_t function, ...);

/* Events. The arguments of a call follow: name (tape_u) and value. */
void tape_call(struct tape *tape, enum ct_call_flag flag, uint64_t code, int64_t line,
               uint64_t args);
void tape_step(struct tape *tape, int64_t difference);
void tape_slot(struct tape *tape, uint64_t slot, uint64_t name);
void tape_unset(struct tape *tape, uint64_t slot);
void tape_more(struct tape *tape, uint64_t count);
void tape_io(struct tape *tape, enum ct_event event, uint8_t flags, const char *text);
void tape_error(struct tape *tape, enum ct_event event, const char *type,
                const char *message, uint64_t path, int64_t line);
void tape_end(struct tape *tape, enum ct_end_reason reason, enum ct_end_exit exit,
              int64_t code, const char *note);

/* A value follows these two. */
void tape_set(struct tape *tape, uint64_t slot);
void tape_return(struct tape *tape);

/* Values. */
void tape_int(struct tape *tape, int64_t value);
void tape_float(struct tape *tape, double value);
void tape_str(struct tape *tape, const char *text);
void tape_raw(struct tape *tape, uint64_t class, const char *text);

/* The value that the segment has had from `start` on; and a value that is the same. */
struct tape_value tape_value_since(const struct tape *tape, size_t start);
void tape_same(struct tape *tape, struct tape_value value);

/* The value itself once more: it may stand in another value, too. */
void tape_again(struct tape *tape, struct tape_value value);
