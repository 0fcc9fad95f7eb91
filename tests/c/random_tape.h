/* Random tapes that a correct capture could have written: threads, calls, steps,
 * changes, values of every kind, events; the same for the same seed. */
#pragma once

#include "tape_builder.h"

/* Appends facts for `format` ("json" or "binary") and about `records` records; ends
 * with END if the seed says so. *reason is then its reason, else CT_END_KILLED. */
void random_tape(struct tape *tape, uint64_t seed, size_t records, const char *format,
                 enum ct_end_reason *reason);

/* The same of calls whose variables hold the same few containers again and again, and
 * what those of their callers hold. */
void random_containers(struct tape *tape, uint64_t seed, size_t records,
                       const char *format);
