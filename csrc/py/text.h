/* Python strings as the UTF-8 of the tape, without touching the objects.
 *
 * PyUnicode_AsUTF8 would leave a copy cached in the object, which the program could
 * measure; these read the characters directly. Lone surrogates become U+FFFD. Need an
 * attached thread state; raise nothing. */
#pragma once

#include "base/buf.h"
#include "py/compat.h"

/* Appends the characters start … end-1 of any str (subclasses by their storage). */
void ct_text_append(struct ct_buf *out, PyObject *str, Py_ssize_t start,
                    Py_ssize_t end);

/* Appends the whole str. */
static inline void ct_text_append_all(struct ct_buf *out, PyObject *str)
{
    ct_text_append(out, str, 0, PyUnicode_GET_LENGTH(str));
}

/* The value of an ASCII key in a dict all of whose keys are plain; borrowed or NULL.
 * (PyDict_GetItemString prints an error when memory is out.) */
PyObject *ct_text_item(PyObject *dict, const char *key);

/* The list that is sys.path, borrowed; or NULL. (PySys_GetObject prints an error when
 * memory is out, on CPython 3.13.) */
PyObject *ct_text_sys_path(void);

/* Bytes of UTF-8 of the characters start … end-1. */
size_t ct_text_size(PyObject *str, Py_ssize_t start, Py_ssize_t end);

/* Whether a name begins and ends with two underscores. */
bool ct_text_is_dunder(PyObject *name);

/* Whether a str is exactly the ASCII text. */
static inline bool ct_text_equals(PyObject *str, const char *ascii)
{
    size_t size = strlen(ascii);
    return PyUnicode_IS_ASCII(str) && (size_t)PyUnicode_GET_LENGTH(str) == size &&
           memcmp(PyUnicode_DATA(str), ascii, size) == 0;
}
