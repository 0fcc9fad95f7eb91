/* A writer that writes nothing and checks the rules of trace-formats.md 8.
 *
 * For tests of the replay and for fuzzing: whatever the tape, what reaches a writer
 * must keep the rules. The first broken one is kept as a text. */
#pragma once

#include "trace/replay.h"
#include "trace/writer.h"

#include <stdbool.h>
#include <stdint.h>

struct rule_options {
    bool has_float;
    uint64_t record_limit;    /* is_full from here on; 0: never */
    bool allows_unused;       /* definitions without a use: damaged tapes */
    bool allows_error_at_end; /* the end reason is `exception` */
    bool allows_any_end;      /* one or the other: not known */
    bool allows_thread_records;
};

struct ct_writer *rule_writer_new(const struct rule_options *options);

/* To be called when the file should be whole. The broken rule, or NULL. Lives as long
 * as the writer. */
const char *rule_writer_verdict(struct ct_writer *writer);

/* What the writer has counted: steps, calls, values, events. */
const struct ct_counts *rule_writer_counts(const struct ct_writer *writer);
