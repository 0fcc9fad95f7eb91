/* Turns a tape into the files of a trace (trace-formats.md 1).
 *
 * Called by the recording process at its end, and by the executable ct-finish, which
 * begins while the tape is still written. Needs no Python, takes memory that does not
 * grow with the tape. The tape stays whole until the trace has its names: whoever
 * finishes may die at any instant, and another one begins anew. */
#pragma once

#include "base/status.h"
#include "tape/record.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ct_finish_result {
    uint64_t steps, calls, values, events, threads, truncated_values;
    bool complete; /* the tape had its END */
    enum ct_end_reason reason;
    enum ct_end_exit exit;
    int64_t code;         /* the exit status, if `exit` is CT_EXIT_CODE */
    char events_file[32]; /* "trace.json" or "trace.bin" */
    char last_path[512];  /* of the last Step of the tape, cut at its start */
    int64_t last_line;    /* 0: there is none */
};

struct ct_finisher;

struct ct_finish_options {
    bool is_live;                               /* the tape may still be written */
    void (*tell)(void *context, uint64_t done); /* or NULL: record bytes done so far */
    void *context;
    const _Atomic uint32_t *is_awaited; /* or NULL; not 0 once somebody waits for the
                                           trace: a thread more takes part then */
};

/* Begins a trace from DIR/trace.tape: opens DIR/trace.json or DIR/trace.bin (as
 * CT_FACT_FORMAT says, binary without one) under a temporary name. A tape without any
 * readable segment is CT_ERR_FORMAT, none at all CT_ERR_IO. NULL with *err filled. The
 * tape's output lock must be the caller's (tape/handover.h). */
struct ct_finisher *ct_finisher_new(const char *dir,
                                    const struct ct_finish_options *options,
                                    struct ct_error *err);
/* Writes what there is on a tape that is being written; a tape that cannot be followed
 * is CT_ERR_FORMAT: it may make sense when it is written no more. */
CT_NODISCARD enum ct_status ct_finisher_go(struct ct_finisher *finisher,
                                           struct ct_error *err);
/* Whether the tape's END has come: nothing is written to it any more. */
bool ct_finisher_has_end(const struct ct_finisher *finisher);
/* Whether the trace has reached its limit: what is on the tape from here on is lost. */
bool ct_finisher_is_full(const struct ct_finisher *finisher);
/* Records written so far. */
uint64_t ct_finisher_records(const struct ct_finisher *finisher);
/* Writes the rest, DIR/trace_paths.json and DIR/trace_metadata.json, renames the files,
 * and removes the tape. Removes the events file of the other format and an old
 * trace_metadata.json first. The files have the mode of the tape. On an error the tape
 * stays; so does that of another recording, if one has taken this one's place. */
CT_NODISCARD enum ct_status ct_finisher_end(struct ct_finisher *finisher,
                                            struct ct_finish_result *result,
                                            struct ct_error *err);
/* Removes the temporary files, if there are any left, and frees the finisher. */
void ct_finisher_free(struct ct_finisher *finisher);

/* All of that with a tape that is not written any more. */
CT_NODISCARD enum ct_status ct_finish(const char *dir, struct ct_finish_result *result,
                                      struct ct_error *err);
