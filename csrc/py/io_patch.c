/* Replacing function pointers of methods and types. */
#include "py/io_patch.h"

bool ct_io_patch_method(PyMethodDef *definition, const struct ct_io_method *method)
{
    if (definition == NULL || definition->ml_flags != method->flags)
        return false;
    if (*method->original == NULL) {
        *method->original = definition->ml_meth;
        definition->ml_meth = method->hook;
    }
    return true;
}

void ct_io_patch_function(PyObject *module, const struct ct_io_method *method)
{
    PyObject *function =
        module != NULL && PyModule_CheckExact(module)
            ? PyDict_GetItemString(PyModule_GetDict(module), method->name)
            : NULL;
    if (function != NULL && PyCFunction_CheckExact(function))
        ct_io_patch_method(((PyCFunctionObject *)function)->m_ml, method);
}

static bool patch_named(PyTypeObject *type, const struct ct_io_method *method)
{
    PyObject *found = PyObject_GetAttrString((PyObject *)type, method->name);
    bool is_done = found != NULL && Py_IS_TYPE(found, &PyMethodDescr_Type) &&
                   PyDescr_TYPE(found) == type &&
                   ct_io_patch_method(((PyMethodDescrObject *)found)->d_method, method);
    Py_XDECREF(found);
    PyErr_Clear();
    return is_done;
}

bool ct_io_patch_type(PyTypeObject *type, const struct ct_io_type *wanted)
{
    bool is_done = strcmp(type->tp_name, wanted->name) == 0 &&
                   PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE);
    for (const struct ct_io_method *m = wanted->methods; is_done && m->name != NULL;
         m++)
        is_done = patch_named(type, m);
    if (!is_done)
        return false;
    if (wanted->next != NULL && *wanted->original_next == NULL) {
        *wanted->original_next = type->tp_iternext;
        type->tp_iternext = wanted->next;
    }
    if (*wanted->original_dealloc == NULL) {
        *wanted->original_dealloc = type->tp_dealloc;
        type->tp_dealloc = wanted->dealloc;
    }
    return true;
}
