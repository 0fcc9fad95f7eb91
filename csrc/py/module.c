/* The native module: its functions, its state, and the start of a launched program.
 *
 * Functions here parse arguments and hand over; the package's session.py is the facade
 * that users call. */
#include "py/callbacks.h"
#include "py/capture.h"
#include "py/process.h"
#include "py/raise.h"

#include "trace/finish.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

#ifndef CT_VERSION
#error "CT_VERSION is the package's version, given by the build"
#endif

struct module_state {
    struct ct_errors errors;
    struct ct_policy policy;
    PyTypeObject *monitor_type; /* owned */
    PyObject *monitor;          /* owned: of the active recording, or NULL */
};

static inline struct module_state *state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* ---- start ---------------------------------------------------------------------- */

/* The directory this module was loaded from. */
static int own_directory(char out[PATH_MAX])
{
    Dl_info info;
    if (dladdr((void *)(uintptr_t)own_directory, &info) == 0 ||
        info.dli_fname == NULL || realpath(info.dli_fname, out) == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the recorder's own file cannot be found");
        return -1;
    }
    *strrchr(out, '/') = '\0';
    return 0;
}

static int start(struct module_state *state, struct ct_start_options *options)
{
    char package[PATH_MAX];
    if (ct_process_recorder() != NULL) {
        ct_raise(state->errors.usage_error, "ERR_ALREADY_TRACING",
                 "tracing already active");
        return -1;
    }
    if (strcmp(options->format, "json") != 0 &&
        strcmp(options->format, "binary") != 0) {
        ct_raise(state->errors.usage_error, "ERR_UNSUPPORTED_FORMAT",
                 "unsupported trace format '%s'. Expected one of: binary, json",
                 options->format);
        return -1;
    }
    if (own_directory(package) < 0)
        return -1;
    options->package = package;
    options->version = CT_VERSION;
    Py_XSETREF(state->monitor, ct_monitor_new(state->monitor_type));
    if (state->monitor == NULL)
        return -1;
    struct ct_recorder *recorder =
        ct_recorder_start(options, &state->policy, &state->errors, state->monitor);
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
    ct_monitor_set_recorder(state->monitor, recorder);
    return 0;
}

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
    struct module_state *state = state_of(module);
    PyObject *path, *activation = Py_None, *filter = Py_None;
    PyObject *directory = NULL, *activation_path = NULL, *result = NULL;
    const char *format;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Us|OO:start_tracing", keywords,
                                     &path, &format, &activation, &filter))
        return NULL;
    if (filter != Py_None)
        return ct_raise(state->errors.usage_error, "ERR_INVALID_POLICY_VALUE",
                        "trace filters are not supported by this version");
    directory = absolute_path(path);
    if (directory == NULL)
        goto done;
    if (activation != Py_None && (activation_path = absolute_path(activation)) == NULL)
        goto done;
    struct ct_start_options options = {
        .directory = PyBytes_AS_STRING(directory),
        .format = format,
        .activation_path =
            activation_path == NULL ? NULL : PyBytes_AS_STRING(activation_path),
    };
    if (start(state, &options) == 0)
        result = Py_NewRef(Py_None);
done:
    Py_XDECREF(directory);
    Py_XDECREF(activation_path);
    return result;
}

/* ---- the launched program ------------------------------------------------------- */

/* A field of the launcher's configuration: netstrings `<length>:<key>=<value>,`. */
struct field {
    PyObject *key;   /* owned str */
    PyObject *value; /* owned bytes */
};

/* Takes the next field; 0 at the end, -1 with an exception set on a bad one. */
static int next_field(const char **at, const char *end, struct field *field)
{
    char *colon;
    if (*at == end)
        return 0;
    unsigned long size = strtoul(*at, &colon, 10);
    const char *text = colon + 1;
    const char *equals = NULL;
    if (*colon == ':' && size < (unsigned long)(end - colon) && text[size] == ',')
        equals = memchr(text, '=', size);
    if (equals == NULL) {
        PyErr_SetString(PyExc_ValueError, "bad launch configuration");
        return -1;
    }
    *at = text + size + 1;
    field->key = PyUnicode_DecodeASCII(text, equals - text, "replace");
    field->value = PyBytes_FromStringAndSize(equals + 1, text + size - equals - 1);
    if (field->key != NULL && field->value != NULL)
        return 1;
    Py_CLEAR(field->key);
    Py_CLEAR(field->value);
    return -1;
}

/* The configuration as a dict of str → bytes. */
static PyObject *parse_config(PyObject *config)
{
    const char *at = PyBytes_AS_STRING(config);
    const char *end = at + PyBytes_GET_SIZE(config);
    PyObject *dict = PyDict_New();
    struct field field;
    int status = dict == NULL ? -1 : 1;
    while (status > 0 && (status = next_field(&at, end, &field)) > 0) {
        status = PyDict_SetItem(dict, field.key, field.value) < 0 ? -1 : 1;
        Py_DECREF(field.key);
        Py_DECREF(field.value);
    }
    if (status < 0)
        Py_CLEAR(dict);
    return dict;
}

/* Applies the environment, then the `policy.<name>` fields. */
static int apply_policy(struct module_state *state, PyObject *config)
{
    static const char prefix[] = "policy.";
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (ct_policy_from_env(&state->policy, &state->errors) < 0)
        return -1;
    while (PyDict_Next(config, &pos, &key, &value)) {
        const char *name = PyUnicode_AsUTF8(key);
        if (name == NULL)
            return -1;
        if (strncmp(name, prefix, sizeof prefix - 1) != 0)
            continue;
        name += sizeof prefix - 1;
        PyObject *text = PyUnicode_DecodeFSDefault(PyBytes_AS_STRING(value));
        if (text == NULL)
            return -1;
        int status =
            ct_policy_set_text(&state->policy, &state->errors, name, name, text);
        Py_DECREF(text);
        if (status < 0)
            return -1;
    }
    return 0;
}

static const char *option(PyObject *config, const char *key)
{
    PyObject *value = PyDict_GetItemString(config, key);
    return value == NULL || PyBytes_GET_SIZE(value) == 0 ? NULL
                                                         : PyBytes_AS_STRING(value);
}

static PyObject *start_program(PyObject *module, PyObject *args)
{
    struct module_state *state = state_of(module);
    PyObject *text, *hook = NULL;
    if (!PyArg_ParseTuple(args, "S|O!:_start_program", &text, &PyLong_Type, &hook))
        return NULL;
    if (hook != NULL)
        ct_runtime_drop_audit_hook(PyLong_AsVoidPtr(hook));
    PyObject *config = parse_config(text);
    if (config == NULL)
        return NULL;
    struct ct_start_options options = {
        .directory = option(config, "trace_dir"),
        .format = option(config, "format"),
        .activation_path = option(config, "activation_path"),
        .program_path = option(config, "program_path"),
        .target_script = option(config, "target_script"),
        .is_program = true,
    };
    PyObject *result = NULL;
    if (options.directory == NULL || options.format == NULL)
        PyErr_SetString(PyExc_ValueError, "bad launch configuration");
    else if (apply_policy(state, config) == 0 && start(state, &options) == 0)
        result = Py_NewRef(Py_None);
    Py_DECREF(config);
    return result;
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
    struct module_state *state = state_of(module);
    PyObject *exit_code = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:stop_tracing", keywords,
                                     &exit_code))
        return NULL;
    long long code = exit_code == Py_None ? 0 : PyLong_AsLongLong(exit_code);
    if (code == -1 && PyErr_Occurred())
        return NULL;
    struct ct_recorder *recorder = ct_process_recorder();
    if (recorder == NULL)
        Py_RETURN_NONE;
    ct_process_set_recorder(NULL);
    ct_recorder_detach(recorder);
    if (state->monitor != NULL)
        ct_monitor_set_recorder(state->monitor, NULL);
    enum ct_end_reason reason = recorder->has_uncaught ? CT_END_EXCEPTION : CT_END_STOP;
    enum ct_end_exit exit = exit_code == Py_None ? CT_EXIT_UNKNOWN : CT_EXIT_CODE;
    struct ct_error error;
    enum ct_status status;
    Py_BEGIN_ALLOW_THREADS status =
        ct_recorder_finish(recorder, reason, exit, code, &error);
    Py_END_ALLOW_THREADS ct_recorder_free(recorder);
    Py_CLEAR(state->monitor);
    if (status != CT_OK)
        return ct_raise_error(&state->errors, NULL, &error);
    Py_RETURN_NONE;
}

/* The exception leaves the block that is recorded: it is what the trace ends with. */
static PyObject *note_uncaught(PyObject *Py_UNUSED(module), PyObject *exception)
{
    struct ct_recorder *recorder = ct_process_recorder();
    if (recorder == NULL || recorder->has_uncaught ||
        !PyExceptionInstance_Check(exception) ||
        PyType_IsSubtype(Py_TYPE(exception), (PyTypeObject *)PyExc_SystemExit))
        Py_RETURN_NONE;
    struct ct_thread *thread =
        ct_threads_switch(&recorder->threads, PyThreadState_Get());
    PyObject *traceback = ((PyBaseExceptionObject *)exception)->traceback;
    if (thread == NULL || traceback == NULL || !PyTraceBack_Check(traceback))
        Py_RETURN_NONE;
    const PyTracebackObject *outermost = (PyTracebackObject *)traceback;
    PyCodeObject *code = PyFrame_GetCode(outermost->tb_frame);
    const struct ct_code *entry = ct_code_table_find(code);
    int line = PyCode_Addr2Line(code, outermost->tb_lasti);
    Py_DECREF(code);
    recorder->has_uncaught = true;
    ct_capture_uncaught(thread, entry == NULL ? 0 : entry->path_id, exception, line);
    Py_RETURN_NONE;
}

static PyObject *flush_tracing(PyObject *Py_UNUSED(module),
                               PyObject *Py_UNUSED(ignored))
{
    /* Every event is on the tape, in the kernel's hands, once its callback returns. */
    Py_RETURN_NONE;
}

static PyObject *is_tracing(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(ct_process_recorder() != NULL);
}

/* ---- policy --------------------------------------------------------------------- */

static PyObject *configure_policy(PyObject *module, PyObject *args, PyObject *kwargs)
{
    struct module_state *state = state_of(module);
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
    struct module_state *state = state_of(module);
    if (ct_policy_from_env(&state->policy, &state->errors) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *policy_snapshot(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    return ct_policy_snapshot(&state_of(module)->policy);
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
    {"_note_uncaught", note_uncaught, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module)
{
    struct module_state *state = state_of(module);
    /* Not in the definition: CPython's fatal errors list the modules that have methods
     * there, and the program's stderr is to be that of a plain run. */
    if (PyModule_AddFunctions(module, methods) < 0 ||
        PyModule_AddStringConstant(module, "_frame_adapter", ct_frame_adapter) < 0)
        return -1;
    ct_policy_init(&state->policy);
    if (ct_errors_init(&state->errors, module) < 0)
        return -1;
    state->monitor_type = (PyTypeObject *)ct_monitor_type_new(module);
    return state->monitor_type == NULL ? -1 : 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct module_state *state = state_of(module);
    Py_VISIT(state->monitor_type);
    Py_VISIT(state->monitor);
    return ct_errors_traverse(&state->errors, visit, arg);
}

static int module_clear(PyObject *module)
{
    struct module_state *state = state_of(module);
    Py_CLEAR(state->monitor_type);
    Py_CLEAR(state->monitor);
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
    .m_size = sizeof(struct module_state),

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
