/* Observations: those that are more than a number or words, and whether all hold. */
#include "py/witness.h"

#include "py/object.h"
#include "py/value.h"
#include "py/value_parts.h"

/* ---- observations ---------------------------------------------------------------- */

static size_t words_of(size_t size)
{
    return (size + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

static void put_number(struct ct_witness *witness, uint64_t number)
{
    ct_witness_append(witness, &number, sizeof number);
}

/* Bytes, filled up to whole words. */
static void put_bytes(struct ct_witness *witness, const void *bytes, size_t size)
{
    const uint8_t nothing[sizeof(uint64_t)] = {0};
    ct_witness_append(witness, bytes, size);
    ct_witness_append(witness, nothing, words_of(size) * sizeof(uint64_t) - size);
}

/* A str of any class: memory apart, and what says where it lies and how far. */
static void observe_characters(struct ct_witness *witness, PyObject *str, size_t size)
{
    const PyASCIIObject *head = (PyASCIIObject *)str;
    ct_witness_words(witness, &head->length, 1);
    ct_witness_words(witness, &head->state, 1);
    if (!PyUnicode_IS_COMPACT(str))
        ct_witness_words(witness, &((PyUnicodeObject *)str)->data.any, 1);
    ct_witness_bytes(witness, PyUnicode_DATA(str), size);
}

void ct_witness_characters(struct ct_witness *witness, PyObject *str, Py_ssize_t limit)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    size_t kind = PyUnicode_KIND(str);
    size_t size = (size_t)Py_MIN(length, limit) * kind;
    if (!PyUnicode_CheckExact(str)) {
        observe_characters(witness, str, size);
    } else {
        ct_witness_number(witness, str, CT_OBSERVED_CHARACTERS, (uint64_t)length);
        put_number(witness, (uint64_t)size << CT_CHARACTERS_SHIFT | kind);
        put_bytes(witness, PyUnicode_DATA(str), size);
    }
}

void ct_witness_bytes(struct ct_witness *witness, const void *bytes, size_t size)
{
    ct_witness_more(witness, CT_OBSERVED_BYTES, bytes, 1 + words_of(size));
    put_number(witness, size);
    put_bytes(witness, bytes, size);
}

/* Fills in the size of the observation whose head ends at byte `start`. */
static void end_more(struct ct_witness *witness, size_t start)
{
    const struct ct_buf *words = &witness->words;
    if (words->failed)
        return;
    uint64_t *head = (uint64_t *)(void *)(words->data + start) - 2;
    *head |= (words->size - start) / sizeof *head << CT_MORE_SIZE_SHIFT;
}

void ct_witness_entries(struct ct_witness *witness, PyObject *dict, Py_ssize_t shown)
{
    PyObject *entry[2];
    Py_ssize_t pos = 0;
    ct_witness_more(witness, CT_OBSERVED_ENTRIES, dict, 0);
    size_t start = witness->words.size;
    while (shown-- > 0 && PyDict_Next(dict, &pos, &entry[0], &entry[1]))
        ct_witness_append(witness, entry, sizeof entry);
    end_more(witness, start);
}

void ct_witness_deque(struct ct_witness *witness, PyObject *deque, Py_ssize_t shown)
{
    const PySequenceMethods *methods = ct_deque_methods(deque);
    ct_witness_more(witness, CT_OBSERVED_DEQUE, deque, 1 + (size_t)shown);
    put_number(witness, (uint64_t)methods->sq_length(deque));
    for (Py_ssize_t i = 0; i < shown; i++) {
        PyObject *item = methods->sq_item(deque, i);
        ct_witness_append(witness, &item, sizeof item);
        Py_XDECREF(item); /* the deque holds it */
    }
}

/* The version of a class that is an object in sight. */
static bool observe_class(struct ct_witness *witness, PyObject *object)
{
    const PyTypeObject *type = (PyTypeObject *)object;
    bool has_version = ct_class_version((PyTypeObject *)object) != 0;
    ct_witness_words(witness, &type->tp_version_tag, 1);
    return has_version;
}

/* The class of an object, and which it is if it is one. */
static bool observe_class_of(struct ct_witness *witness, PyObject *object)
{
    unsigned int version = ct_class_version(Py_TYPE(object));
    ct_witness_number(witness, object, CT_OBSERVED_CLASS, version);
    return version != 0 && (!PyType_Check(object) || observe_class(witness, object));
}

static bool observe_name(struct ct_witness *witness, PyObject *const *name)
{
    ct_witness_words(witness, name, 1);
    if (*name == NULL || !PyUnicode_CheckExact(*name))
        return *name == NULL;
    ct_witness_text(witness, *name, PY_SSIZE_T_MAX);
    return true;
}

static bool observe_method(struct ct_witness *witness, PyMethodObject *method)
{
    PyObject *function = method->im_func;
    ct_witness_words(witness, &method->im_func, 1);
    ct_witness_words(witness, &method->im_self, 1);
    ct_witness_words(witness, &function->ob_type, 1);
    return (!PyFunction_Check(function) ||
            observe_name(witness, &((PyFunctionObject *)function)->func_qualname)) &&
           observe_class_of(witness, method->im_self);
}

/* A C function or method. */
static bool observe_builtin(struct ct_witness *witness, PyObject *object)
{
    if (!PyCFunction_Check(object)) {
        const PyDescrObject *descriptor = (PyDescrObject *)object;
        ct_witness_words(witness, &descriptor->d_type, 1);
        return observe_name(witness, &descriptor->d_name) &&
               observe_class(witness, (PyObject *)descriptor->d_type);
    }
    const PyCFunctionObject *function = (PyCFunctionObject *)object;
    const PyMethodDef *definition = function->m_ml;
    ct_witness_words(witness, &function->m_ml, 1);
    ct_witness_words(witness, &function->m_self, 1);
    ct_witness_words(witness, &definition->ml_name, 1);
    ct_witness_bytes(witness, definition->ml_name, strlen(definition->ml_name) + 1);
    return function->m_self == NULL || observe_class_of(witness, function->m_self);
}

bool ct_witness_names(struct ct_witness *witness, PyObject *object,
                      enum ct_class_kind kind)
{
    switch (kind) {
    case CT_KIND_OF_FUNCTION:
        return observe_name(witness, &((PyFunctionObject *)object)->func_qualname);
    case CT_KIND_OF_CLASS:
        return observe_class(witness, object);
    case CT_KIND_OF_BUILTIN:
        return observe_builtin(witness, object);
    case CT_KIND_OF_METHOD:
        return observe_method(witness, (PyMethodObject *)object);
    default:
        return false;
    }
}

void ct_witness_opaque(struct ct_witness *witness, PyObject *object, uint64_t encoding)
{
    ct_witness_more(witness, CT_OBSERVED_OPAQUE, object, 1);
    put_number(witness, encoding);
}

/* ---- whether they hold ----------------------------------------------------------- */

static inline bool are_words(const void *address, const uint64_t *words, size_t count)
{
    const char *at = address;
    uint64_t word;
    if (count >= 8)
        return memcmp(at, words, count * sizeof word) == 0;
    do {
        memcpy(&word, at, sizeof word);
        if (word != *words++)
            return false;
        at += sizeof word;
    } while (--count > 0);
    return true;
}

/* The same of a few bytes. */
static inline bool are_bytes(const void *address, const void *bytes, size_t size)
{
    const char *at = address, *wanted = bytes;
    uint64_t one, other;
    if (size < sizeof one || size > 64)
        return memcmp(at, wanted, size) == 0;
    for (size_t i = 0;; i += sizeof one) {
        i = Py_MIN(i, size - sizeof one); /* the last ones overlap */
        memcpy(&one, at + i, sizeof one);
        memcpy(&other, wanted + i, sizeof other);
        if (one != other)
            return false;
        if (i + sizeof one == size)
            return true;
    }
}

static inline bool are_characters(PyObject *str, uint64_t length, const uint64_t *words)
{
    return Py_IS_TYPE(str, &PyUnicode_Type) &&
           (uint64_t)PyUnicode_GET_LENGTH(str) == length &&
           (words[0] & CT_CHARACTERS_KIND) == (uint64_t)PyUnicode_KIND(str) &&
           are_bytes(PyUnicode_DATA(str), words + 1, words[0] >> CT_CHARACTERS_SHIFT);
}

static bool are_entries(PyObject *dict, const uint64_t *words, size_t count)
{
    PyObject *entry[2];
    Py_ssize_t pos = 0;
    for (; count >= 2; count -= 2, words += 2) {
        if (!PyDict_Next(dict, &pos, &entry[0], &entry[1]) ||
            memcmp(entry, words, sizeof entry) != 0)
            return false;
    }
    return true;
}

static bool are_items(PyObject *deque, const uint64_t *words, size_t count)
{
    const PySequenceMethods *methods = ct_deque_methods(deque);
    if ((uint64_t)methods->sq_length(deque) != words[0])
        return false;
    for (size_t i = 1; i < count; i++) {
        PyObject *item = methods->sq_item(deque, (Py_ssize_t)i - 1);
        bool is_same = (uintptr_t)item == words[i];
        Py_XDECREF(item);
        if (!is_same)
            return false;
    }
    return true;
}

static inline bool is_small_int(PyObject *integer, uint64_t value)
{
    return Py_IS_TYPE(integer, &PyLong_Type) &&
           PyUnstable_Long_IsCompact((PyLongObject *)integer) &&
           (uint64_t)PyUnstable_Long_CompactValue((PyLongObject *)integer) == value;
}

static bool is_long(PyObject *integer, uint64_t value)
{
    int overflow;
    return (uint64_t)PyLong_AsLongLongAndOverflow(integer, &overflow) == value &&
           overflow == 0;
}

static bool is_opaque(struct ct_encoder *encoder, PyObject *object, uint64_t encoding)
{
    struct ct_buf *out = &encoder->out;
    size_t start = out->size;
    struct ct_class_entry *entry = ct_encode_class(encoder, Py_TYPE(object));
    uint64_t bytes = ct_encode_opaque(encoder, object, entry);
    out->size = start;
    return !out->failed && bytes == encoding;
}

static __attribute__((noinline)) bool holds_more(struct ct_encoder *encoder,
                                                 enum ct_observed_more kind,
                                                 PyObject *object,
                                                 const uint64_t *words, size_t count)
{
    switch (kind) {
    case CT_OBSERVED_LONG:
        return is_long(object, words[0]);
    case CT_OBSERVED_BYTES:
        return memcmp(object, words + 1, words[0]) == 0;
    case CT_OBSERVED_DEQUE:
        return are_items(object, words, count);
    case CT_OBSERVED_ENTRIES:
        return are_entries(object, words, count);
    case CT_OBSERVED_DICT:
        return (uintptr_t)ct_object_dict(object) == words[0];
    default:
        return is_opaque(encoder, object, words[0]);
    }
}

bool ct_witness_holds_on(struct ct_encoder *encoder, const uint64_t *words,
                         size_t count)
{
    const uint64_t *end = words + count;
    while (words < end) {
        uint64_t head = words[0], content = words[1];
        const void *address =
            (const void *)(uintptr_t)(head & ~(uint64_t)CT_OBSERVED_BITS);
        PyObject *observed = (PyObject *)(uintptr_t)address;
        size_t size;
        words += 2;
        switch ((enum ct_observed)(head & CT_OBSERVED_BITS)) {
        case CT_OBSERVED_WORDS:
            if (!are_words(address, words, content))
                return false;
            words += content;
            break;
        case CT_OBSERVED_CLASS:
            if (Py_TYPE(observed)->tp_version_tag != content)
                return false;
            break;
        case CT_OBSERVED_TEXT:
            if (!Py_IS_TYPE(observed, &PyUnicode_Type) ||
                (uint64_t)((PyASCIIObject *)observed)->hash != content)
                return false;
            break;
        case CT_OBSERVED_CHARACTERS:
            if (!are_characters(observed, content, words))
                return false;
            words += 1 + words_of(words[0] >> CT_CHARACTERS_SHIFT);
            break;
        case CT_OBSERVED_INT:
            if (!is_small_int(observed, content))
                return false;
            break;
        case CT_OBSERVED_FLOAT:
            if (!Py_IS_TYPE(observed, &PyFloat_Type) ||
                ct_float_bits(observed) != content)
                return false;
            break;
        case CT_OBSERVED_VERSION:
            words += 1 + (ct_dict_version(observed) == content ? words[0] : 0);
            break;
        default:
            size = head >> CT_MORE_SIZE_SHIFT;
            if (!holds_more(encoder,
                            (enum ct_observed_more)(head >> CT_MORE_SHIFT & 31),
                            (PyObject *)(uintptr_t)content, words, size))
                return false;
            words += size;
        }
    }
    return true;
}
