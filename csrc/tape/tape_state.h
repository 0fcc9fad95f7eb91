/* The state of a tape whose beginning was cut off: one file in the tape's folder.
 *
 * A segment (segment.h) that stands for all records before a place between two runs:
 * CT_REC_KEPT for each older segment of which a part lies behind that place, then runs
 * whose records leave a replay where the cut-off ones would. It is named like no other
 * segment, so it replaces the state before it in one rename; segments that only it
 * makes needless are removed after that. Whatever a kill leaves behind is a good tape.
 *
 * Called by trace/trim.c with the output lock held; read by tape_reader.c. */
#pragma once

#include "base/buf.h"
#include "base/status.h"

#include <stdint.h>

/* Makes `records` the state of the tape in `folder`, in front of segment `next`. */
CT_NODISCARD enum ct_status ct_tape_state_write(const char *folder, uint64_t next,
                                                const struct ct_buf *records,
                                                struct ct_error *err);

/* Removes the segments before `next` whose numbers are not among the `count` ones of
 * `kept`. What cannot be removed is ignored by readers, and tried again next time. */
void ct_tape_state_drop(const char *folder, uint64_t next, const uint64_t *kept,
                        size_t count);
