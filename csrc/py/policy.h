/* The recorder's settings: one table drives keywords, environment and snapshot.
 *
 * The policy is process-wide (one per module state) and copied into a recording at its
 * start. Texts and ranges come from contract.md sections 4, 5, 8 and 9. */
#pragma once

#include "py/compat.h"
#include "py/raise.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define CT_SIZE_UNSET (-1) /* no limit; of min_free: the default */

enum ct_globals_mode { CT_GLOBALS_ALL, CT_GLOBALS_USED, CT_GLOBALS_NONE };
enum ct_on_error { CT_ON_ERROR_ABORT, CT_ON_ERROR_DISABLE };
enum ct_thread_records { CT_THREADS_AUTO, CT_THREADS_ON, CT_THREADS_OFF };

#define CT_LOG_LEVEL_SIZE 512 /* bytes of a log level spec with its NUL */

struct ct_policy {
    int globals; /* enum ct_globals_mode */
    /* Bounds of a value and of a step, all counts; see limits in policy.c. */
    int max_depth;     /* levels of containers opened */
    int max_items;     /* items or fields of a container */
    int max_string;    /* characters of a string, bytes of a bytes */
    int max_nodes;     /* value records of one value */
    int max_variables; /* variables of one step */
    /* Bytes, or CT_SIZE_UNSET. */
    int64_t max_trace_size; /* of the events file: the recording ends there */
    int64_t keep_last;      /* of the tape: older records are cut off */
    int64_t min_free;       /* of the file system: the recording ends below */

    int on_recorder_error; /* enum ct_on_error */
    int thread_records;    /* enum ct_thread_records */
    /* Flags, 0 or 1. */
    int require_trace;
    int keep_partial_trace;
    int json_errors;
    int module_name_from_globals;
    int propagate_script_exit;
    int io_capture_line_proxies; /* the standard streams are recorded */
    int io_capture_fd_fallback;  /* … and what others write to descriptors 1 and 2 */
    /* Texts; empty: not set. */
    char log_level[CT_LOG_LEVEL_SIZE];
    char log_file[PATH_MAX]; /* in the file system's encoding */
};

/* The defaults. CODETRACER_RECORDING, which CodeTracer sets, changes one of them:
 * propagate_script_exit is off then. */
void ct_policy_init(struct ct_policy *policy);

/* The name of a setting that is a choice, such as "auto"; `value` as in the policy. */
const char *ct_policy_thread_records(const struct ct_policy *policy);

/* Sets the setting `name` from a text, as on the command line or in the environment;
 * `where` names it in errors ("--max-depth", "CODETRACER_MAX_DEPTH"). -1 with
 * UsageError ERR_INVALID_POLICY_VALUE set; the policy is unchanged then. */
int ct_policy_set_text(struct ct_policy *policy, const struct ct_errors *errors,
                       const char *name, const char *where, PyObject *text);

/* configure_policy(**settings): None leaves a setting. All or nothing. */
int ct_policy_configure(struct ct_policy *policy, const struct ct_errors *errors,
                        PyObject *settings);
/* configure_policy_from_env(): reads the CODETRACER_… variables. All or nothing. */
int ct_policy_from_env(struct ct_policy *policy, const struct ct_errors *errors);
/* Whether a recording can begin with these settings; -1 with UsageError set. */
int ct_policy_check(const struct ct_policy *policy, const struct ct_errors *errors);
/* policy_snapshot(): a new dict. */
PyObject *ct_policy_snapshot(const struct ct_policy *policy);
