/* Reads a tape: the records of all segments, in the order in which they happened.
 *
 * Segments are mapped read-only, one for each thread that has runs left, so memory does
 * not grow with the tape. Runs come in the order of their keys; the tape may be that of
 * a process that died anywhere. Anything odd is the end of the tape: nothing behind it
 * is given. The tape must not be written any more. */
#pragma once

#include "base/status.h"
#include "tape/record_reader.h"

#include <stdbool.h>

struct ct_tape_reader;

/* Opens the tape of the trace directory `dir`. NULL with *err filled: CT_ERR_FORMAT if
 * there is no readable segment, else what the system said. */
struct ct_tape_reader *ct_tape_reader_new(const char *dir, struct ct_error *err);
void ct_tape_reader_free(struct ct_tape_reader *reader);

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
