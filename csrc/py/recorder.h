/* One recording: everything it owns, from start to the finished files.
 *
 * At most one is active in a process. module.c starts and stops it through the
 * functions here, callbacks.c feeds it, program_end.c ends it with the process. */
#pragma once

#include "py/class_table.h"
#include "py/code_table.h"
#include "py/filter.h"
#include "py/log.h"
#include "py/monitoring.h"
#include "py/policy.h"
#include "py/raise.h"
#include "py/scope.h"
#include "py/threads.h"

#include <stdbool.h>
#include <sys/types.h>

/* When events are written. */
enum ct_window {
    CT_WINDOW_OPEN,
    CT_WINDOW_WAITING, /* for code of the activation file to be entered */
    CT_WINDOW_CLOSED,  /* its first activation has ended */
};

/* Where a test has the recorder fail (CODETRACER_TEST_INJECT_FAILURE). */
enum ct_stage {
    CT_STAGE_NONE,
    CT_STAGE_START,
    CT_STAGE_LINE,
    CT_STAGE_FINISH,
    CT_STAGE_SUPPRESS, /* nothing is recorded */
    CT_STAGE_ARGUMENTS,
    CT_STAGE_PANIC,
    CT_STAGE_FRAME,
    CT_STAGE_GLOBALS,
    CT_STAGE_POSITIONAL,
    CT_STAGE_KEYWORD,
};

/* What a recording is started with; all borrowed, UTF-8 or file system bytes. */
struct ct_start_options {
    const char *directory; /* absolute */
    const char *format;    /* "json" or "binary" */
    const char *native;    /* the directory of the native module and of ct-finish */
    const char *package;   /* … of the package's Python code */
    const char *version;
    const char *run_id;
    const char *activation_path; /* or NULL */
    const char *program_path;    /* co_filename of the main code, or NULL */
    const char *target_script;   /* or NULL: as program_path */
    PyObject *filter;            /* bytes: the chain of filters (filter_chain.h) */
    bool is_program;   /* started by the launcher, whose exit status it decides on */
    bool expects_main; /* started before the program's first code */
};

struct ct_recorder {
    struct ct_policy policy;
    struct ct_tape tape;
    struct ct_names names;
    struct ct_code_table codes;
    struct ct_classes classes;
    struct ct_scope scope;
    struct ct_filter *filter; /* owned */
    struct ct_monitoring monitoring;
    struct ct_threads threads;
    char *directory;     /* owned */
    char *main_filename; /* owned: synthetic name of the main code (`<string>`) */

    enum ct_window window;
    dev_t activation_device; /* of the activation file */
    ino_t activation_inode;
    struct ct_frame *activation_frame; /* borrowed: identity, with … */
    PyCodeObject *activation_code;     /* its code: borrowed, too, … */
    bool holds_activation;             /* but owned if it is not recorded itself */

    bool is_program, expects_main; /* as in the options */
    bool has_met_main;             /* the main code has been entered */
    bool has_main_ended;
    bool has_uncaught; /* an exception has ended the program */
    bool is_ending;    /* its files are being made */
    bool is_detached;  /* events are over; only the end is to be written */
    _Atomic bool
        needs_look;     /* it is detached, or there is something to take (fd_hooks.h) */
    bool is_orphan;     /* of a forked child: to be detached at the next event */
    bool has_told_loss; /* the tape could not be written any more; the user knows */
    bool has_noted_children; /* that what they write is not recorded */
    bool has_helper;         /* a process that finishes the trace if this one dies */
    pid_t process;           /* that started it: a forked child is not recorded */
    unsigned long changing_thread; /* that detaches or ends it just now; 0: none */
    struct ct_log log;
    const struct ct_errors *errors; /* borrowed */

    enum ct_stage inject;
    bool has_failed;   /* the recorder itself, at an event or at the end */
    bool is_error_due; /* and the callback has to raise it */
    const char *failure_kind, *failure_code;
    char failure_text[256];
};

/* A started recorder, with its events on and calling `monitor`'s methods; NULL with an
 * exception set on failure, when nothing is left on disk that was not there before. */
struct ct_recorder *ct_recorder_start(const struct ct_start_options *options,
                                      const struct ct_policy *policy,
                                      const struct ct_errors *errors,
                                      PyObject *monitor);

/* Turns all events off. Needs an attached thread state, and may run the program's audit
 * hooks. */
void ct_recorder_detach(struct ct_recorder *recorder);

/* Says on standard error, once, that the recording has ended early and why; nothing if
 * it has not, or if the user's limits ended it. Needs no Python. */
void ct_recorder_tell_loss(struct ct_recorder *recorder);

/* Writes the tape's end and makes the files. Needs no Python: it runs detached and at
 * the end of the process too. On an error the text says where the tape is. */
enum ct_status ct_recorder_finish(struct ct_recorder *recorder,
                                  enum ct_end_reason reason, enum ct_end_exit exit,
                                  int64_t code, struct ct_error *err);

/* In a forked child: what the child has not inherited must not be touched. */
void ct_recorder_orphan(struct ct_recorder *recorder);

/* Frees a detached recorder. Needs an attached thread state. */
void ct_recorder_free(struct ct_recorder *recorder);
