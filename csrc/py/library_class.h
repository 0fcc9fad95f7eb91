/* Classes of the standard library that are written in Python, and what their objects
 * store.
 *
 * They are known by their module and qualified name, which any class may claim to have:
 * what is found in a slot may be anything, and is to be checked. Needs an attached
 * thread state; runs no Python code, raises nothing. */
#pragma once

#include "py/compat.h"

/* The class of `type`'s MRO that is called `name` in `module` or a module below it, or
 * NULL; borrowed. */
PyTypeObject *ct_library_class_find(PyTypeObject *type, const char *module,
                                    const char *name);

/* What the object stores in the slot `name` that the class, one of its MRO, defines
 * (`__slots__`, or a member of a C class); borrowed, NULL if it is unset or no slot. */
PyObject *ct_library_class_slot(PyTypeObject *type, PyObject *object, const char *name);

/* Whether a member is a variable that holds an object. */
static inline bool ct_is_object_member(PyObject *descriptor)
{
    if (!Py_IS_TYPE(descriptor, &PyMemberDescr_Type))
        return false;
    int type = ((PyMemberDescrObject *)descriptor)->d_member->type;
    return type == Py_T_OBJECT_EX || type == _Py_T_OBJECT;
}
