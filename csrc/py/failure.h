/* What happens when the recorder fails, and how a recording is ended.
 *
 * Three things can go wrong. The trace cannot be *written* any more: the recording ends
 * there and keeps what it has (tape_writer.h, ct_recorder_tell_loss). The recorder
 * itself *fails* at an event: ct_recorder_fail; the policy says whether the program
 * gets an exception. The files cannot be made at the *end*: ct_recorder_end. */
#pragma once

#include "py/recorder.h"

/* The stage that CODETRACER_TEST_INJECT_FAILURE names. */
enum ct_stage ct_failure_stage(void);

/* Ends the recording at an event: turns the events off, drops the trace or keeps what
 * it has, tells the user. Under `abort` the error is due then: the callback has to end
 * with ct_recorder_raise, or ct_recorder_report. Only the first failure counts. Needs
 * an attached thread state; sets no exception. */
void ct_recorder_fail(struct ct_recorder *recorder, const char *kind, const char *code,
                      const char *text);
/* The same where the tape or memory is out, as the tape's error tells. */
void ct_recorder_lose(struct ct_recorder *recorder);

/* The same where the interpreter does not give what is to be recorded: the frame that
 * runs, its globals, or an argument, the variable `slot` of a function that starts. */
void ct_recorder_lack_frame(struct ct_recorder *recorder);
void ct_recorder_lack_globals(struct ct_recorder *recorder);
void ct_recorder_lack_argument(struct ct_recorder *recorder,
                               const struct ct_code *entry, int slot);

/* Sets the error that is due as the exception and returns NULL. `cause` is the
 * program's exception that it replaces, or NULL. */
PyObject *ct_recorder_raise(struct ct_recorder *recorder, PyObject *cause);

/* Says what the error that is due says, on standard error, where it cannot be raised.
 */
void ct_recorder_report(struct ct_recorder *recorder);

/* Why a recording could not be ended well. */
struct ct_ending {
    const char *kind, *code; /* NULL: it was */
    char text[600];
};

/* Ends a recording that is detached: makes the files, as the policy wants them. False
 * with *ending filled if that failed or nothing was recorded although the policy
 * requires it; an earlier failure is no new one. Needs no Python. */
bool ct_recorder_end(struct ct_recorder *recorder, enum ct_end_reason reason,
                     enum ct_end_exit exit, int64_t code, struct ct_ending *ending);

/* Whether the program's status 0 has to become 1, since the trace is not what was asked
 * for and the policy does not say that the program comes first. */
bool ct_recorder_spoils_status(const struct ct_recorder *recorder,
                               const struct ct_ending *ending);

/* The class of errors of this kind; borrowed. */
PyObject *ct_failure_class(const struct ct_errors *errors, const char *kind);
