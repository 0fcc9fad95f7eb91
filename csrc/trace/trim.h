/* Cuts off the beginning of a tape that is being written: of a recording that keeps its
 * last part only (CT_FACT_KEEP_LAST).
 *
 * The oldest records are replayed, without a trace being written, and what is left of
 * them, definitions and the frames that are open, becomes the tape's state
 * (tape/tape_state.h). Called by the helper, and by the recording process when the
 * helper does not do it; needs no Python. Takes memory for definitions and open frames.
 */
#pragma once

#include "base/status.h"
#include "tape/tape_writer.h"

#include <stdint.h>

/* The bytes of CT_FACT_KEEP_LAST of the tape in `dir`, 0 if it is to be kept whole. */
uint64_t ct_trim_size(const char *dir);

/* Cuts the tape in `dir` if its full segments have more than `keep` record bytes. The
 * output lock must be the caller's. On an error, and when there is nothing to cut off
 * yet, the tape stays as it is. */
CT_NODISCARD enum ct_status ct_trim(const char *dir, const struct ct_handover *handover,
                                    uint64_t keep, struct ct_error *err);

/* For struct ct_tape's `trim`: the same for the recording process, once there is a
 * quarter too much. A helper that is at work and far behind is waited for. */
void ct_trim_own(struct ct_tape *tape);
