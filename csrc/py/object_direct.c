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

/* Observes the pointer to the dict, and of values all that tells them apart. */
static void observe_values(struct ct_witness *witness, PyObject *object,
                           PyDictValues *values)
{
    int count = 0;
#if PY_VERSION_HEX >= 0x030d0000
    ct_witness_words(witness, _PyObject_ManagedDictPointer(object), 1);
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES))
        return;
    if (values == NULL) { /* those of another object at the address may be valid */
        ct_witness_words(witness, _PyObject_InlineValues(object), 1);
        return;
    }
#else
    ct_witness_words(witness, _PyObject_DictOrValuesPointer(object), 1);
    if (values == NULL)
        return;
#endif
    int size = inline_size(values);
    for (int i = 0; i < size; i++)
        count = Py_MAX(count, inline_index(values, i) + 1);
#if PY_VERSION_HEX >= 0x030d0000
    ct_witness_words(witness, values, 1 + (size_t)count);
    ct_witness_words(witness, get_insertion_order_array(values),
                     (size_t)(size + 7) / 8);
#else
    size_t prefix = ((uint8_t *)values)[-1];
    ct_witness_words(witness, (char *)values - prefix, prefix / 8 + (size_t)count);
#endif
}

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

/* ---- dicts ----------------------------------------------------------------------- */

/* The dict behind a classic dict offset. */
static PyObject *offset_dict(PyObject *object)
{
    Py_ssize_t offset = Py_TYPE(object)->tp_dictoffset;
    if (offset <= 0) /* none; var-sized objects are not shown as structs */
        return NULL;
    return *(PyObject **)((char *)object + offset);
}

/* The values or the dict of an object; NULL and *dict NULL if it has neither. */
static PyDictValues *find_attributes(PyObject *object, PyObject **dict)
{
    PyDictValues *values = NULL;
    *dict = NULL;
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        values = inline_values(object, dict);
    else
        *dict = offset_dict(object);
    if (values != NULL || (*dict != NULL && !PyDict_Check(*dict)))
        *dict = NULL;
    return values;
}

PyObject *ct_object_dict(PyObject *object)
{
    PyObject *dict;
    find_attributes(object, &dict);
    return dict;
}

Py_ssize_t ct_object_visit_dict(PyObject *object, visit_function *visit, void *arg)
{
    PyObject *dict;
    PyDictValues *values = find_attributes(object, &dict);
    if (values != NULL)
        return visit_inline(object, values, visit, arg);
    return dict != NULL ? visit_dict(dict, visit, arg) : 0;
}

void ct_object_witness(struct ct_witness *witness, PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);
    PyObject *dict;
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        observe_values(witness, object, inline_values(object, &dict));
    else if (type->tp_dictoffset > 0)
        ct_witness_words(witness, (char *)object + type->tp_dictoffset, 1);
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

PyObject *const *ct_dict_text_entries(PyObject *dict, Py_ssize_t *count)
{
    _Static_assert(sizeof(PyDictUnicodeEntry) == 2 * sizeof(PyObject *),
                   "key and value");
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    if (((PyDictObject *)dict)->ma_values != NULL || !DK_IS_UNICODE(keys))
        return NULL;
    *count = keys->dk_nentries;
    return (PyObject *const *)(const void *)DK_UNICODE_ENTRIES(keys);
}

/* How many entries of a table hold the first `shown` that are not empty. */
static size_t table_extent(PyDictKeysObject *keys, Py_ssize_t shown)
{
    Py_ssize_t count = 0;
    for (; shown > 0 && count < keys->dk_nentries; count++)
        shown -= DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[count].me_value != NULL
                                     : DK_ENTRIES(keys)[count].me_value != NULL;
    return (size_t)count;
}

void ct_dict_witness(struct ct_witness *witness, PyObject *dict, Py_ssize_t shown)
{
    const PyDictObject *table = (PyDictObject *)dict;
    PyDictKeysObject *keys = table->ma_keys;
    if (table->ma_values != NULL) { /* of an object: keys and values apart */
        ct_witness_entries(witness, dict, shown);
        return;
    }
    ct_witness_words(witness, &table->ma_keys, 1);
    ct_witness_words(witness, &table->ma_values, 1);
    ct_witness_words(witness, &keys->dk_log2_size, 1); /* and the kind */
    size_t count = table_extent(keys, shown);
    if (DK_IS_UNICODE(keys))
        ct_witness_words(witness, DK_UNICODE_ENTRIES(keys),
                         count * (sizeof(PyDictUnicodeEntry) / sizeof(uint64_t)));
    else
        ct_witness_words(witness, DK_ENTRIES(keys),
                         count * (sizeof(PyDictKeyEntry) / sizeof(uint64_t)));
}
