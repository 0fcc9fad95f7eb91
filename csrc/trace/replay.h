/* Replays a tape into a writer: changes become complete steps.
 *
 * Implements the order of records of trace-formats.md 2.6 to 2.8: the first four and
 * the last, definitions just before their use, call and step blocks, changes of thread
 * as suspensions, the closing of open frames. Memory holds the definitions, the open
 * frames and one record, however long the tape is. */
#pragma once

#include "base/status.h"
#include "base/strtab.h"
#include "tape/record.h"
#include "trace/facts.h"
#include "trace/writer.h"

#include <stdbool.h>
#include <stdint.h>

/* Numbers of records in the file; as in the metadata (trace-formats.md 5). */
struct ct_counts {
    uint64_t steps, calls, values, events, threads, truncated_values;
};

/* A place in the file where a Step stands. */
struct ct_place {
    uint32_t path_id;
    int64_t line;
};

struct ct_replay_result {
    struct ct_counts counts;
    struct ct_place last; /* of the last Step the tape led to; line 0: there is none */
    enum ct_end_reason reason;
    enum ct_end_exit exit;
    int64_t code;           /* the exit status, if `exit` is CT_EXIT_CODE */
    bool complete;          /* the tape had its END, and all of it is in the file */
    struct ct_strtab paths; /* owned: the Path records in order */
};

struct ct_replay;

/* What a replay takes that is not on the tape. */
struct ct_replay_options {
    bool is_live;        /* the tape may still be written: it is followed */
    uint64_t size_limit; /* bytes of the events file; 0: none. Beyond, the trace ends */
    void (*tell)(void *context,
                 uint64_t done); /* or NULL: called with the number of
                                    record bytes replayed, now and then */
    void *context;
};

/* Begins to replay the tape in `dir` into `writer`, which the caller finishes and frees
 * behind the replay. Takes facts that choose what is written (PROGRAM_PATH,
 * THREAD_RECORDS, FORMAT) and adds the notes of the tape. NULL with *err filled. */
struct ct_replay *ct_replay_new(const char *dir, struct ct_writer *writer,
                                struct ct_facts *facts,
                                const struct ct_replay_options *options,
                                struct ct_error *err);
/* Replays what there is; of a tape that is followed, until now. A failure of the writer
 * is no error here: the replay stops early. */
CT_NODISCARD enum ct_status ct_replay_go(struct ct_replay *replay,
                                         struct ct_error *err);
/* Whether the tape's END has come; and whether there may be more to follow. Neither:
 * the tape is odd, or memory or the writer has failed. */
bool ct_replay_has_end(const struct ct_replay *replay);
bool ct_replay_can_follow(const struct ct_replay *replay);
/* Whether the trace has reached its limit. */
bool ct_replay_is_full(const struct ct_replay *replay);
/* Replays the rest of the tape, which is not written any more, and the end of the file.
 * On CT_OK the caller owns *result; on an error there is nothing to release. */
CT_NODISCARD enum ct_status ct_replay_end(struct ct_replay *replay,
                                          struct ct_replay_result *result,
                                          struct ct_error *err);
void ct_replay_free(struct ct_replay *replay);

/* All of that for a tape that is not written any more. */
CT_NODISCARD enum ct_status ct_replay_run(const char *dir, struct ct_writer *writer,
                                          struct ct_facts *facts,
                                          struct ct_replay_result *result,
                                          struct ct_error *err);

void ct_replay_result_fini(struct ct_replay_result *result);
