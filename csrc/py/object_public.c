/* Attributes through the public API, for CPython versions whose layout object_direct.c
 * does not know. May make a dict for an object that had none. */
#include "py/object.h"

PyObject *ct_object_dict(PyObject *object)
{
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) &&
        Py_TYPE(object)->tp_dictoffset <= 0)
        return NULL;
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *dict = PyObject_GenericGetDict(object, NULL);
    PyErr_SetRaisedException(raised);
    Py_XDECREF(dict); /* the object keeps it */
    return dict != NULL && PyDict_Check(dict) ? dict : NULL;
}

Py_ssize_t ct_object_visit_dict(PyObject *object,
                                int (*visit)(PyObject *name, PyObject *value,
                                             void *arg),
                                void *arg)
{
    PyObject *dict = ct_object_dict(object);
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    if (dict == NULL)
        return 0;
    while (PyDict_Next(dict, &pos, &name, &value)) {
        if (PyUnicode_CheckExact(name) && visit(name, value, arg) != 0)
            break;
    }
    return PyDict_GET_SIZE(dict);
}

void ct_object_witness(struct ct_witness *witness, PyObject *object)
{
    PyObject *dict = ct_object_dict(object);
    ct_witness_more(witness, CT_OBSERVED_DICT, object, 1);
    ct_witness_append(witness, &dict, sizeof dict);
}

PyObject *const *ct_dict_text_entries(PyObject *Py_UNUSED(dict),
                                      Py_ssize_t *Py_UNUSED(count))
{
    return NULL;
}

void ct_dict_witness(struct ct_witness *witness, PyObject *dict, Py_ssize_t shown)
{
    ct_witness_entries(witness, dict, shown);
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
