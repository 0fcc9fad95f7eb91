/* Attributes from CPython's own layout, 3.12 to 3.15. Includes internal headers. */
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include "py/object.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wshadow"
#include "internal/pycore_dict.h"
#include "internal/pycore_object.h"
#pragma GCC diagnostic pop

typedef int visit_function(PyObject *name, PyObject *value, void *arg);

static Py_ssize_t visit_dict(PyObject *dict, visit_function *visit, void *arg)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(dict, &pos, &name, &value)) {
        if (PyUnicode_CheckExact(name) && visit(name, value, arg) != 0)
            break;
    }
    return PyDict_GET_SIZE(dict);
}

/* How many values are stored inline, and where each stands, in order of insertion. */
#if PY_VERSION_HEX >= 0x030d0000
static inline int inline_size(PyDictValues *values)
{
    return values->size;
}

static inline int inline_index(PyDictValues *values, int i)
{
    return get_insertion_order_array(values)[i];
}
#else
static inline int inline_size(PyDictValues *values)
{
    return ((uint8_t *)values)[-2];
}

static inline int inline_index(PyDictValues *values, int i)
{
    return ((uint8_t *)values)[-3 - i];
}
#endif

static Py_ssize_t visit_inline(PyObject *object, PyDictValues *values,
                               visit_function *visit, void *arg)
{
    PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(object))->ht_cached_keys;
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    int count = inline_size(values), found = 0;
    bool is_over = false;
    for (int i = 0; i < count; i++) {
        int index = inline_index(values, i);
        PyObject *value = values->values[index];
        if (value == NULL)
            continue;
        found++;
        if (!is_over)
            is_over = visit(entries[index].me_key, value, arg) != 0;
    }
    return found;
}

/* The inline values of an object, or NULL with *dict set to its dict, if any. */
static PyDictValues *inline_values(PyObject *object, PyObject **dict)
{
#if PY_VERSION_HEX >= 0x030d0000
    *dict = (PyObject *)_PyObject_GetManagedDict(object);
    bool has_values = *dict == NULL &&
                      (Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES) &&
                      _PyObject_InlineValues(object)->valid;
    return has_values ? _PyObject_InlineValues(object) : NULL;
#else
    PyDictOrValues stored = *_PyObject_DictOrValuesPointer(object);
    if (_PyDictOrValues_IsValues(stored))
        return _PyDictOrValues_GetValues(stored);
    *dict = _PyDictOrValues_GetDict(stored);
    return NULL;
#endif
}

/* The first eight indexes of the order of insertion as one number, byte by byte. */
static inline uint64_t first_order(PyDictValues *values, int size)
{
    uint64_t order = 0;
#if PY_VERSION_HEX >= 0x030d0000
    memcpy(&order, get_insertion_order_array(values), sizeof order); /* room enough: the
                                            array is as long as the values are many, and
                                            values of eight bytes stand before it */
#else
    for (int i = 0; i < size && i < 8; i++)
        order |= (uint64_t)inline_index(values, i) << (8 * i);
#endif
    return size >= 8 ? order : order & ((UINT64_C(1) << (8 * size)) - 1);
}

#define CT_ORDER_STRAIGHT UINT64_C(0x0706050403020100) /* 0, 1, 2, … */

PyObject *const *ct_object_inline_values(PyObject *object,
                                         PyObject *scratch[CT_INLINE_MAX], int *count,
                                         uint64_t *names)
{
    PyObject *dict;
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        return NULL;
    PyDictValues *stored = inline_values(object, &dict);
    if (stored == NULL)
        return NULL;
    int size = inline_size(stored);
    uint64_t order = (uintptr_t)((PyHeapTypeObject *)Py_TYPE(object))->ht_cached_keys +
                     ((uint64_t)size << 56);
    *count = size;
    if (size <= 8) {
        uint64_t first = first_order(stored, size);
        uint64_t straight = size == 8
                                ? CT_ORDER_STRAIGHT
                                : CT_ORDER_STRAIGHT & ((UINT64_C(1) << (8 * size)) - 1);
        *names = order ^ first * 0x9e3779b97f4a7c15u;
        if (first == straight)
            return stored->values;
    }
    for (int i = 0; i < size && i < CT_INLINE_MAX; i++) {
        int index = inline_index(stored, i);
        scratch[i] = stored->values[index];
        order = order * 31 + (uint64_t)index;
    }
    if (size > 8)
        *names = order;
    return scratch;
}

/* The dict behind a classic dict offset. */
static PyObject *offset_dict(PyObject *object)
{
    Py_ssize_t offset = Py_TYPE(object)->tp_dictoffset;
    if (offset <= 0) /* none; var-sized objects are not shown as structs */
        return NULL;
    return *(PyObject **)((char *)object + offset);
}

Py_ssize_t ct_object_visit_dict(PyObject *object, visit_function *visit, void *arg)
{
    PyObject *dict;
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyDictValues *values = inline_values(object, &dict);
        if (values != NULL)
            return visit_inline(object, values, visit, arg);
    } else {
        dict = offset_dict(object);
    }
    return dict != NULL && PyDict_Check(dict) ? visit_dict(dict, visit, arg) : 0;
}

int ct_object_inline_index(PyObject *object, PyObject *name)
{
    PyObject *dict;
    PyTypeObject *type = Py_TYPE(object);
    if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT) ||
        inline_values(object, &dict) == NULL)
        return -1;
    PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        if (DK_UNICODE_ENTRIES(keys)[i].me_key == name)
            return (int)i;
    }
    return -1;
}

PyObject *ct_object_inline_item(PyObject *object, int index)
{
    PyObject *dict;
    PyDictValues *values = inline_values(object, &dict);
    return values == NULL ? NULL : values->values[index];
}

/* The same among inline values, where names have been compared by address. */
static bool own_inline(const PyTypeObject *type, const PyDictValues *values,
                       PyObject *name, PyObject **value)
{
    PyDictKeysObject *keys = ((const PyHeapTypeObject *)type)->ht_cached_keys;
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        const PyObject *key = DK_UNICODE_ENTRIES(keys)[i].me_key;
        if (key == name)
            *value = values->values[i];
        else if (((const PyASCIIObject *)key)->hash == ((PyASCIIObject *)name)->hash)
            return false; /* maybe the same name, not interned */
    }
    return true;
}

bool ct_object_own(PyObject *object, PyObject *name, PyObject **value)
{
    PyTypeObject *type = Py_TYPE(object);
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    PyObject *dict;
    *value = NULL;
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        const PyDictValues *values = inline_values(object, &dict);
        if (values != NULL)
            return own_inline(type, values, name, value);
    } else {
        if (type->tp_dictoffset < 0)
            return false;
        dict = offset_dict(object);
    }
    if (dict == NULL)
        return true;
    if (hash == -1 || !PyDict_CheckExact(dict) ||
        !DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys))
        return false;
    *value = _PyDict_GetItem_KnownHash(dict, name, hash);
    return true;
}

uint64_t ct_dict_version(PyObject *dict)
{
#if PY_VERSION_HEX >= 0x030e0000
    (void)dict;
    return 0;
#else
    return ((PyDictObject *)dict)->ma_version_tag;
#endif
}
