/* The native module: its functions and its state.
 *
 * Functions here parse arguments and hand over; the package's session.py is the facade
 * that users call. */
#include "py/callbacks.h"
#include "py/filter_ask.h"
#include "py/process.h"
#include "py/program.h"

#include <limits.h>

static inline struct ct_session *state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* ---- start ---------------------------------------------------------------------- */

/* An absolute path in the file system's encoding, or NULL with an exception set. */
static PyObject *absolute_path(PyObject *path)
{
    PyObject *encoded;
    if (!PyUnicode_FSConverter(path, &encoded))
        return NULL;
    if (PyBytes_AS_STRING(encoded)[0] == '/')
        return encoded;
    char workdir[PATH_MAX];
    PyObject *absolute = NULL;
    if (getcwd(workdir, sizeof workdir) == NULL)
        PyErr_SetFromErrno(PyExc_OSError);
    else
        absolute = PyBytes_FromFormat("%s/%s", workdir, PyBytes_AS_STRING(encoded));
    Py_DECREF(encoded);
    return absolute;
}

static const char *path_or_null(PyObject *bytes)
{
    return bytes == NULL || PyBytes_GET_SIZE(bytes) == 0 ? NULL
                                                         : PyBytes_AS_STRING(bytes);
}

/* Says of a file that cannot be read that it is one of the environment's errors. */
static void raise_unreadable(const struct ct_session *session)
{
    if (!PyErr_ExceptionMatches(PyExc_OSError))
        return;
    PyObject *error = PyErr_GetRaisedException();
    ct_raise(session->errors.environment_error, "ERR_IO",
             "cannot load the trace filters: %S", error);
    Py_DECREF(error);
}

/* The chain of filters for a list of paths or None, read by the package; bytes. */
static PyObject *compile_filters(const struct ct_session *session, PyObject *paths)
{
    PyObject *package = PyImport_ImportModule("codetracer_python_recorder.filters");
    PyObject *chain = NULL;
    if (package != NULL)
        chain = PyObject_CallMethod(package, "compile_for_session", "O", paths);
    Py_XDECREF(package);
    if (chain == NULL)
        raise_unreadable(session);
    if (chain != NULL && !PyBytes_CheckExact(chain)) {
        Py_CLEAR(chain);
        PyErr_SetString(PyExc_TypeError, "a filter chain must be bytes");
    }
    return chain;
}

PyDoc_STRVAR(
    start_tracing_doc,
    "start_tracing(path, format, activation_path=None, trace_filter=None)\n--\n\n"
    "Start recording this process into the directory `path` (str).\n\n"
    "format: 'binary' or 'json'. Raises UsageError (ERR_ALREADY_TRACING, "
    "ERR_UNSUPPORTED_FORMAT,\nERR_INVALID_POLICY_VALUE) or EnvironmentError "
    "(ERR_TRACE_DIR_CREATE_FAILED,\nERR_TRACE_DIR_CONFLICT, "
    "ERR_TRACER_INSTALL_CONFLICT, ERR_IO).");

static PyObject *start_tracing(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"path", "format", "activation_path", "trace_filter",
                               NULL};
    struct ct_session *state = state_of(module);
    PyObject *path, *activation = Py_None, *filter = Py_None;
    PyObject *directory = NULL, *activation_path = NULL, *chain = NULL, *result = NULL;
    const char *format;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Us|OO:start_tracing", keywords,
                                     &path, &format, &activation, &filter))
        return NULL;
    directory = absolute_path(path);
    if (directory == NULL)
        goto done;
    if (activation != Py_None && (activation_path = absolute_path(activation)) == NULL)
        goto done;
    if (ct_process_recorder() == NULL &&
        (chain = compile_filters(state, filter)) == NULL)
        goto done;
    struct ct_start_options options = {
        .directory = PyBytes_AS_STRING(directory),
        .format = format,
        .activation_path =
            activation_path == NULL ? NULL : PyBytes_AS_STRING(activation_path),
        .program_path = path_or_null(state->program_path),
        .target_script = path_or_null(state->target_script),
        .expects_main = state->program_path != NULL,
        .filter = chain,
    };
    if (ct_session_start(state, &options) == 0)
        result = Py_NewRef(Py_None);
done:
    Py_CLEAR(state->program_path);
    Py_CLEAR(state->target_script);
    Py_XDECREF(directory);
    Py_XDECREF(activation_path);
    Py_XDECREF(chain);
    return result;
}

/* _expect_program(program_path, target_script): tells the next start of a program that
 * has not begun yet. */
static PyObject *expect_program(PyObject *module, PyObject *args)
{
    struct ct_session *state = state_of(module);
    PyObject *path = NULL, *target = NULL;
    if (!PyArg_ParseTuple(args, "O&O&:_expect_program", PyUnicode_FSConverter, &path,
                          PyUnicode_FSConverter, &target))
        return NULL;
    Py_XSETREF(state->program_path, path);
    Py_XSETREF(state->target_script, target);
    Py_RETURN_NONE;
}

static PyObject *start_program(PyObject *module, PyObject *args)
{
    PyObject *config, *hook = NULL;
    if (!PyArg_ParseTuple(args, "S|O!:_start_program", &config, &PyLong_Type, &hook))
        return NULL;
    if (hook != NULL)
        ct_runtime_drop_audit_hook(PyLong_AsVoidPtr(hook));
    if (ct_program_start(state_of(module), config) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* _check_option(keyword, text): raises UsageError for a setting that the policy would
 * not take, with the name of its option; nothing is changed. */
static PyObject *check_option(PyObject *module, PyObject *args)
{
    const char *name;
    PyObject *text;
    if (!PyArg_ParseTuple(args, "sU:_check_option", &name, &text) ||
        ct_program_check_option(state_of(module), name, text) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *is_launch_pending(PyObject *Py_UNUSED(module),
                                   PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(ct_program_is_pending());
}

/* ---- stop ----------------------------------------------------------------------- */

PyDoc_STRVAR(
    stop_tracing_doc,
    "stop_tracing(exit_code=None)\n--\n\n"
    "Stop recording and write the trace files; does nothing when nothing is "
    "recorded.\n\nexit_code: int the trace shows as the program's status. Raises "
    "EnvironmentError (ERR_IO)\nor InternalError when the files cannot be "
    "written; the recording is over even then.");

static PyObject *stop_tracing(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"exit_code", NULL};
    PyObject *exit_code = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:stop_tracing", keywords,
                                     &exit_code))
        return NULL;
    long long code = exit_code == Py_None ? 0 : PyLong_AsLongLong(exit_code);
    if (code == -1 && PyErr_Occurred())
        return NULL;
    int64_t known = code;
    if (ct_session_stop(state_of(module), exit_code == Py_None ? NULL : &known) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *note_uncaught(PyObject *Py_UNUSED(module), PyObject *exception)
{
    ct_session_note_uncaught(exception);
    Py_RETURN_NONE;
}

static PyObject *flush_tracing(PyObject *Py_UNUSED(module),
                               PyObject *Py_UNUSED(ignored))
{
    /* Every event is on the tape, in the kernel's hands, once its callback returns; a
     * helper that sleeps takes it into the trace now. */
    struct ct_recorder *recorder = ct_process_recorder();
    if (recorder != NULL)
        ct_handover_tell_due(&recorder->tape.handover);
    Py_RETURN_NONE;
}

static PyObject *is_tracing(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(ct_process_recorder() != NULL);
}

/* ---- what the package's Python code has to say ------------------------------------
 */

static PyObject *report_error(PyObject *module, PyObject *exception)
{
    ct_session_report(state_of(module), exception);
    Py_RETURN_NONE;
}

static PyObject *log_message(PyObject *module, enum ct_log_level level,
                             PyObject *message)
{
    const char *text = PyUnicode_Check(message) ? PyUnicode_AsUTF8(message) : NULL;
    if (text == NULL) {
        PyErr_Clear();
        text = "?";
    }
    ct_session_log(state_of(module), level, text);
    Py_RETURN_NONE;
}

static PyObject *log_info(PyObject *module, PyObject *message)
{
    return log_message(module, CT_LOG_INFO, message);
}

static PyObject *log_warning(PyObject *module, PyObject *message)
{
    return log_message(module, CT_LOG_WARN, message);
}

/* ---- policy --------------------------------------------------------------------- */

static PyObject *configure_policy(PyObject *module, PyObject *args, PyObject *kwargs)
{
    struct ct_session *state = state_of(module);
    if (!PyArg_ParseTuple(args, ":configure_policy"))
        return NULL;
    if (kwargs != NULL &&
        ct_policy_configure(&state->policy, &state->errors, kwargs) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *configure_policy_from_env(PyObject *module,
                                           PyObject *Py_UNUSED(ignored))
{
    struct ct_session *state = state_of(module);
    if (ct_policy_from_env(&state->policy, &state->errors) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *policy_snapshot(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    return ct_policy_snapshot(&state_of(module)->policy);
}

static PyObject *filter_decision(PyObject *module, PyObject *args)
{
    char native[PATH_MAX];
    if (ct_session_directory(native) < 0)
        return NULL;
    return ct_filter_ask_decision(ct_session_package(state_of(module), native), args);
}

/* _set_package(directory): where the package's Python code is. */
static PyObject *set_package(PyObject *module, PyObject *directory)
{
    PyObject *path;
    if (!PyUnicode_FSConverter(directory, &path))
        return NULL;
    Py_XSETREF(state_of(module)->package, path);
    Py_RETURN_NONE;
}

/* ---- the module ----------------------------------------------------------------- */

#define CT_KEYWORD_FUNCTION(name)                                                      \
    (PyCFunction)(void (*)(void))(name), METH_VARARGS | METH_KEYWORDS

static PyMethodDef methods[] = {
    {"start_tracing", CT_KEYWORD_FUNCTION(start_tracing), start_tracing_doc},
    {"stop_tracing", CT_KEYWORD_FUNCTION(stop_tracing), stop_tracing_doc},
    {"flush_tracing", flush_tracing, METH_NOARGS,
     PyDoc_STR(
         "flush_tracing()\n--\n\nMake everything recorded so far safe against the "
         "death of the process.")},
    {"is_tracing", is_tracing, METH_NOARGS,
     PyDoc_STR("is_tracing()\n--\n\nWhether a recording is active (bool).")},
    {"configure_policy", CT_KEYWORD_FUNCTION(configure_policy),
     PyDoc_STR(
         "Change settings of the process-wide policy; None leaves one as it is.\n\n"
         "Raises UsageError (ERR_INVALID_POLICY_VALUE), then nothing is changed.")},
    {"configure_policy_from_env", configure_policy_from_env, METH_NOARGS,
     PyDoc_STR("configure_policy_from_env()\n--\n\nTake settings from the CODETRACER_… "
               "environment variables.")},
    {"policy_snapshot", policy_snapshot, METH_NOARGS,
     PyDoc_STR("policy_snapshot()\n--\n\nThe policy's settings as a new dict.")},
    {"_start_program", start_program, METH_VARARGS, NULL},
    {"_expect_program", expect_program, METH_VARARGS, NULL},
    {"_check_option", check_option, METH_VARARGS, NULL},
    {"_set_package", set_package, METH_O, NULL},
    {"_is_launch_pending", is_launch_pending, METH_NOARGS, NULL},
    {"_note_uncaught", note_uncaught, METH_O, NULL},
    {"_report_error", report_error, METH_O, NULL},
    {"_log_info", log_info, METH_O, NULL},
    {"_log_warning", log_warning, METH_O, NULL},
    {"_filter_matches", ct_filter_ask_match, METH_VARARGS, NULL},
    {"_filter_decision", filter_decision, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module)
{
    struct ct_session *state = state_of(module);
    /* Not in the definition: CPython's fatal errors list the modules that have methods
     * there, and the program's stderr is to be that of a plain run. */
    if (PyModule_AddFunctions(module, methods) < 0 ||
        PyModule_AddStringConstant(module, "_frame_adapter", ct_frame_adapter) < 0)
        return -1;
    ct_policy_init(&state->policy);
    ct_uuid7(state->run_id);
    if (ct_errors_init(&state->errors, module) < 0)
        return -1;
    state->monitor_type = (PyTypeObject *)ct_monitor_type_new(module);
    return state->monitor_type == NULL ? -1 : 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct ct_session *state = state_of(module);
    Py_VISIT(state->monitor_type);
    Py_VISIT(state->monitor);
    return ct_errors_traverse(&state->errors, visit, arg);
}

static int module_clear(PyObject *module)
{
    struct ct_session *state = state_of(module);
    Py_CLEAR(state->monitor_type);
    Py_CLEAR(state->monitor);
    Py_CLEAR(state->program_path);
    Py_CLEAR(state->target_script);
    Py_CLEAR(state->package);
    ct_errors_clear(&state->errors);
    return 0;
}

static void module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "codetracer_python_recorder",
    .m_doc = PyDoc_STR("The recorder's native half; use the package around it."),
    .m_size = sizeof(struct ct_session),

    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit_codetracer_python_recorder(void);

PyMODINIT_FUNC PyInit_codetracer_python_recorder(void)
{
    return PyModuleDef_Init(&definition);
}
