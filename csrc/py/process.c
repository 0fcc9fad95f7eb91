/* Finishing a recording when its process ends, whatever the way.
 *
 * The exit handler runs after the interpreter is gone and knows the status the system
 * will see: the program's threads and exit functions have been recorded by then. Only
 * an unhandled KeyboardInterrupt does not come that way, since CPython's main then
 * kills itself by SIGINT; a function called at the end of finalization sees it. No
 * Python here: the interpreter may not exist any more. */
#include "py/process.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* The active recording; written with the thread attached. */
static struct ct_recorder *active;
static bool has_hooks;

static void finish(enum ct_end_reason reason, int64_t code)
{
    struct ct_recorder *recorder = active;
    if (recorder == NULL || recorder->process != getpid())
        return;
    active = NULL;
    struct ct_error error;
    bool is_whole =
        ct_recorder_finish(recorder, reason, CT_EXIT_CODE, code, &error) == CT_OK;
    if (!is_whole) {
        char line[sizeof error.text + 64];
        snprintf(line, sizeof line, "Failed to stop Codetracer session: %s",
                 error.text);
        ct_report_line(&recorder->report, line);
    }
    /* The C library goes on with the other functions of the end, and this status. */
    if ((!is_whole || recorder->has_told_loss) && recorder->is_program && code == 0)
        exit(1);
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
    if (active != NULL)
        ct_recorder_orphan(active);
    active = NULL;
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
