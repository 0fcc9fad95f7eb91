/* Start and end of a recording, and the decision about code objects. */
#include "py/recorder.h"

#include "base/detach.h"
#include "base/directory.h"
#include "py/facts.h"
#include "py/text.h"
#include "trace/finish.h"
#include "trace/recover.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Code units from which on a code object gets no LINE events where each costs time in
 * proportion to the length of the code (ct_has_slow_lines). */
#define CT_LONG_CODE 65536

/* ---- start ---------------------------------------------------------------------- */

static int open_activation(struct ct_recorder *recorder, const char *path,
                           const struct ct_errors *errors)
{
    struct stat info;
    if (path == NULL)
        return 0;
    if (stat(path, &info) < 0) {
        ct_raise(errors->usage_error, "ERR_INVALID_POLICY_VALUE",
                 "activation path '%s' cannot be read: %s", path, strerror(errno));
        return -1;
    }
    recorder->activation_device = info.st_dev;
    recorder->activation_inode = info.st_ino;
    recorder->window = CT_WINDOW_WAITING;
    return 0;
}

/* Takes the tape of an earlier process out of the way, with a line for the user. */
static int clear_directory(struct ct_recorder *recorder, const struct ct_errors *errors)
{
    struct ct_recovery recovery = {0};
    struct ct_error error = {0};
    char line[2 * CT_PATH_SIZE + 256];
    enum ct_recover_result result =
        ct_recover(recorder->directory, CT_RECOVER_BESIDE, &recovery, &error);
    bool is_moved = strcmp(recovery.dir, recorder->directory) != 0;
    if (result == CT_RECOVER_NOTHING)
        return 0;
    if (result == CT_RECOVER_IN_USE || !is_moved) {
        ct_raise(errors->environment_error, "ERR_TRACE_DIR_CONFLICT",
                 "%s; choose another directory", error.text);
        return -1;
    }
    if (result == CT_RECOVER_DONE)
        snprintf(line, sizeof line,
                 "codetracer-python-recorder: '%s' held a recording that was not "
                 "finished; it is now in '%s'",
                 recorder->directory, recovery.dir);
    else
        snprintf(line, sizeof line,
                 "codetracer-python-recorder: '%s' held a recording that was not "
                 "finished and cannot be now (%s); it is kept in '%s'",
                 recorder->directory, error.text, recovery.dir);
    ct_report_line(&recorder->report, line);
    return 0;
}

static int open_tape(struct ct_recorder *recorder, const struct ct_errors *errors)
{
    struct ct_error error;
    enum ct_status status = ct_tape_open(&recorder->tape, recorder->directory, &error);
    if (status != CT_OK && error.os_errno == EEXIST) {
        if (clear_directory(recorder, errors) < 0)
            return -1;
        status = ct_tape_open(&recorder->tape, recorder->directory, &error);
    }
    if (status == CT_OK)
        return 0;
    if (error.os_errno == EEXIST) /* another one was faster */
        ct_raise(errors->environment_error, "ERR_TRACE_DIR_CONFLICT",
                 "'%s' is in use by another recording; choose another directory",
                 recorder->directory);
    else
        ct_raise_error(errors, NULL, &error);
    return -1;
}

/* Starts the helper that finishes the trace if this process dies. Where it cannot run
 * the tape is left for --recover then. */
static void start_helper(struct ct_recorder *recorder, const char *package)
{
    struct ct_tape_lock *lock = &recorder->tape.lock;
    char program[PATH_MAX], file[16];
    int n = snprintf(program, sizeof program, "%s/ct-finish", package);
    snprintf(file, sizeof file, "%d", CT_DETACHED_FILE);
    char *const argv[] = {program, "--watch", recorder->directory,
                          lock->helper_file < 0 ? NULL : file, NULL};
    struct ct_error error;
    recorder->has_helper = lock->mapping != NULL && n > 0 &&
                           (size_t)n < sizeof program &&
                           ct_detach(argv, lock->helper_file, &error) == CT_OK;
    ct_tape_lock_settle(lock);
}

/* Turns on the events of the frames that run already, on every thread's stack. */
static void watch_running(struct ct_recorder *recorder)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; state != NULL; state = PyThreadState_Next(state)) {
        struct ct_frame *frame = ct_frame_current(state);
        for (; frame != NULL; frame = ct_frame_back(frame)) {
            bool is_skipped;
            ct_recorder_code(recorder, ct_frame_code(frame), frame, &is_skipped);
        }
    }
}

static int set_up(struct ct_recorder *recorder, const struct ct_start_options *options,
                  const struct ct_errors *errors, PyObject *monitor)
{
    bool is_synthetic =
        options->program_path != NULL && options->program_path[0] == '<';
    if (is_synthetic)
        recorder->main_filename = strdup(options->program_path);
    if (open_activation(recorder, options->activation_path, errors) < 0 ||
        ct_scope_init(&recorder->scope, options->package,
                      is_synthetic ? NULL : options->program_path) < 0 ||
        ct_monitoring_claim(&recorder->monitoring, errors) < 0 ||
        open_tape(recorder, errors) < 0)
        return -1;
    ct_threads_init(&recorder->threads, &recorder->tape, &recorder->policy,
                    &recorder->codes, &recorder->classes);
    struct ct_thread *thread =
        ct_threads_switch(&recorder->threads, PyThreadState_Get());
    if (thread != NULL && ct_facts_write(&thread->stream, options) < 0)
        return -1;
    if (atomic_load(&recorder->tape.failed)) {
        ct_raise_error(errors, NULL, &recorder->tape.error);
        return -1;
    }
    if (ct_monitoring_begin(&recorder->monitoring, monitor) < 0)
        return -1;
    if (recorder->window == CT_WINDOW_OPEN)
        watch_running(recorder);
    start_helper(recorder, options->package);
    return 0;
}

struct ct_recorder *ct_recorder_start(const struct ct_start_options *options,
                                      const struct ct_policy *policy,
                                      const struct ct_errors *errors, PyObject *monitor)
{
    struct ct_directory directory;
    struct ct_error error;
    if (ct_directory_make(&directory, options->directory, &error) != CT_OK) {
        ct_raise(errors->environment_error, "ERR_TRACE_DIR_CREATE_FAILED",
                 "failed to create trace directory: %s", error.text);
        return NULL;
    }
    struct ct_recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL ||
        (recorder->directory = strdup(options->directory)) == NULL) {
        free(recorder);
        ct_directory_unmake(&directory);
        ct_directory_fini(&directory);
        PyErr_NoMemory();
        return NULL;
    }
    recorder->policy = *policy;
    recorder->is_program = options->is_program;
    recorder->process = getpid();
    ct_report_init(&recorder->report);
    recorder->monitoring.tool_id = -1;
    ct_code_table_init(&recorder->codes, &recorder->names, policy->globals);
    ct_classes_init(&recorder->classes, &recorder->names);
    if (set_up(recorder, options, errors, monitor) < 0) {
        PyObject *raised = PyErr_GetRaisedException();
        ct_recorder_detach(recorder);
        if (recorder->tape.folder != NULL)
            ct_tape_remove(recorder->tape.folder);
        ct_recorder_free(recorder);
        recorder = NULL;
        ct_directory_unmake(&directory);
        PyErr_SetRaisedException(raised);
    }
    ct_directory_fini(&directory);
    return recorder;
}

/* ---- end ------------------------------------------------------------------------ */

void ct_recorder_detach(struct ct_recorder *recorder)
{
    recorder->is_detached = true;
    if (recorder->monitoring.tool_id < 0)
        return;
    if (recorder->process == getpid())
        ct_threads_note_end(&recorder->threads);
    for (struct ct_code *code = recorder->codes.first; code != NULL;
         code = code->next) {
        if (code->code != NULL &&
            ct_monitoring_unwatch(&recorder->monitoring, code->code) < 0)
            PyErr_Clear();
    }
    ct_monitoring_end(&recorder->monitoring);
}

void ct_recorder_tell_loss(struct ct_recorder *recorder)
{
    char line[sizeof recorder->tape.error.text + 128];
    bool is_tape = atomic_load(&recorder->tape.failed);
    if ((!is_tape && !recorder->has_lost_tape) || recorder->has_told_loss)
        return;
    recorder->has_told_loss = true;
    snprintf(line, sizeof line,
             "codetracer-python-recorder: [ERR_IO] %s; the recording ends here, the "
             "program goes on",
             is_tape ? recorder->tape.error.text : "out of memory");
    ct_report_line(&recorder->report, line);
}

/* The tape's END, unless it has one: what could not be recorded ended it before. */
static void end_tape(struct ct_recorder *recorder, enum ct_end_reason reason,
                     enum ct_end_exit exit, int64_t code)
{
    if (recorder->has_lost_tape)
        ct_tape_end(&recorder->tape, CT_END_RECORDER_ERROR, CT_EXIT_DISABLED, 0,
                    CT_TEXT("The recording ended before the program: out of memory."));
    else
        ct_tape_end(&recorder->tape, reason, exit, code, CT_TEXT(""));
}

/* Adds to an error where the tape is, if it is anywhere. */
static void tell_tape(const struct ct_recorder *recorder, struct ct_error *err)
{
    size_t used = strlen(err->text);
    if (access(recorder->tape.folder, F_OK) == 0)
        snprintf(err->text + used, sizeof err->text - used,
                 "; what was recorded is kept: codetracer-python-recorder --recover %s",
                 recorder->directory);
}

enum ct_status ct_recorder_finish(struct ct_recorder *recorder,
                                  enum ct_end_reason reason, enum ct_end_exit exit,
                                  int64_t code, struct ct_error *err)
{
    struct ct_finish_result result;
    sigset_t file_limit, before;
    recorder->is_detached = true;
    end_tape(recorder, reason, exit, code);
    ct_recorder_tell_loss(recorder);
    /* A trace beyond the program's limit of file sizes is an error, not a death. */
    sigemptyset(&file_limit);
    sigaddset(&file_limit, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &file_limit, &before);
    enum ct_status status = ct_finish(recorder->directory, &result, err);
    if (!sigismember(&before, SIGXFSZ))
        sigtimedwait(&file_limit, NULL, &(struct timespec){0, 0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != CT_OK)
        tell_tape(recorder, err);
    return status;
}

void ct_recorder_orphan(struct ct_recorder *recorder)
{
    recorder->is_detached = recorder->is_orphan = true;
    ct_tape_forget(&recorder->tape);
}

void ct_recorder_free(struct ct_recorder *recorder)
{
    ct_threads_fini(&recorder->threads);
    ct_code_table_fini(&recorder->codes);
    ct_classes_fini(&recorder->classes);
    ct_names_fini(&recorder->names);
    ct_scope_fini(&recorder->scope);
    ct_monitoring_fini(&recorder->monitoring);
    ct_tape_close(&recorder->tape);
    free(recorder->directory);
    free(recorder->main_filename);
    free(recorder);
}

/* ---- code ----------------------------------------------------------------------- */

static bool is_module_body(PyCodeObject *code)
{
    return ct_text_equals(code->co_name, "<module>");
}

/* Whether `code` is the program's own main code, given by -c or on standard input. */
static bool is_synthetic_main(const struct ct_recorder *recorder, PyCodeObject *code)
{
    return recorder->main_filename != NULL && !recorder->has_met_main &&
           is_module_body(code) &&
           ct_text_equals(code->co_filename, recorder->main_filename);
}

static bool is_recorded(const struct ct_recorder *recorder, PyCodeObject *code)
{
    if (ct_code_table_is_adopted(code))
        return true;
    PyObject *encoded = PyUnicode_EncodeFSDefault(code->co_filename);
    if (encoded == NULL) {
        PyErr_Clear();
        return false;
    }
    const char *filename = PyBytes_AS_STRING(encoded);
    bool result = ct_scope_records(&recorder->scope, filename);
    Py_DECREF(encoded);
    return result;
}

/* Whether the main code of a program from a file is met here for the first time. */
static bool is_file_main(const struct ct_recorder *recorder, PyCodeObject *code,
                         struct ct_frame *frame)
{
    if (recorder->has_met_main || !recorder->is_program || !is_module_body(code))
        return false;
    PyObject *globals = ct_frame_globals(frame);
    PyObject *name =
        globals != NULL && PyDict_Check(globals) && ct_dict_has_plain_keys(globals)
            ? PyDict_GetItemString(globals, "__name__")
            : NULL;
    return name != NULL && PyUnicode_Check(name) && ct_text_equals(name, "__main__");
}

static struct ct_code *add_code(struct ct_recorder *recorder, PyCodeObject *code,
                                struct ct_frame *frame)
{
    struct ct_stream *stream = &recorder->threads.current->stream;
    struct ct_code *entry = ct_code_table_add(&recorder->codes, stream, code, frame);
    if (entry == NULL)
        return NULL;
    bool has_lines = !ct_has_slow_lines() || Py_SIZE(code) < CT_LONG_CODE;
    if (!has_lines) {
        char note[512];
        PyObject *name = PyUnicode_EncodeFSDefault(code->co_filename);
        snprintf(
            note, sizeof note,
            "No lines are recorded of a code object in %s: it is too long for this "
            "version of CPython, where each line event costs time in proportion to "
            "its length; 3.14 and late 3.13 have no such limit.",
            name == NULL ? "?" : PyBytes_AS_STRING(name));
        Py_XDECREF(name);
        ct_stream_fact(stream, CT_FACT_NOTE, ct_text_of(note));
    }
    unsigned watch = has_lines ? CT_WATCH_LINES : 0;
    if (has_lines && entry->has_loops)
        watch |= CT_WATCH_JUMPS;
    if (ct_monitoring_watch(&recorder->monitoring, code, watch) < 0)
        return NULL;
    return entry;
}

struct ct_code *ct_recorder_code(struct ct_recorder *recorder, PyCodeObject *code,
                                 struct ct_frame *frame, bool *is_skipped)
{
    *is_skipped = false;
    struct ct_code *entry = ct_code_table_find(code);
    if (entry != NULL)
        return entry;
    bool is_main = is_synthetic_main(recorder, code);
    if (is_main && ct_code_table_adopt(code) < 0)
        PyErr_Clear();
    if (!is_main && !is_recorded(recorder, code)) {
        *is_skipped = true;
        return NULL;
    }
    is_main = is_main || is_file_main(recorder, code, frame);
    entry = add_code(recorder, code, frame);
    if (entry == NULL) {
        PyErr_Clear();
        return NULL;
    }
    entry->is_main = is_main;
    recorder->has_met_main |= is_main;
    return entry;
}

bool ct_recorder_is_activation(const struct ct_recorder *recorder, PyCodeObject *code)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(code->co_filename);
    struct stat info;
    bool is_same = encoded != NULL && stat(PyBytes_AS_STRING(encoded), &info) == 0 &&
                   info.st_dev == recorder->activation_device &&
                   info.st_ino == recorder->activation_inode;
    Py_XDECREF(encoded);
    PyErr_Clear();
    return is_same;
}
