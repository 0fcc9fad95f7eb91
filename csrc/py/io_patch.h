/* Putting functions of ours in front of those of the interpreter's stream types.
 *
 * A method of a built-in type is a descriptor that points to a PyMethodDef; that one's
 * function pointer is what is replaced, so descriptor, type, streams and every bound
 * method, made before or later, stay the same objects. What `for line in stream` calls
 * and what frees a stream are pointers of the type. They are replaced once in a process
 * and never put back, as the hash of a bound method depends on them.
 *
 * Used with an attached thread state. Sets no exception. */
#pragma once

#include "py/compat.h"

struct ct_io_method {
    const char *name;
    int flags; /* how it is called; called another way it is left alone */
    PyCFunction hook;
    PyCFunction *original; /* where the replaced function is kept */
};

/* A type of streams; what is replaced keeps the functions before in `original_…`. */
struct ct_io_type {
    const char *name;                   /* tp_name */
    const struct ct_io_method *methods; /* up to one without a name */
    iternextfunc next, *original_next;  /* or NULL */
    destructor dealloc, *original_dealloc;
};

/* Replaces the function of a definition; true if it has been, now or before. */
bool ct_io_patch_method(PyMethodDef *definition, const struct ct_io_method *method);

/* The same for the function of that name of a module of C, if `module` is one. */
void ct_io_patch_function(PyObject *module, const struct ct_io_method *method);

/* Replaces what `wanted` has, if `type` is that type of the interpreter's; false if it
 * is not, or not all of it could be. */
bool ct_io_patch_type(PyTypeObject *type, const struct ct_io_type *wanted);
