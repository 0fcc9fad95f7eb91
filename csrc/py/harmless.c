/* The lists of what is harmless. */
#include "py/harmless.h"

#include "py/class_kind.h"
#include "py/line_plan.h"

#include <string.h>

/* The class of `re.compile(…)` and of its matches, by their names: importing `re` would
 * show. */
#define PATTERN "re.Pattern"
#define MATCH "re.Match"

#define CT_COMPARED_ITEMS 16 /* of a list or tuple that are looked at */
#define CT_COMPARED_PLACES 8 /* of a set */
#define CT_SET_PROBES 9      /* CPython's LINEAR_PROBES … */
#define CT_SET_SHIFT 5       /* … and PERTURB_SHIFT */

/* A match's first fields. CPython's Modules/_sre/sre.h, since 3.0. */
struct match {
    PyObject_VAR_HEAD PyObject *string; /* what was searched */
    PyObject *regs;                     /* tuples of ints, or NULL */
    PyObject *pattern;
};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0)
            return true;
    }
    return false;
}

/* Methods with leading underscores can do much; codecs and templates of `re` are Python
 * code. */
static bool is_harmless_of_scalars(const char *name)
{
    static const char *const others[] = {"encode", "decode", "expand", NULL};
    return name[0] != '_' && !is_one_of(name, others);
}

bool ct_is_harmless_name(PyObject *name)
{
    return PyUnicode_IS_COMPACT_ASCII(name) &&
           is_harmless_of_scalars((const char *)PyUnicode_DATA(name));
}

bool ct_is_c_class(const PyTypeObject *type, const char *name)
{
    return ct_is_c_type(type) && strcmp(type->tp_name, name) == 0;
}

static bool is_harmless_in(PyTypeObject *type, const char *name)
{
    static const char *const of_pattern[] = {"match",   "search", "fullmatch",
                                             "findall", "split",  NULL};
    static const char *const of_match[] = {"group", "groups",    "start", "end",
                                           "span",  "groupdict", NULL};
    if (ct_is_scalar_type(type))
        return is_harmless_of_scalars(name);
    if (ct_is_c_class(type, PATTERN))
        return is_one_of(name, of_pattern);
    return ct_is_c_class(type, MATCH) && is_one_of(name, of_match);
}

bool ct_is_harmless_method(PyTypeObject *type, PyObject *name)
{
    if (type == &PyDict_Type)
        return ct_dict_method_of(name) != CT_DICT_OTHER;
    return PyUnicode_IS_COMPACT_ASCII(name) &&
           is_harmless_in(type, (const char *)PyUnicode_DATA(name));
}

bool ct_is_harmless_function(PyObject *function)
{
    PyObject *self = PyCFunction_GET_SELF(function);
    return self != NULL &&
           is_harmless_in(Py_TYPE(self),
                          ((PyCFunctionObject *)function)->m_ml->ml_name);
}

static const PyTypeObject *builtin_class(PyObject *name)
{
    static PyTypeObject *const classes[] = {&PyLong_Type,    &PyFloat_Type,
                                            &PyUnicode_Type, &PyBool_Type,
                                            &PyRange_Type,   &PyEnum_Type};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(classes); i++) {
        if (PyUnicode_CompareWithASCIIString(name, classes[i]->tp_name) == 0)
            return classes[i];
    }
    return NULL;
}

bool ct_is_harmless_builtin(PyObject *name)
{
    static const char *const functions[] = {
        "len", "abs", "ascii", "bin", "chr",  "divmod", "hash",       "hex", "max",
        "min", "oct", "ord",   "pow", "repr", "round",  "isinstance", NULL};
    return PyUnicode_IS_COMPACT_ASCII(name) &&
           (builtin_class(name) != NULL ||
            is_one_of((const char *)PyUnicode_DATA(name), functions));
}

bool ct_is_harmless_count(PyObject *name, int arguments)
{
    return arguments == 1 || PyUnicode_CompareWithASCIIString(name, "str") != 0;
}

bool ct_is_length(PyObject *name)
{
    return PyUnicode_CompareWithASCIIString(name, "len") == 0;
}

bool ct_is_isinstance(PyObject *name)
{
    return PyUnicode_CompareWithASCIIString(name, "isinstance") == 0;
}

bool ct_is_enumerate(PyObject *name)
{
    return PyUnicode_CompareWithASCIIString(name, PyEnum_Type.tp_name) == 0;
}

enum ct_dict_method ct_dict_method_of(PyObject *name)
{
    if (PyUnicode_CompareWithASCIIString(name, "get") == 0)
        return CT_DICT_GET;
    return PyUnicode_CompareWithASCIIString(name, "items") == 0 ? CT_DICT_ITEMS
                                                                : CT_DICT_OTHER;
}

bool ct_is_append(PyObject *name)
{
    return PyUnicode_CompareWithASCIIString(name, "append") == 0;
}

bool ct_is_builtin(PyObject *name, PyObject *object)
{
    const PyTypeObject *type = builtin_class(name);
    if (type != NULL || object == NULL)
        return object != NULL && object == (PyObject *)type;
    if (!PyCFunction_CheckExact(object))
        return false;
    PyObject *module = PyCFunction_GET_SELF(object);
    return module != NULL && PyModule_CheckExact(module) &&
           PyModule_GetDict(module) == PyEval_GetBuiltins() &&
           PyUnicode_CompareWithASCIIString(
               name, ((PyCFunctionObject *)object)->m_ml->ml_name) == 0;
}

static bool is_plain_match(PyObject *object)
{
    PyObject *string = ((struct match *)object)->string;
    return string == NULL || PyUnicode_CheckExact(string) || PyBytes_CheckExact(string);
}

bool ct_is_scalar_of_match(PyTypeObject *type, PyObject *name)
{
    static const char *const names[] = {"lastgroup", "lastindex", "pos", "endpos",
                                        NULL};
    return ct_is_c_class(type, MATCH) && PyUnicode_IS_COMPACT_ASCII(name) &&
           is_one_of((const char *)PyUnicode_DATA(name), names);
}

static bool are_scalars(PyObject *const *items, Py_ssize_t count)
{
    if (count > CT_COMPARED_ITEMS)
        return false;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!ct_is_scalar_type(Py_TYPE(items[i])))
            return false;
    }
    return true;
}

/* Goes where CPython's look-up in a set goes (Objects/setobject.c, set_lookkey): from
 * the place that the hash gives, ten entries on and then to another place, up to an
 * empty one. Compared are keys with the same hash. */
static bool set_compares_scalars(const PySetObject *set, Py_hash_t hash)
{
    size_t mask = (size_t)set->mask, perturb = (size_t)hash, place = perturb & mask;
    for (int tries = 0; tries < CT_COMPARED_PLACES; tries++) {
        size_t last = place + CT_SET_PROBES <= mask ? place + CT_SET_PROBES : place;
        for (size_t i = place; i <= last; i++) {
            const setentry *entry = &set->table[i];
            if (entry->key == NULL && entry->hash == 0)
                return true;
            if (entry->key != NULL && entry->hash == hash &&
                !ct_is_scalar_type(Py_TYPE(entry->key)))
                return false;
        }
        perturb >>= CT_SET_SHIFT;
        place = (place * 5 + 1 + perturb) & mask;
    }
    return false;
}

bool ct_compares_scalars(PyObject *container, PyObject *key)
{
    if (PyTuple_CheckExact(container))
        return are_scalars(((PyTupleObject *)container)->ob_item, Py_SIZE(container));
    if (PyList_CheckExact(container))
        return are_scalars(((PyListObject *)container)->ob_item, Py_SIZE(container));
    return PyAnySet_CheckExact(container) && key != NULL &&
           ct_is_scalar_type(Py_TYPE(key)) &&
           set_compares_scalars((PySetObject *)container, PyObject_Hash(key));
}

bool ct_is_harmless_self(PyObject *self)
{
    return !ct_is_c_class(Py_TYPE(self), MATCH) || is_plain_match(self);
}

bool ct_is_plain_constant(PyObject *constant)
{
    if (PyTuple_CheckExact(constant)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constant); i++) {
            if (!ct_is_plain_constant(PyTuple_GET_ITEM(constant, i)))
                return false;
        }
        return true;
    }
    return ct_is_scalar_type(Py_TYPE(constant));
}

bool ct_has_plain_truth(PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);
    return type == &PyList_Type || type == &PyTuple_Type || type == &PyDict_Type ||
           type == &PySet_Type || type == &PyFrozenSet_Type || type == &PyBytes_Type ||
           ct_is_c_class(type, MATCH);
}

bool ct_dies_plainly(PyObject *object, Py_ssize_t dropped)
{
    if (PyTuple_CheckExact(object))
        return are_scalars(((PyTupleObject *)object)->ob_item, Py_SIZE(object));
    if (PyList_CheckExact(object))
        return are_scalars(((PyListObject *)object)->ob_item, Py_SIZE(object));
    return ct_is_scalar_type(Py_TYPE(object)) || PyBytes_CheckExact(object) ||
           (ct_is_c_class(Py_TYPE(object), MATCH) && is_plain_match(object) &&
            Py_REFCNT(((struct match *)object)->pattern) > 1 + dropped);
}
