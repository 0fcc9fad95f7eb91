/* The life of the active recording, as the module's functions see it. */
#include "py/session.h"

#include "py/callbacks.h"
#include "py/capture.h"
#include "py/failure.h"
#include "py/fd_hooks.h"
#include "py/io_hooks.h"
#include "py/process.h"
#include "trace/json.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#ifndef CT_VERSION
#error "CT_VERSION is the package's version, given by the build"
#endif

/* ---- start ---------------------------------------------------------------------- */

/* The directory this module was loaded from, as it was found there. */
int ct_session_directory(char out[PATH_MAX])
{
    Dl_info info;
    if (dladdr((void *)(uintptr_t)ct_session_directory, &info) == 0 ||
        info.dli_fname == NULL || strlen(info.dli_fname) >= PATH_MAX ||
        strchr(info.dli_fname, '/') == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the recorder's own file cannot be found");
        return -1;
    }
    strcpy(out, info.dli_fname);
    *strrchr(out, '/') = '\0';
    return 0;
}

const char *ct_session_package(const struct ct_session *session, const char *native)
{
    return session->package == NULL ? native : PyBytes_AS_STRING(session->package);
}

/* A free-threaded interpreter turns its GIL on when it loads this module, which does
 * not declare that it could do without; unless it was told to leave it off. */
static int check_gil(const struct ct_session *session)
{
#ifdef Py_GIL_DISABLED
    PyObject *function = PySys_GetObject("_is_gil_enabled"); /* borrowed */
    PyObject *answer = function == NULL ? NULL : PyObject_CallNoArgs(function);
    bool is_off = answer == Py_False;
    Py_XDECREF(answer);
    if (answer == NULL)
        PyErr_Clear();
    if (is_off || answer == NULL) {
        ct_raise(session->errors.environment_error, "ERR_TRACER_INSTALL_CONFLICT",
                 "recording needs the GIL, which PYTHON_GIL=0 or -X gil=0 keeps off; "
                 "start the program without that setting");
        return -1;
    }
#else
    (void)session;
#endif
    return 0;
}

/* Whether a recording can be started; -1 with an exception set if not. */
static int check(const struct ct_session *session, const char *format)
{
    if (check_gil(session) < 0)
        return -1;
    if (ct_process_recorder() != NULL || session->is_starting) {
        ct_raise(session->errors.usage_error, "ERR_ALREADY_TRACING",
                 "tracing already active");
        return -1;
    }
    if (strcmp(format, "json") != 0 && strcmp(format, "binary") != 0) {
        ct_raise(session->errors.usage_error, "ERR_UNSUPPORTED_FORMAT",
                 "unsupported trace format '%s'. Expected one of: binary, json",
                 format);
        return -1;
    }
    return 0;
}

static int start(struct ct_session *session, struct ct_start_options *options)
{
    char native[PATH_MAX];
    if (ct_session_directory(native) < 0)
        return -1;
    options->native = native;
    options->package = ct_session_package(session, native);
    options->version = CT_VERSION;
    options->run_id = session->run_id;
    if (session->monitor != NULL)
        ct_monitor_set_recorder(session->monitor, NULL);
    ct_process_bury();
    PyObject *monitor = ct_monitor_new(session->monitor_type);
    if (monitor == NULL)
        return -1;
    Py_XSETREF(session->monitor, monitor);
    struct ct_recorder *recorder =
        ct_recorder_start(options, &session->policy, &session->errors, monitor);
    if (recorder == NULL)
        return -1;
    if (ct_process_set_recorder(recorder) < 0) {
        PyObject *raised = PyErr_GetRaisedException();
        ct_recorder_detach(recorder);
        ct_tape_remove(recorder->tape.folder);
        ct_recorder_free(recorder);
        PyErr_SetRaisedException(raised);
        return -1;
    }
    ct_monitor_set_recorder(monitor, recorder);
    if (recorder->policy.io_capture_line_proxies)
        ct_io_hooks_begin(recorder, (unsigned)recorder->filter->chain.streams);
    if (recorder->policy.io_capture_fd_fallback)
        ct_fd_begin(recorder, (unsigned)recorder->filter->chain.streams);
    ct_log_format(&recorder->log, CT_LOG_INFO, CT_LOG_SESSION,
                  "recording into %s, format %s", options->directory, options->format);
    return 0;
}

int ct_session_start(struct ct_session *session, struct ct_start_options *options)
{
    if (check(session, options->format) < 0)
        return -1;
    session->is_starting = true; /* an audit hook of the program's may run, too */
    int status = start(session, options);
    session->is_starting = false;
    return status;
}

/* ---- stop ----------------------------------------------------------------------- */

/* Waits while another thread detaches the recording or makes its files: after a stop
 * nothing is active. Not with a lock, which a forked child could inherit as taken. A
 * recording that nobody changes may be a new one at the same address; and when the
 * interpreter ends, the other thread does not run any more: what it has begun is left
 * to the helper. */
static void wait_for_others(const struct ct_recorder *recorder)
{
    const struct timespec millisecond = {0, 1000000};
    while (ct_process_recorder() == recorder && recorder->changing_thread != 0 &&
           !ct_is_finalizing()) {
        PyThreadState *state = PyEval_SaveThread();
        nanosleep(&millisecond, NULL);
        PyEval_RestoreThread(state);
    }
}

/* The recording that is to be ended now; NULL if there is none, or if this thread is at
 * it already and has come here by an audit hook, or another one has just ended it. */
static struct ct_recorder *take_active(void)
{
    struct ct_recorder *recorder = ct_process_recorder();
    if (recorder == NULL || recorder->changing_thread == PyThread_get_thread_ident())
        return NULL;
    bool was_ending = recorder->is_ending;
    wait_for_others(recorder);
    return was_ending || ct_process_recorder() != recorder ? NULL : recorder;
}

int ct_session_stop(struct ct_session *session, const int64_t *exit_code)
{
    struct ct_recorder *recorder = take_active();
    if (recorder == NULL)
        return 0;
    recorder->changing_thread = PyThread_get_thread_ident();
    recorder->is_ending = true; /* other threads run while the files are made */
    ct_fd_drain_attached();
    ct_recorder_detach(recorder);
    if (session->monitor != NULL)
        ct_monitor_set_recorder(session->monitor, NULL);
    enum ct_end_reason reason = recorder->has_uncaught ? CT_END_EXCEPTION : CT_END_STOP;
    enum ct_end_exit exit = exit_code == NULL ? CT_EXIT_UNKNOWN : CT_EXIT_CODE;
    struct ct_ending ending;
    PyThreadState *state = PyEval_SaveThread();
    bool is_well = ct_recorder_end(recorder, reason, exit,
                                   exit_code == NULL ? 0 : *exit_code, &ending);
    PyEval_RestoreThread(state);
    ct_process_set_recorder(NULL);
    bool is_raised = !is_well && ct_recorder_spoils_status(recorder, &ending);
    struct ct_failure failure = {
        .code = ending.code, .kind = ending.kind, .message = ct_text_of(ending.text)};
    if (is_raised)
        ct_log_raised(&recorder->log, &failure);
    else if (!is_well)
        ct_log_failure(&recorder->log, &failure);
    ct_recorder_free(recorder);
    Py_CLEAR(session->monitor);
    if (!is_raised)
        return 0;
    PyObject *text = PyUnicode_DecodeFSDefault(ending.text);
    if (text != NULL)
        ct_raise(ct_failure_class(&session->errors, ending.kind), ending.code, "%U",
                 text);
    Py_XDECREF(text);
    return -1;
}

void ct_session_note_uncaught(PyObject *exception)
{
    struct ct_recorder *recorder = ct_process_recorder();
    if (recorder == NULL || recorder->has_uncaught || recorder->is_detached ||
        !PyExceptionInstance_Check(exception) ||
        PyType_IsSubtype(Py_TYPE(exception), (PyTypeObject *)PyExc_SystemExit))
        return;
    struct ct_thread *thread =
        ct_threads_switch(&recorder->threads, PyThreadState_Get());
    PyObject *traceback = ((PyBaseExceptionObject *)exception)->traceback;
    if (thread == NULL || traceback == NULL || !PyTraceBack_Check(traceback))
        return;
    const PyTracebackObject *outermost = (PyTracebackObject *)traceback;
    PyCodeObject *code = PyFrame_GetCode(outermost->tb_frame);
    const struct ct_code *entry = ct_code_table_find(code);
    int line = PyCode_Addr2Line(code, outermost->tb_lasti);
    Py_DECREF(code);
    recorder->has_uncaught = true;
    ct_capture_uncaught(thread, entry == NULL ? 0 : entry->path_id, exception, line);
}

/* ---- without a recording --------------------------------------------------------- */

/* The attribute as UTF-8 in `out`, if it is a str; else `fallback`. */
static void attribute(PyObject *object, const char *name, const char *fallback,
                      char *out, size_t size)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    const char *text =
        value != NULL && PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
    snprintf(out, size, "%s", text != NULL ? text : fallback);
    Py_XDECREF(value);
    PyErr_Clear();
}

static void append_string(struct ct_buf *out, PyObject *object)
{
    PyObject *text = object == NULL ? NULL : PyObject_Str(object);
    PyObject *bytes =
        text == NULL ? NULL : PyUnicode_AsEncodedString(text, "utf-8", "replace");
    ct_json_string(out,
                   bytes == NULL ? CT_TEXT("") : ct_text_of(PyBytes_AS_STRING(bytes)));
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    PyErr_Clear();
}

/* The error's `context` as a JSON object. */
static void append_context(struct ct_buf *out, PyObject *exception)
{
    PyObject *context = PyObject_GetAttrString(exception, "context");
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    PyErr_Clear();
    ct_buf_append_byte(out, '{');
    bool is_dict = context != NULL && PyDict_Check(context);
    for (int n = 0; is_dict && PyDict_Next(context, &pos, &key, &value); n++) {
        if (n > 0)
            ct_buf_append_byte(out, ',');
        append_string(out, key);
        ct_buf_append_byte(out, ':');
        append_string(out, value);
    }
    ct_buf_append_byte(out, '}');
    Py_XDECREF(context);
}

/* The message of a RecorderError, whose str shows its code too; str of others. */
static PyObject *message_of(PyObject *exception, bool is_ours)
{
    PyObject *args = is_ours ? PyObject_GetAttrString(exception, "args") : NULL;
    PyObject *text = args != NULL && PyTuple_Check(args) && PyTuple_GET_SIZE(args) > 0
                         ? PyObject_Str(PyTuple_GET_ITEM(args, 0))
                         : PyObject_Str(exception);
    Py_XDECREF(args);
    PyObject *bytes =
        text == NULL ? NULL : PyUnicode_AsEncodedString(text, "utf-8", "replace");
    Py_XDECREF(text);
    PyErr_Clear();
    return bytes;
}

void ct_session_report(const struct ct_session *session, PyObject *exception)
{
    struct ct_log log;
    char code[64], kind[32];
    struct ct_buf context = {0};
    bool is_ours =
        PyObject_TypeCheck(exception, (PyTypeObject *)session->errors.recorder_error);
    attribute(exception, "code", "ERR_UNKNOWN", code, sizeof code);
    attribute(exception, "kind", "Environment", kind, sizeof kind);
    append_context(&context, exception);
    PyObject *message = message_of(exception, is_ours);
    struct ct_failure failure = {
        .code = is_ours ? code : "ERR_UNKNOWN",
        .kind = is_ours ? kind : "Usage",
        .message = ct_text_of(message == NULL ? "" : PyBytes_AS_STRING(message)),
        .context = context.failed ? CT_TEXT("{}") : ct_buf_text(&context),
    };
    ct_log_init(&log, &session->policy, session->run_id);
    ct_log_raised(&log, &failure);
    Py_XDECREF(message);
    ct_buf_fini(&context);
}

void ct_session_log(const struct ct_session *session, enum ct_log_level level,
                    const char *message)
{
    struct ct_log log;
    ct_log_init(&log, &session->policy, session->run_id);
    ct_log_line(&log, level, CT_LOG_SESSION, NULL, ct_text_of(message));
}
