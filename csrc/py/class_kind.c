/* The choice of what the values of a class are shown as.
 *
 * Called by the class table once per class and by the texts of parts. A class of Python
 * can claim any name and store anything under any name, so nothing that is decided here
 * from names lets a reader take an object for what it is not: C classes are told by
 * their address or, where that is not exported, by a name that only C code can give;
 * what a class of Python is taken for is checked again where its objects are read. */
#include "py/class_kind.h"

#include "py/class_table.h"
#include "py/library_class.h"
#include "py/text.h"

/* The kind of a C class by itself, without its bases. */
static enum ct_class_kind kind_of_c_type(const PyTypeObject *type)
{
    static const struct {
        const PyTypeObject *type;
        enum ct_class_kind kind;
    } exported[] = {
        {&PyLong_Type, CT_KIND_OF_INT},
        {&PyFloat_Type, CT_KIND_OF_FLOAT},
        {&PyUnicode_Type, CT_KIND_OF_STR},
        {&PyBytes_Type, CT_KIND_OF_BYTES},
        {&PyList_Type, CT_KIND_OF_LIST},
        {&PyTuple_Type, CT_KIND_OF_TUPLE},
        {&PySet_Type, CT_KIND_OF_SET},
        {&PyFrozenSet_Type, CT_KIND_OF_FROZENSET},
        {&PyDict_Type, CT_KIND_OF_DICT},
        {&PyDictProxy_Type, CT_KIND_OF_MAPPINGPROXY},
        {&PyDictKeys_Type, CT_KIND_OF_DICT_KEYS},
        {&PyDictValues_Type, CT_KIND_OF_DICT_VALUES},
        {&PyDictItems_Type, CT_KIND_OF_DICT_ITEMS},
        {&PyBool_Type, CT_KIND_OF_BOOL},
        {&PyEllipsis_Type, CT_KIND_OF_ELLIPSIS},
        {&PyComplex_Type, CT_KIND_OF_COMPLEX},
        {&PyRange_Type, CT_KIND_OF_RANGE},
        {&PySlice_Type, CT_KIND_OF_SLICE},
        {&PyFunction_Type, CT_KIND_OF_FUNCTION},
        {&PyCFunction_Type, CT_KIND_OF_BUILTIN},
        {&PyMethodDescr_Type, CT_KIND_OF_BUILTIN},
        {&PyClassMethodDescr_Type, CT_KIND_OF_BUILTIN},
        {&PyWrapperDescr_Type, CT_KIND_OF_BUILTIN},
        {&PyGetSetDescr_Type, CT_KIND_OF_BUILTIN},
        {&PyMemberDescr_Type, CT_KIND_OF_BUILTIN},
        {&PyMethod_Type, CT_KIND_OF_METHOD},
        {&PyModule_Type, CT_KIND_OF_MODULE},
        {&PyCode_Type, CT_KIND_OF_CODE},
        {&PyGen_Type, CT_KIND_OF_GENERATOR},
        {&PyCoro_Type, CT_KIND_OF_COROUTINE},
        {&PyAsyncGen_Type, CT_KIND_OF_ASYNC_GENERATOR},
        {&PyByteArray_Type, CT_KIND_OF_BYTEARRAY},
        {&PyMemoryView_Type, CT_KIND_OF_MEMORYVIEW},
    };
    static const struct {
        const char *name;
        enum ct_class_kind kind;
    } named[] = {
        {"collections.deque", CT_KIND_OF_DEQUE},
        {"datetime.date", CT_KIND_OF_DATE},
        {"datetime.datetime", CT_KIND_OF_DATETIME},
        {"datetime.time", CT_KIND_OF_TIME},
        {"datetime.timedelta", CT_KIND_OF_TIMEDELTA},
        {"datetime.timezone", CT_KIND_OF_TIMEZONE},
        {"decimal.Decimal", CT_KIND_OF_DECIMAL},
        {"types.SimpleNamespace", CT_KIND_OF_STRUCT},
        {"array.array", CT_KIND_OF_ARRAY},
        {"numpy.ndarray", CT_KIND_OF_ARRAY},
        {"numpy.generic", CT_KIND_OF_ARRAY},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(exported); i++) {
        if (exported[i].type == type)
            return exported[i].kind;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(named); i++) {
        if (strcmp(named[i].name, type->tp_name) == 0)
            return named[i].kind;
    }
    return type == Py_TYPE(Py_None)             ? CT_KIND_OF_NONE
           : type == Py_TYPE(Py_NotImplemented) ? CT_KIND_OF_NOTIMPLEMENTED
                                                : CT_KIND_OF_OBJECT;
}

/* The kind of the nearest C class above whose storage the objects begin with. */
static enum ct_class_kind kind_of_base(PyTypeObject *type)
{
    enum ct_class_kind kind = CT_KIND_OF_OBJECT;
    if (PyType_IsSubtype(type, &PyFloat_Type)) /* numpy's have it as a second base */
        return CT_KIND_OF_FLOAT;
    if (PyType_IsSubtype(type, &PyComplex_Type))
        return CT_KIND_OF_COMPLEX;
    for (; type != NULL && kind == CT_KIND_OF_OBJECT; type = type->tp_base) {
        if (ct_is_c_type(type))
            kind = kind_of_c_type(type);
    }
    return kind;
}

PyObject *ct_class_attribute(PyTypeObject *type, const char *key)
{
    PyObject *mro = type->tp_mro, *value = NULL;
    Py_ssize_t count = mro != NULL && PyTuple_Check(mro) ? PyTuple_GET_SIZE(mro) : 0;
    for (Py_ssize_t i = 0; i < count && value == NULL; i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        if (PyType_Check(base))
            value = ct_class_dict_item((PyTypeObject *)base, key);
    }
    return value;
}

static bool is_dataclass(PyTypeObject *type)
{
    PyObject *fields = ct_class_attribute(type, "__dataclass_fields__");
    return fields != NULL && PyDict_CheckExact(fields);
}

static bool is_namedtuple(PyTypeObject *type)
{
    if (!PyType_FastSubclass(type, Py_TPFLAGS_TUPLE_SUBCLASS))
        return false;
    PyObject *names = ct_class_attribute(type, "_fields");
    if (names == NULL || !PyTuple_CheckExact(names))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (name == NULL || !PyUnicode_CheckExact(name))
            return false;
    }
    return true;
}

static enum ct_class_kind kind_of_python_class(PyTypeObject *type)
{
    if (ct_library_class_find(Py_TYPE(type), "enum", "EnumType") != NULL)
        return CT_KIND_OF_ENUM;
    if (is_dataclass(type))
        return CT_KIND_OF_DATACLASS;
    if (is_namedtuple(type))
        return CT_KIND_OF_NAMEDTUPLE;
    if (ct_library_class_find(type, "pathlib", "PurePath") != NULL)
        return CT_KIND_OF_PATH;
    if (ct_library_class_find(type, "fractions", "Fraction") != NULL)
        return CT_KIND_OF_FRACTION;
    if (ct_library_class_find(type, "uuid", "UUID") != NULL)
        return CT_KIND_OF_UUID;
    enum ct_class_kind kind = kind_of_base(type);
    /* The buffer that a class of Python exports may be its own code's. Objects that
     * store nothing are shown as their class alone, like those of other kinds. */
    return kind == CT_KIND_OF_OBJECT || kind == CT_KIND_OF_ARRAY ? CT_KIND_OF_STRUCT
                                                                 : kind;
}

enum ct_class_kind ct_class_kind_of(PyTypeObject *type)
{
    if (PyType_FastSubclass(type, Py_TPFLAGS_BASE_EXC_SUBCLASS))
        return CT_KIND_OF_EXCEPTION;
    if (PyType_FastSubclass(type, Py_TPFLAGS_TYPE_SUBCLASS))
        return CT_KIND_OF_CLASS;
    return ct_is_c_type(type) ? kind_of_base(type) : kind_of_python_class(type);
}
