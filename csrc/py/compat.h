/* What differs between CPython's minor versions, for code outside the frame adapters.
 *
 * The only file besides frame_*.c that may test the Python version. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#if PY_VERSION_HEX < 0x030c0000
#error "codetracer-python-recorder needs CPython 3.12 or newer"
#endif

/* Where the standard library may lie in an archive, below the prefix. */
#define CT_STDLIB_ARCHIVE                                                              \
    "lib/python" Py_STRINGIFY(PY_MAJOR_VERSION) Py_STRINGIFY(PY_MINOR_VERSION) ".zip/"

/* Bits of co_localspluskinds, the same in all versions. */
#define CT_KIND_HIDDEN 0x10 /* a comprehension's variable outside functions */
#define CT_KIND_CELL 0x40
#define CT_KIND_FREE 0x80

/* Whether LINE events cost time in proportion to the length of their code object. */
static inline bool ct_has_slow_lines(void)
{
    return Py_Version < 0x030d0300;
}

/* The calling thread's state, or NULL. */
static inline PyThreadState *ct_thread_state(void)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/* Whether no other thread will run any more. */
static inline bool ct_is_finalizing(void)
{
#if PY_VERSION_HEX >= 0x030d0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}

/* Whether the `repr` of a descriptor says which class it is of. */
static inline bool ct_descriptor_names_class(const PyTypeObject *type)
{
    return PY_VERSION_HEX < 0x030f0000 || type != &PyBaseObject_Type;
}

/* Bits of the magnitude of an int, whatever its size. */
static inline size_t ct_int_bits(PyObject *integer)
{
#if PY_VERSION_HEX >= 0x030e0000
    int64_t bits = _PyLong_NumBits(integer);
    return bits < 0 ? 0 : (size_t)bits;
#else
    return _PyLong_NumBits(integer);
#endif
}

/* Writes the two's complement of an exact or subclassed int, big-endian; `size` must
 * hold it with its sign. -1 without touching the error indicator on failure. */
static inline int ct_int_bytes(PyObject *integer, unsigned char *out, size_t size)
{
#if PY_VERSION_HEX >= 0x030d0000
    int status = _PyLong_AsByteArray((PyLongObject *)integer, out, size, 0, 1, 0);
#else
    int status = _PyLong_AsByteArray((PyLongObject *)integer, out, size, 0, 1);
    if (status < 0)
        PyErr_Clear();
#endif
    return status;
}
