/* The attributes an object stores, read without its class's code.
 *
 * Two adapters, as for frames: object_direct.c reads inline values where CPython keeps
 * them, so that no dict is made for an object that has none; object_public.c asks the
 * public API for the dict. */
#pragma once

#include "py/compat.h"
#include "py/witness.h"

#include <stdbool.h>
#include <stdint.h>

/* Attributes that an object can keep inline at most (CPython's SHARED_KEYS_MAX_SIZE).
 */
#define CT_INLINE_MAX 32

/* The object's inline attributes in order, borrowed, *count of them; NULL if it keeps
 * none inline. They stand in the object itself or are copied to `scratch`. *names is a
 * number for their names and order, as long as the class has its version. */
PyObject *const *ct_object_inline_values(PyObject *object,
                                         PyObject *scratch[CT_INLINE_MAX], int *count,
                                         uint64_t *names);

/* Where the inline attribute `name` stands in objects of this one's class, or -1. */
int ct_object_inline_index(PyObject *object, PyObject *name);

/* The inline attribute at an index, borrowed; NULL if there is none. */
PyObject *ct_object_inline_item(PyObject *object, int index);

/* The attribute that the object itself has, inline or in its dict: borrowed, NULL if it
 * has none. False if that cannot be told without comparing names. */
bool ct_object_own(PyObject *object, PyObject *name, PyObject **value);

/* The object's dict, borrowed; NULL if it has none, or keeps its attributes inline. */
PyObject *ct_object_dict(PyObject *object);

/* Observes what ct_object_dict and ct_object_inline_values read of an object whose
 * class has been observed: not what is in the dict. */
void ct_object_witness(struct ct_witness *witness, PyObject *object);

/* A number that no other state of any dict has, or 0 if this CPython keeps none. */
uint64_t ct_dict_version(PyObject *dict);

/* The entries of a dict whose keys are all exact texts: of each the key, then the
 * value, which is NULL where there is none any more. *count is their number. NULL if
 * the dict is stored otherwise. They stay until code of the program runs. */
PyObject *const *ct_dict_text_entries(PyObject *dict, Py_ssize_t *count);

/* Observes the first `shown` entries of a dict whose size has been observed, by the
 * addresses of keys and values. */
void ct_dict_witness(struct ct_witness *witness, PyObject *dict, Py_ssize_t shown);

/* Calls `visit` for each entry of the object's `__dict__` in order, names and values
 * borrowed, until it returns non-zero. Gives the number of entries in all. Names that
 * are no exact str are passed over. Gives 0 for objects without a `__dict__`. */
Py_ssize_t ct_object_visit_dict(PyObject *object,
                                int (*visit)(PyObject *name, PyObject *value,
                                             void *arg),
                                void *arg);
