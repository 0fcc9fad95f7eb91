/* Starting and stopping the one recording of this process.
 *
 * The state of the native module: its error classes, the policy, and the monitor of the
 * active recording. Needs an attached thread state. */
#pragma once

#include "py/recorder.h"

#include <limits.h>

struct ct_session {
    struct ct_errors errors;
    struct ct_policy policy;
    char run_id[CT_UUID_TEXT_SIZE];
    /* What the next recording is told of a program that has not begun; owned or NULL.
     */
    PyObject *program_path, *target_script;
    PyObject *package; /* owned bytes: directory of the package's Python code, or NULL:
                          that of the native module, where nobody has said */
    PyTypeObject *monitor_type; /* owned */
    PyObject *monitor;          /* owned: of the active recording, or NULL */
    bool is_starting;           /* one is being started */
};

/* The directory of the native module, of ct-finish and ct_preload.so; -1 with an
 * exception set. */
int ct_session_directory(char out[PATH_MAX]);

/* The directory of the package's Python code, given that of the native module: another
 * one in an editable install. */
const char *ct_session_package(const struct ct_session *session, const char *native);

/* Starts a recording; fills the options that are the same for all. -1 with an exception
 * set. */
int ct_session_start(struct ct_session *session, struct ct_start_options *options);

/* Stops the recording and makes its files; nothing when there is none. `exit_code` is
 * NULL where the program's status is not known. -1 with an exception set if the files
 * cannot be made and the policy is not to disable the recorder then, or if nothing was
 * recorded although the policy requires it; the recording is over even then. */
int ct_session_stop(struct ct_session *session, const int64_t *exit_code);

/* The exception leaves what is recorded: it is what the trace ends with. */
void ct_session_note_uncaught(PyObject *exception);

/* Tells log and trailer of an exception that keeps a recording from starting; its text
 * is shown by somebody else. Leaves no exception set. */
void ct_session_report(const struct ct_session *session, PyObject *exception);

/* Writes a line of the log where no recording is active. */
void ct_session_log(const struct ct_session *session, enum ct_log_level level,
                    const char *message);
