/* What the user allows a recording to take: settings, whose end is no failure.
 *
 * Looked at once a segment by the tape's writer. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The least that `keep` can be: a segment. */
#define CT_KEEP_LEAST (64 << 10)

/* Zeroed memory allows everything. */
struct ct_quota {
    uint64_t size;     /* record bytes; 0: any number */
    uint64_t min_free; /* bytes that stay free on the file system */
    uint64_t keep;     /* record bytes of which older ones are cut off; 0: all stay */
};

/* For a tape in `folder`. `size` < 0 is no limit, `min_free` < 0 the default: the
 * smaller of 1 GiB and 5 % of the file system. */
void ct_quota_init(struct ct_quota *quota, const char *folder, int64_t size,
                   int64_t min_free);

/* Whether a segment of at least `needed` record bytes may follow `used` ones; *capacity
 * gets smaller if only that fits. `is_full`: the trace has no room for more already.
 * CT_ERR_LIMIT, with a text for people, if not. */
CT_NODISCARD enum ct_status ct_quota_check(const struct ct_quota *quota,
                                           const char *folder, uint64_t used,
                                           bool is_full, size_t needed,
                                           size_t *capacity, struct ct_error *err);
