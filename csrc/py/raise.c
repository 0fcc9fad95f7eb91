/* Exception classes with code, kind and context.
 *
 * The classes are written in a few lines of Python-level machinery through the C API:
 * plain subclasses of Exception with their own __init__ and __str__. Called with the
 * thread attached. */
#include "py/raise.h"

#include <stdbool.h>
#include <string.h>

static PyObject *error_init(PyObject *Py_UNUSED(module), PyObject *args,
                            PyObject *kwargs)
{
    static char *keywords[] = {"self", "message", "code", "context", NULL};
    PyObject *self, *message, *code = NULL, *context = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OU|$UO:RecorderError", keywords,
                                     &self, &message, &code, &context))
        return NULL;
    PyObject *base_args = NULL, *copy = NULL, *result = NULL;
    copy = context == NULL || context == Py_None ? PyDict_New() : PyDict_Copy(context);
    base_args = PyTuple_Pack(1, message);
    if (copy == NULL || base_args == NULL)
        goto done;
    if (PyObject_SetAttrString(self, "args", base_args) < 0 ||
        PyObject_SetAttrString(self, "context", copy) < 0)
        goto done;
    if (code != NULL && PyObject_SetAttrString(self, "code", code) < 0)
        goto done;
    result = Py_NewRef(Py_None);
done:
    Py_XDECREF(base_args);
    Py_XDECREF(copy);
    return result;
}

/* "k=v, k=v" or NULL with an exception set. */
static PyObject *context_text(PyObject *context)
{
    PyObject *text = PyUnicode_FromString("");
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (text != NULL && PyDict_Next(context, &pos, &key, &value)) {
        const char *separator = PyUnicode_GET_LENGTH(text) == 0 ? "" : ", ";
        PyObject *longer =
            PyUnicode_FromFormat("%U%s%S=%S", text, separator, key, value);
        Py_SETREF(text, longer);
    }
    return text;
}

static PyObject *error_str(PyObject *Py_UNUSED(module), PyObject *self)
{
    PyObject *args = NULL, *code = NULL, *context = NULL, *extra = NULL, *result = NULL;
    args = PyObject_GetAttrString(self, "args");
    code = PyObject_GetAttrString(self, "code");
    context = PyObject_GetAttrString(self, "context");
    if (args == NULL || code == NULL || context == NULL)
        goto done;
    if (!PyTuple_Check(args) || PyTuple_GET_SIZE(args) == 0 || !PyDict_Check(context)) {
        result = PyObject_Str(args);
        goto done;
    }
    if (PyDict_GET_SIZE(context) == 0) {
        result = PyUnicode_FromFormat("[%S] %S", code, PyTuple_GET_ITEM(args, 0));
        goto done;
    }
    extra = context_text(context);
    if (extra != NULL)
        result = PyUnicode_FromFormat("[%S] %S (%U)", code, PyTuple_GET_ITEM(args, 0),
                                      extra);
done:
    Py_XDECREF(args);
    Py_XDECREF(code);
    Py_XDECREF(context);
    Py_XDECREF(extra);
    return result;
}

static PyMethodDef error_methods[] = {
    {"__init__", (PyCFunction)(void (*)(void))error_init, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("(message, *, code='ERR_UNKNOWN', context=None)")},
    {"__str__", error_str, METH_O, PyDoc_STR("__str__(self, /)\n--\n\n")},
};

/* Gives the base class its two methods, as functions that bind. */
static int add_methods(PyObject *type)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(error_methods); i++) {
        PyObject *function = PyCFunction_New(&error_methods[i], NULL);
        PyObject *method = function == NULL ? NULL : PyInstanceMethod_New(function);
        int status =
            method == NULL
                ? -1
                : PyObject_SetAttrString(type, error_methods[i].ml_name, method);
        Py_XDECREF(function);
        Py_XDECREF(method);
        if (status < 0)
            return -1;
    }
    return 0;
}

static PyObject *new_class(PyObject *module, const char *name, const char *kind,
                           const char *doc, PyObject *base)
{
    PyObject *dict = NULL, *type = NULL;
    const char *short_name = strrchr(name, '.') + 1;
    dict = Py_BuildValue("{s:s,s:s}", "kind", kind, "code", "ERR_UNKNOWN");
    if (dict == NULL)
        return NULL;
    type = PyErr_NewExceptionWithDoc(name, doc, base, dict);
    Py_DECREF(dict);
    if (type != NULL && PyModule_AddObjectRef(module, short_name, type) < 0)
        Py_CLEAR(type);
    return type;
}

#define CT_NAME(short_name) "codetracer_python_recorder." short_name

int ct_errors_init(struct ct_errors *errors, PyObject *module)
{
    errors->recorder_error = new_class(
        module, CT_NAME("RecorderError"), "Internal",
        "Base of the recorder's errors.\n\ncode: str 'ERR_…'; kind: str; context: "
        "dict[str, str].",
        NULL);
    if (errors->recorder_error == NULL || add_methods(errors->recorder_error) < 0)
        return -1;
    PyObject *base = errors->recorder_error;
    errors->usage_error =
        new_class(module, CT_NAME("UsageError"), "Usage",
                  "The recorder was asked for something wrong.", base);
    errors->environment_error =
        new_class(module, CT_NAME("EnvironmentError"), "Environment",
                  "The system refused something (files, monitoring tool ids).", base);
    errors->target_error = new_class(module, CT_NAME("TargetError"), "Target",
                                     "The program could not be observed.", base);
    errors->internal_error = new_class(module, CT_NAME("InternalError"), "Internal",
                                       "The recorder itself failed.", base);
    if (errors->usage_error == NULL || errors->environment_error == NULL ||
        errors->target_error == NULL || errors->internal_error == NULL)
        return -1;
    return 0;
}

int ct_errors_traverse(struct ct_errors *errors, visitproc visit, void *arg)
{
    Py_VISIT(errors->recorder_error);
    Py_VISIT(errors->usage_error);
    Py_VISIT(errors->environment_error);
    Py_VISIT(errors->target_error);
    Py_VISIT(errors->internal_error);
    return 0;
}

void ct_errors_clear(struct ct_errors *errors)
{
    Py_CLEAR(errors->recorder_error);
    Py_CLEAR(errors->usage_error);
    Py_CLEAR(errors->environment_error);
    Py_CLEAR(errors->target_error);
    Py_CLEAR(errors->internal_error);
}

static PyObject *raise_text(PyObject *type, const char *code, const char *key,
                            PyObject *value, PyObject *message)
{
    PyObject *args = NULL, *kwargs = NULL, *error = NULL, *context = NULL, *text = NULL;
    if (message == NULL)
        return NULL;
    context = PyDict_New();
    if (context == NULL)
        goto done;
    if (value != NULL) {
        text = PyObject_Str(value);
        if (text == NULL || PyDict_SetItemString(context, key, text) < 0)
            goto done;
    }
    args = PyTuple_Pack(1, message);
    kwargs = Py_BuildValue("{s:s,s:O}", "code", code, "context", context);
    if (args != NULL && kwargs != NULL)
        error = PyObject_Call(type, args, kwargs);
    if (error != NULL)
        PyErr_SetObject(type, error);
done:
    Py_XDECREF(error);
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    Py_XDECREF(context);
    Py_XDECREF(text);
    Py_DECREF(message);
    return NULL;
}

PyObject *ct_raise(PyObject *type, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PyObject *message = PyUnicode_FromFormatV(format, args);
    va_end(args);
    return raise_text(type, code, NULL, NULL, message);
}

PyObject *ct_raise_with(PyObject *type, const char *code, const char *key,
                        PyObject *value, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PyObject *message = PyUnicode_FromFormatV(format, args);
    va_end(args);
    return raise_text(type, code, key, value, message);
}

PyObject *ct_raise_error(const struct ct_errors *errors, const char *code,
                         const struct ct_error *error)
{
    bool is_io = error->status == CT_ERR_IO;
    PyObject *message = PyUnicode_DecodeFSDefault(error->text);
    return raise_text(is_io ? errors->environment_error : errors->internal_error,
                      code != NULL ? code
                      : is_io      ? "ERR_IO"
                                   : "ERR_UNKNOWN",
                      NULL, NULL, message);
}
