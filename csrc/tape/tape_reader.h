/* Reads a tape: the records of all segments, in the order in which they happened.
 *
 * Segments are mapped read-only, one for each thread that has runs left, so memory does
 * not grow with the tape. Runs come in the order of their keys; the tape may be that of
 * a process that died anywhere. Anything odd is the end of the tape: nothing behind it
 * is given.
 *
 * The tape may still be written: then a reader *follows* it, up to what has been
 * committed, and goes on later. A run is over when the next one has begun. */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "tape/record_reader.h"

#include <stdbool.h>

struct ct_tape_reader;

/* The rest of a segment that begins before a place where a tape is cut. */
struct ct_tape_rest {
    uint64_t number, offset; /* of the segment; in its record bytes */
};

/* A place between two runs, and what lies behind it. */
struct ct_tape_cut {
    uint64_t key;          /* of the last run before it */
    uint64_t next_segment; /* all segments from here on lie behind it */
    uint64_t done;         /* record bytes of the segments that lie before it */
    struct ct_buf rests;   /* owned: struct ct_tape_rest, of the segments between */
};

/* Whether an open segment file has a header: a process that is killed while it makes a
 * segment leaves one of zeros, or none, and nothing behind it. */
bool ct_tape_is_begun(int fd);

/* Opens the tape of the trace directory `dir`. NULL with *err filled: CT_ERR_FORMAT if
 * there is no readable segment, else what the system said. */
struct ct_tape_reader *ct_tape_reader_new(const char *dir, struct ct_error *err);
void ct_tape_reader_free(struct ct_tape_reader *reader);

/* Follows a tape that is being written, from here on: `ct_tape_reader_next` is false
 * also where the tape has got no further yet, and may be called again. */
void ct_tape_reader_follow(struct ct_tape_reader *reader);
/* The tape is not written any more: the rest is read as it stands. */
void ct_tape_reader_settle(struct ct_tape_reader *reader);
/* Whether the reader stands where the tape has got no further yet. */
bool ct_tape_reader_is_waiting(const struct ct_tape_reader *reader);

/* Has a reader that follows stop between two runs, once segments of so many record
 * bytes have been read to their end. */
void ct_tape_reader_stop_after(struct ct_tape_reader *reader, uint64_t bytes);
/* Where the reader has stopped; false if that is not between two runs, or memory is
 * out. *cut is the caller's either way. */
CT_NODISCARD bool ct_tape_reader_cut(const struct ct_tape_reader *reader,
                                     struct ct_tape_cut *cut);
/* The bytes of the last record. */
struct ct_span ct_tape_reader_bytes(const struct ct_tape_reader *reader);
/* Whether the tape begins with a state: what was before it has been cut off. */
bool ct_tape_reader_is_cut(const struct ct_tape_reader *reader);

/* Record bytes of the segments that have been read to their end, without a state. */
uint64_t ct_tape_reader_done(const struct ct_tape_reader *reader);

/* The next record, never a RUN; its texts and spans live until the next call. False at
 * the end of the tape: after END, behind the last record, at damage, or at a failure.
 */
bool ct_tape_reader_next(struct ct_tape_reader *reader, struct ct_tape_record *record);

/* After the end: whether memory or the operating system failed. Damage is no failure.
 */
CT_NODISCARD enum ct_status ct_tape_reader_status(const struct ct_tape_reader *reader,
                                                  struct ct_error *err);

/* Whether the tape ended at something odd. */
bool ct_tape_reader_is_damaged(const struct ct_tape_reader *reader);
