/* What a tape says of the run it belongs to: arguments, versions, places. */
#pragma once

#include "py/compat.h"
#include "py/recorder.h"

/* Writes the FACT records of a recording's start; `id` is the recording's. -1 with an
 * exception set on failure other than the tape's own. */
int ct_facts_write(struct ct_stream *stream, const struct ct_start_options *options,
                   const struct ct_policy *policy, const char *id);
