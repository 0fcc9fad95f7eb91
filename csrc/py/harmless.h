/* What calls of C code, and its objects, are known to run no code of the program.
 *
 * A call is *harmless* if, with scalars (line_plan.h) for arguments, it changes no
 * object that was there before and runs nothing but its own C code: the methods of
 * scalars, patterns of `re` and their matches. It may raise.
 *
 * Needs an attached thread state; runs no Python code. */
#pragma once

#include "py/compat.h"

#include <stdbool.h>

/* Whether the methods of this name are harmless that scalars have, and what is made of
 * scalars by such methods. */
bool ct_is_harmless_name(PyObject *name);

/* Whether a method of that name is harmless for objects of the class, as far as those
 * are of ct_is_harmless_self. */
bool ct_is_harmless_method(PyTypeObject *type, PyObject *name);

/* The same of calling a builtin function or bound method. */
bool ct_is_harmless_function(PyObject *function);

/* Whether that is the name of a builtin function or class that is harmless to call, and
 * is so with that many arguments (`str` of two looks for a codec); whether it is `len`,
 * harmless for all of ct_has_plain_truth, too; and whether `object` is what CPython has
 * under that name. */
bool ct_is_harmless_builtin(PyObject *name);
bool ct_is_harmless_count(PyObject *name, int arguments);
bool ct_is_length(PyObject *name);
bool ct_is_builtin(PyObject *name, PyObject *object);

/* The same for `isinstance` and `enumerate`, whose arguments need not be scalars. */
bool ct_is_isinstance(PyObject *name);
bool ct_is_enumerate(PyObject *name);

/* Methods of dicts whose keys are texts: `get` gives any object, `items` a view. */
enum ct_dict_method { CT_DICT_OTHER, CT_DICT_GET, CT_DICT_ITEMS };

enum ct_dict_method ct_dict_method_of(PyObject *name);

/* Whether that is the name of the method that makes a list longer. */
bool ct_is_append(PyObject *name);

/* Whether looking for a scalar in an exact set, frozenset, list or tuple compares it
 * with scalars only; false if that is much work to find out. `key` may be NULL if it is
 * not known. */
bool ct_compares_scalars(PyObject *container, PyObject *key);

/* Whether that is an attribute that a match computes, a scalar. */
bool ct_is_scalar_of_match(PyTypeObject *type, PyObject *name);

/* Whether a class is one of C code's own, by this full name. */
bool ct_is_c_class(const PyTypeObject *type, const char *name);

/* Whether an object's harmless methods are: not those of a match in an object that has
 * code of its own for giving its bytes. */
bool ct_is_harmless_self(PyObject *self);

/* Whether a constant is a scalar or made of scalars only. */
bool ct_is_plain_constant(PyObject *constant);

/* Whether asking for the object's truth runs no code of the program. */
bool ct_has_plain_truth(PyObject *object);

/* Whether the end of an object that nothing holds any more runs none, where so many
 * references to other objects go at the same time. */
bool ct_dies_plainly(PyObject *object, Py_ssize_t dropped);
