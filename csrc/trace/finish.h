/* Turns a finished tape into the files of a trace (trace-formats.md 1).
 *
 * Called by the recording process at its end, and by the executable ct-finish. Needs
 * no Python, takes memory that does not grow with the tape. */
#pragma once

#include "base/status.h"
#include "tape/record.h"

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

/* Reads DIR/trace.tape, writes DIR/trace.json or DIR/trace.bin (as CT_FACT_FORMAT says,
 * binary without one), DIR/trace_paths.json, DIR/trace_metadata.json, each under a
 * temporary name and renamed, and then removes DIR/trace.tape. Removes the events file
 * of the other format and an old trace_metadata.json first. The files have the mode of
 * the tape. On an error the tape stays and no temporary file is left. A tape without
 * any readable segment is CT_ERR_FORMAT. The tape's lock must be the caller's. */
CT_NODISCARD enum ct_status ct_finish(const char *dir, struct ct_finish_result *result,
                                      struct ct_error *err);
