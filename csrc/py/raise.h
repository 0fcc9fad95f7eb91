/* The recorder's exception classes, and how C code raises them.
 *
 * RecorderError and its four kinds are made once per module and shared by the native
 * module and the Python package. Each instance has `code` ("ERR_…"), `kind` and
 * `context` (dict of str), and `str()` gives `[CODE] message (k=v, …)`. */
#pragma once

#include "base/status.h"
#include "py/compat.h"

struct ct_errors {
    PyObject *recorder_error; /* owned, all five */
    PyObject *usage_error;
    PyObject *environment_error;
    PyObject *target_error;
    PyObject *internal_error;
};

/* Makes the classes and adds them to `module`. -1 with an exception set on failure. */
int ct_errors_init(struct ct_errors *errors, PyObject *module);
int ct_errors_traverse(struct ct_errors *errors, visitproc visit, void *arg);
void ct_errors_clear(struct ct_errors *errors);

/* Sets an exception of class `type` and returns NULL. The text is a
 * PyUnicode_FromFormat format. */
PyObject *ct_raise(PyObject *type, const char *code, const char *format, ...);
/* The same with one context entry `key`: `value` (value may be NULL: no entry). */
PyObject *ct_raise_with(PyObject *type, const char *code, const char *key,
                        PyObject *value, const char *format, ...);
/* Turns a plain-C error into an EnvironmentError (CT_ERR_IO: ERR_IO unless `code` is
 * given) or InternalError. */
PyObject *ct_raise_error(const struct ct_errors *errors, const char *code,
                         const struct ct_error *error);
