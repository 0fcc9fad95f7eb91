/* Attributes through the public API, for CPython versions whose layout object_direct.c
 * does not know. May make a dict for an object that had none. */
#include "py/object.h"

Py_ssize_t ct_object_visit_dict(PyObject *object,
                                int (*visit)(PyObject *name, PyObject *value,
                                             void *arg),
                                void *arg)
{
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) &&
        Py_TYPE(object)->tp_dictoffset <= 0)
        return 0;
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *dict = PyObject_GenericGetDict(object, NULL);
    Py_ssize_t count = 0;
    if (dict != NULL && PyDict_Check(dict)) {
        PyObject *name, *value;
        Py_ssize_t pos = 0;
        count = PyDict_GET_SIZE(dict);
        while (PyDict_Next(dict, &pos, &name, &value)) {
            if (PyUnicode_CheckExact(name) && visit(name, value, arg) != 0)
                break;
        }
    }
    Py_XDECREF(dict); /* the object keeps it */
    PyErr_SetRaisedException(raised);
    return count;
}

PyObject *const *ct_object_inline_values(PyObject *Py_UNUSED(object),
                                         PyObject *Py_UNUSED(scratch[CT_INLINE_MAX]),
                                         int *Py_UNUSED(count),
                                         uint64_t *Py_UNUSED(names))
{
    return NULL;
}

int ct_object_inline_index(PyObject *Py_UNUSED(object), PyObject *Py_UNUSED(name))
{
    return -1;
}

PyObject *ct_object_inline_item(PyObject *Py_UNUSED(object), int Py_UNUSED(index))
{
    return NULL;
}

bool ct_object_own(PyObject *Py_UNUSED(object), PyObject *Py_UNUSED(name),
                   PyObject **Py_UNUSED(value))
{
    return false;
}

uint64_t ct_dict_version(PyObject *Py_UNUSED(dict))
{
    return 0;
}
