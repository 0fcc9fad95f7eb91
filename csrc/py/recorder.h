/* One recording: everything it owns, from start to the finished files.
 *
 * At most one is active in a process. module.c starts and stops it through the
 * functions here, callbacks.c feeds it, program_end.c ends it with the process. */
#pragma once

#include "base/report.h"
#include "py/class_table.h"
#include "py/code_table.h"
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

/* What a recording is started with; all borrowed, UTF-8 or file system bytes. */
struct ct_start_options {
    const char *directory; /* absolute */
    const char *format;    /* "json" or "binary" */
    const char *package;   /* the recorder's own directory */
    const char *version;
    const char *activation_path; /* or NULL */
    const char *program_path;    /* co_filename of the main code, or NULL */
    const char *target_script;   /* or NULL: as program_path */
    bool is_program; /* started before the program's first code, by the launcher */
};

struct ct_recorder {
    struct ct_policy policy;
    struct ct_tape tape;
    struct ct_names names;
    struct ct_code_table codes;
    struct ct_classes classes;
    struct ct_scope scope;
    struct ct_monitoring monitoring;
    struct ct_threads threads;
    char *directory;     /* owned */
    char *main_filename; /* owned: synthetic name of the main code (`<string>`) */

    enum ct_window window;
    dev_t activation_device; /* of the activation file */
    ino_t activation_inode;
    struct ct_frame *activation_frame; /* borrowed: identity */

    bool is_program;
    bool has_met_main; /* the main code has been entered */
    bool has_main_ended;
    bool has_uncaught;  /* an exception has ended the program */
    bool is_detached;   /* events are over; only the end is to be written */
    bool is_orphan;     /* of a forked child: to be detached at the next event */
    bool has_lost_tape; /* the tape could not be written any more */
    bool has_told_loss; /* and the user knows */
    bool has_helper;    /* a process that finishes the trace if this one dies */
    pid_t process;      /* that started it: a forked child is not recorded */
    struct ct_report report;
};

/* A started recorder, with its events on and calling `monitor`'s methods; NULL with an
 * exception set on failure, when nothing is left on disk that was not there before. */
struct ct_recorder *ct_recorder_start(const struct ct_start_options *options,
                                      const struct ct_policy *policy,
                                      const struct ct_errors *errors,
                                      PyObject *monitor);

/* Turns all events off. Needs an attached thread state. */
void ct_recorder_detach(struct ct_recorder *recorder);

/* Says on standard error, once, that the recording has ended early and why; nothing if
 * it has not. Needs no Python. */
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

/* The entry of `code` if it is recorded, made at its first event in `frame`; NULL if it
 * is not, *is_skipped telling whether that is for good. Never sets an exception. */
struct ct_code *ct_recorder_code(struct ct_recorder *recorder, PyCodeObject *code,
                                 struct ct_frame *frame, bool *is_skipped);

/* Whether `code` is of the activation file. */
bool ct_recorder_is_activation(const struct ct_recorder *recorder, PyCodeObject *code);
