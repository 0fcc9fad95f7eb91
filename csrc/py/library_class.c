/* Looking up classes and slots by scanning: a lookup in a class's dict could call the
 * `__eq__` of a key. */
#include "py/library_class.h"

#include "py/class_table.h"
#include "py/text.h"

static bool is_within(PyObject *module, const char *name)
{
    size_t size = strlen(name);
    if (module == NULL || !PyUnicode_Check(module) || !PyUnicode_IS_ASCII(module))
        return false;
    const char *text = PyUnicode_DATA(module); /* ends with a NUL */
    return strncmp(text, name, size) == 0 && (text[size] == '\0' || text[size] == '.');
}

PyTypeObject *ct_library_class_find(PyTypeObject *type, const char *module,
                                    const char *name)
{
    PyObject *mro = type->tp_mro;
    Py_ssize_t count = mro != NULL && PyTuple_Check(mro) ? PyTuple_GET_SIZE(mro) : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyType_Check((PyObject *)base) || !(base->tp_flags & Py_TPFLAGS_HEAPTYPE))
            continue;
        PyObject *qualname = ((PyHeapTypeObject *)base)->ht_qualname;
        if (qualname != NULL && ct_text_equals(qualname, name) &&
            is_within(ct_class_dict_item(base, "__module__"), module))
            return base;
    }
    return NULL;
}

PyObject *ct_library_class_slot(PyTypeObject *type, PyObject *object, const char *name)
{
    PyObject *descriptor = ct_class_dict_item(type, name);
    /* A descriptor copied from another class does not describe this one's objects. */
    if (descriptor == NULL || !ct_is_object_member(descriptor) ||
        ((PyDescrObject *)descriptor)->d_type != type)
        return NULL;
    Py_ssize_t offset = ((PyMemberDescrObject *)descriptor)->d_member->offset;
    return *(PyObject **)((char *)object + offset);
}
