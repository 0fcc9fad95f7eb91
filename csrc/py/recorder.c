/* Start and end of a recording. */
#include "py/recorder.h"

#include "base/detach.h"
#include "base/directory.h"
#include "py/callbacks.h"
#include "py/facts.h"
#include "py/failure.h"
#include "py/fd_hooks.h"
#include "py/io_hooks.h"
#include "py/recorder_code.h"
#include "trace/conclude.h"
#include "trace/recover.h"
#include "trace/trim.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
    if (S_ISDIR(info.st_mode)) {
        ct_raise(errors->usage_error, "ERR_INVALID_POLICY_VALUE",
                 "activation path '%s' is a directory; name a file of the program",
                 path);
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
    ct_report_line(&recorder->log.report, line);
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
static void start_helper(struct ct_recorder *recorder, const char *directory)
{
    struct ct_tape_lock *lock = &recorder->tape.lock;
    struct ct_help *help = &recorder->tape.help;
    char program[PATH_MAX], file[16], socket[16];
    int n = snprintf(program, sizeof program, "%s/ct-finish", directory);
    ct_help_open(help);
    snprintf(file, sizeof file, "%d", lock->helper_file < 0 ? -1 : CT_DETACHED_FILE);
    snprintf(socket, sizeof socket, "%d", help->listener < 0 ? -1 : CT_DETACHED_SOCKET);
    char *const argv[] = {program, "--watch", recorder->directory, file, socket, NULL};
    struct ct_error error;
    recorder->has_helper =
        lock->mapping != NULL && n > 0 && (size_t)n < sizeof program &&
        ct_detach(argv, lock->helper_file, help->listener, &error) == CT_OK;
    ct_tape_lock_settle(lock);
    ct_help_settle(help);
}

/* Whether it is the constant code under an inlined call of `__init__`, which is not a
 * function of anybody and must not be looked into. */
static bool is_of_interpreter(const PyCodeObject *code)
{
    return code->co_filename == code->co_name;
}

/* Turns on the events of the frames that run already, on every thread's stack. */
static void watch_running(struct ct_recorder *recorder)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; state != NULL; state = PyThreadState_Next(state)) {
        struct ct_frame *frame = ct_frame_current(state);
        for (; frame != NULL; frame = ct_frame_back(frame)) {
            bool is_skipped;
            if (is_of_interpreter(ct_frame_code(frame)))
                continue;
            ct_recorder_code(recorder, ct_frame_code(frame), frame, &is_skipped);
        }
    }
}

/* The chain of filters, and what there is to say about it. */
static void write_filters(struct ct_stream *stream, const struct ct_filter_chain *chain)
{
    for (int i = 0; i < chain->file_count; i++)
        ct_stream_fact(stream, CT_FACT_FILTER, ct_buf_text(&chain->files[i].fact));
    for (int i = 0; i < chain->warning_count; i++)
        ct_stream_fact(stream, CT_FACT_NOTE, ct_buf_text(&chain->warnings[i]));
}

/* The facts: what the tape begins with. */
static int begin_tape(struct ct_recorder *recorder,
                      const struct ct_start_options *options)
{
    char size[24];
    struct ct_thread *thread =
        ct_threads_switch(&recorder->threads, PyThreadState_Get());
    if (thread == NULL && !atomic_load(&recorder->tape.failed)) {
        PyErr_NoMemory();
        return -1;
    }
    if (thread == NULL)
        return 0; /* the tape says why */
    if (ct_facts_write(&thread->stream, options, &recorder->policy,
                       recorder->log.trace_id) < 0)
        return -1;
    write_filters(&thread->stream, &recorder->filter->chain);
    snprintf(size, sizeof size, "%lld", (long long)recorder->policy.max_trace_size);
    if (recorder->policy.max_trace_size >= 0)
        ct_stream_fact(&thread->stream, CT_FACT_MAX_TRACE_SIZE, ct_text_of(size));
    snprintf(size, sizeof size, "%lld", (long long)recorder->policy.keep_last);
    if (recorder->policy.keep_last >= 0)
        ct_stream_fact(&thread->stream, CT_FACT_KEEP_LAST, ct_text_of(size));
    return 0;
}

static int check_log(const struct ct_recorder *recorder, const struct ct_errors *errors)
{
    struct ct_error error;
    if (ct_log_check(&recorder->log, &error) == CT_OK)
        return 0;
    ct_raise_error(errors, NULL, &error);
    return -1;
}

static int set_up(struct ct_recorder *recorder, const struct ct_start_options *options,
                  const struct ct_errors *errors, PyObject *monitor)
{
    bool is_synthetic =
        options->program_path != NULL && options->program_path[0] == '<';
    if (is_synthetic)
        recorder->main_filename = strdup(options->program_path);
    if (check_log(recorder, errors) < 0 ||
        open_activation(recorder, options->activation_path, errors) < 0 ||
        ct_scope_init(&recorder->scope, options->package,
                      is_synthetic ? NULL : options->program_path) < 0 ||
        (recorder->filter = ct_filter_new(options->filter, &recorder->scope)) == NULL ||
        ct_monitoring_claim(&recorder->monitoring, errors) < 0 ||
        open_tape(recorder, errors) < 0)
        return -1;
    ct_threads_init(&recorder->threads, &recorder->tape, &recorder->policy,
                    &recorder->codes, &recorder->classes);
    recorder->codes.filter = recorder->filter;
    recorder->codes.tool = recorder->monitoring.tool_id;
    if (begin_tape(recorder, options) < 0)
        return -1;
    if (atomic_load(&recorder->tape.failed)) {
        ct_raise_error(errors, NULL, &recorder->tape.error);
        return -1;
    }
    ct_quota_init(&recorder->tape.quota, recorder->tape.folder,
                  recorder->policy.max_trace_size, recorder->policy.min_free);
    if (recorder->policy.keep_last >= 0) {
        recorder->tape.quota.keep = (uint64_t)recorder->policy.keep_last;
        recorder->tape.trim = ct_trim_own;
    }
    if (ct_monitoring_begin(&recorder->monitoring, monitor) < 0 ||
        ct_monitor_inject(monitor, recorder) < 0)
        return -1;
    if (recorder->inject == CT_STAGE_SUPPRESS)
        recorder->window = CT_WINDOW_CLOSED;
    if (recorder->window == CT_WINDOW_OPEN)
        watch_running(recorder);
    if (recorder->has_failed) {
        ct_recorder_raise(recorder, NULL);
        return -1;
    }
    start_helper(recorder, options->native);
    return 0;
}

struct ct_recorder *ct_recorder_start(const struct ct_start_options *options,
                                      const struct ct_policy *policy,
                                      const struct ct_errors *errors, PyObject *monitor)
{
    struct ct_directory directory;
    struct ct_error error;
    if (ct_policy_check(policy, errors) < 0)
        return NULL;
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
    recorder->expects_main = options->expects_main;
    recorder->process = getpid();
    recorder->errors = errors;
    recorder->inject = ct_failure_stage();
    ct_log_init(&recorder->log, &recorder->policy, options->run_id);
    ct_uuid7(recorder->log.trace_id);
    recorder->monitoring.tool_id = -1;
    ct_code_table_init(&recorder->codes, &recorder->names, policy->globals);
    recorder->codes.names_from_globals = policy->module_name_from_globals != 0;
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

/* No event records anything from here on: each finds that out when it looks. */
static void end_events(struct ct_recorder *recorder)
{
    recorder->is_detached = true;
    atomic_store(&recorder->needs_look, true);
}

/* Takes its tool off the interpreter, which tells audit hooks of it. */
static void leave_monitoring(struct ct_recorder *recorder)
{
    for (struct ct_code *code = recorder->codes.first; code != NULL;
         code = code->next) {
        if (code->code != NULL &&
            ct_monitoring_unwatch(&recorder->monitoring, code->code) < 0)
            PyErr_Clear();
    }
    if (recorder->holds_activation &&
        ct_monitoring_unwatch(&recorder->monitoring, recorder->activation_code) < 0)
        PyErr_Clear();
    ct_monitoring_end(&recorder->monitoring);
}

void ct_recorder_detach(struct ct_recorder *recorder)
{
    ct_io_hooks_end(recorder);
    end_events(recorder);
    if (recorder->monitoring.tool_id < 0)
        return;
    if (recorder->process == getpid())
        ct_threads_note_end(&recorder->threads);
    unsigned long before = recorder->changing_thread;
    recorder->changing_thread = PyThread_get_thread_ident();
    leave_monitoring(recorder);
    recorder->changing_thread = before;
}

void ct_recorder_tell_loss(struct ct_recorder *recorder)
{
    const struct ct_error *error = &recorder->tape.error;
    if (!atomic_load(&recorder->tape.failed) || error->status == CT_ERR_LIMIT ||
        error->status == CT_ERR_MEMORY || recorder->has_told_loss)
        return;
    recorder->has_told_loss = true;
    ct_log_say_end(&recorder->log, "ERR_IO", error->text);
    ct_log_raised(&recorder->log,
                  &(struct ct_failure){.code = "ERR_IO",
                                       .kind = "Environment",
                                       .message = ct_text_of(error->text)});
}

/* Adds to an error where the tape is, if it is anywhere. */
static void tell_tape(const struct ct_recorder *recorder, struct ct_error *err)
{
    size_t used = strlen(err->text);
    if (access(recorder->tape.folder, F_OK) == 0 || errno == EACCES)
        snprintf(err->text + used, sizeof err->text - used,
                 "; what was recorded is kept: codetracer-python-recorder --recover %s",
                 recorder->directory);
}

/* Has the helper make the trace where the program has lost what that takes. */
static enum ct_status have_finished(struct ct_recorder *recorder, enum ct_status status,
                                    struct ct_error *err)
{
    if (!ct_tape_may_be_helped(err->os_errno) && status != CT_ERR_FORMAT &&
        status != CT_ERR_MEMORY)
        return status;
    int fd = ct_help_finish(&recorder->tape.help);
    if (fd < 0)
        return status;
    ct_tape_lock_release(&recorder->tape.lock); /* the helper waits for it */
    return ct_help_wait(fd, err);
}

enum ct_status ct_recorder_finish(struct ct_recorder *recorder,
                                  enum ct_end_reason reason, enum ct_end_exit exit,
                                  int64_t code, struct ct_error *err)
{
    sigset_t file_limit, before;
    end_events(recorder);
    ct_fd_finish(recorder);
    ct_recorder_write_filter_stats(recorder, true);
    /* What could not be recorded has ended the tape before. */
    ct_tape_end(&recorder->tape, reason, exit, code, CT_TEXT(""));
    ct_recorder_tell_loss(recorder);
    /* A trace beyond the program's limit of file sizes is an error, not a death. */
    sigemptyset(&file_limit);
    sigaddset(&file_limit, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &file_limit, &before);
    enum ct_status status =
        ct_conclude(recorder->directory, &recorder->tape, &recorder->log.report, err);
    if (!sigismember(&before, SIGXFSZ))
        sigtimedwait(&file_limit, NULL, &(struct timespec){0, 0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != CT_OK)
        status = have_finished(recorder, status, err);
    if (status != CT_OK)
        tell_tape(recorder, err);
    return status;
}

void ct_recorder_orphan(struct ct_recorder *recorder)
{
    recorder->is_orphan = true;
    end_events(recorder);
    ct_tape_forget(&recorder->tape);
}

void ct_recorder_free(struct ct_recorder *recorder)
{
    if (recorder->holds_activation)
        Py_DECREF(recorder->activation_code);
    ct_threads_fini(&recorder->threads);
    ct_code_table_fini(&recorder->codes);
    ct_classes_fini(&recorder->classes);
    ct_names_fini(&recorder->names);
    ct_filter_free(recorder->filter);
    ct_scope_fini(&recorder->scope);
    ct_monitoring_fini(&recorder->monitoring);
    ct_tape_close(&recorder->tape);
    free(recorder->directory);
    free(recorder->main_filename);
    free(recorder);
}
