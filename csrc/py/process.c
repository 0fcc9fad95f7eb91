/* Finishing a recording when its process ends, whatever the way.
 *
 * The exit handler runs after the interpreter is gone and knows the status the system
 * will see: the program's threads and exit functions have been recorded by then. Only
 * an unhandled KeyboardInterrupt does not come that way, since CPython's main then
 * kills itself by SIGINT; a function called at the end of finalization sees it. No
 * Python here: the interpreter may not exist any more. */
#include "py/process.h"

#include "py/failure.h"
#include "py/fd_hooks.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* The active recording; written with the thread attached. */
static struct ct_recorder *active;
static struct ct_recorder *orphan; /* of a forked child: its parent's recording */
static bool has_hooks;

/* Says why the files are not what was asked for. */
static void tell(struct ct_recorder *recorder, const struct ct_ending *ending)
{
    struct ct_log *log = &recorder->log;
    char line[sizeof ending->text + 128];
    /* One line with the code, however many things the same cause has spoilt. */
    if (recorder->has_told_loss)
        snprintf(line, sizeof line, "Failed to stop Codetracer session: %s",
                 ending->text);
    else
        snprintf(line, sizeof line, "Failed to stop Codetracer session: [%s] %s",
                 ending->code, ending->text);
    ct_report_line(&log->report, line);
    ct_log_raised(log, &(struct ct_failure){.code = ending->code,
                                            .kind = ending->kind,
                                            .message = ct_text_of(ending->text)});
}

/* Whether there is a trace, if only of a part of the run. */
static bool has_trace(const struct ct_recorder *recorder,
                      const struct ct_ending *ending)
{
    bool is_dropped = recorder->has_failed && !recorder->policy.keep_partial_trace;
    return ending->code == NULL && !is_dropped;
}

/* Ends the process with another status than the program's, if the command line has to.
 * The C library goes on with the other functions of the end. */
static void set_status(struct ct_recorder *recorder, const struct ct_ending *ending,
                       int64_t code)
{
    if (!recorder->is_program)
        return;
    bool is_missing =
        ending->code != NULL && strcmp(ending->code, "ERR_TRACE_MISSING") == 0;
    bool is_spoilt = ct_recorder_spoils_status(recorder, ending);
    if (is_missing || (is_spoilt && code == 0))
        exit(1);
    if (is_spoilt || !has_trace(recorder, ending) ||
        recorder->policy.propagate_script_exit || code == 0)
        return;
    char line[160];
    snprintf(line, sizeof line,
             "Script exited with status %d; returning 0. Use "
             "'--propagate-script-exit' to mirror the script exit code.",
             code < 0 ? 128 - (int)code : (int)code);
    ct_report_line(&recorder->log.report, line);
    exit(0);
}

static void finish(enum ct_end_reason reason, int64_t code)
{
    struct ct_recorder *recorder = active;
    if (recorder == NULL || recorder->process != getpid() || recorder->is_ending)
        return;
    ct_fd_flush(recorder);
    active = NULL;
    struct ct_ending ending;
    if (!ct_recorder_end(recorder, reason, CT_EXIT_CODE, code, &ending))
        tell(recorder, &ending);
    set_status(recorder, &ending, code);
}

static void on_process_exit(int status, void *Py_UNUSED(arg))
{
    int code = status & 0xff; /* what the system makes of it */
    bool is_exception = active != NULL && active->has_uncaught && code != 0;
    finish(is_exception ? CT_END_EXCEPTION : CT_END_EXIT, code);
}

static void on_interpreter_end(void)
{
    if (ct_runtime_interrupted())
        finish(CT_END_SIGNAL, -SIGINT);
}

/* A forked child shares the tape's mapping and must never write to it. */
static void on_fork_in_child(void)
{
    if (active == NULL)
        return;
    ct_recorder_orphan(active);
    orphan = active;
    active = NULL;
}

void ct_process_bury(void)
{
    if (orphan == NULL)
        return;
    ct_recorder_detach(orphan);
    ct_threads_abandon(&orphan->threads);
    ct_recorder_free(orphan);
    orphan = NULL;
}

int ct_process_set_recorder(struct ct_recorder *recorder)
{
    if (!has_hooks) {
        if (on_exit(on_process_exit, NULL) != 0 || Py_AtExit(on_interpreter_end) < 0 ||
            pthread_atfork(NULL, NULL, on_fork_in_child) != 0) {
            PyErr_SetString(PyExc_RuntimeError,
                            "no room for another function at the process's end");
            return -1;
        }
        has_hooks = true;
    }
    active = recorder;
    return 0;
}

struct ct_recorder *ct_process_recorder(void)
{
    return active;
}
