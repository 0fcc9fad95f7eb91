/* Finding the class of generated code by its first argument: an instance, or for
 * `__new__` the class itself, in whose dict a function of this code stands. */
#include "py/generated.h"

#include "base/buf.h"
#include "py/text.h"

#include <stdlib.h>

#define CT_WRAPPERS 8 /* functions around one another that are looked through */

void ct_class_places_fini(struct ct_class_places *places)
{
    ct_strtab_fini(&places->keys);
    free(places->places);
}

/* Appends the key of a class; false if it has none. */
static bool append_key(struct ct_buf *out, PyObject *module, PyObject *qualname)
{
    if (module == NULL || !PyUnicode_Check(module) || qualname == NULL)
        return false;
    ct_text_append_all(out, module);
    ct_buf_append_byte(out, ' ');
    ct_text_append_all(out, qualname);
    return !out->failed;
}

/* What a dict has under a key, found without a comparison of keys; or NULL. */
static PyObject *item(PyObject *dict, const char *key)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    if (dict == NULL || !PyDict_Check(dict))
        return NULL;
    while (PyDict_Next(dict, &pos, &name, &value)) {
        if (PyUnicode_CheckExact(name) && ct_text_equals(name, key))
            return value;
    }
    return NULL;
}

void ct_class_places_add(struct ct_class_places *places, struct ct_frame *frame,
                         uint64_t path_id, int line)
{
    struct ct_buf key = {0};
    PyCodeObject *code = ct_frame_code(frame);
    if (append_key(&key, item(ct_frame_globals(frame), "__name__"),
                   code->co_qualname)) {
        uint32_t number = ct_strtab_add(&places->keys, ct_buf_text(&key));
        if (number != CT_STRTAB_NONE && number >= places->capacity) {
            size_t capacity = places->capacity == 0 ? 64 : places->capacity * 2;
            struct ct_class_place *larger =
                realloc(places->places, capacity * sizeof *larger);
            if (larger == NULL)
                number = CT_STRTAB_NONE;
            else
                places->places = larger, places->capacity = capacity;
        }
        if (number != CT_STRTAB_NONE)
            places->places[number] = (struct ct_class_place){path_id, line};
    }
    ct_buf_fini(&key);
}

/* Whether an object is a function of this code, or one that `functools.wraps` has put
 * around it. */
static bool is_function_of(PyObject *object, const PyCodeObject *code)
{
    for (int i = 0; i < CT_WRAPPERS && object != NULL && PyFunction_Check(object);
         i++) {
        PyFunctionObject *function = (PyFunctionObject *)object;
        if (function->func_code == (const PyObject *)code)
            return true;
        object = item(function->func_dict, "__wrapped__");
    }
    return false;
}

PyObject *ct_generated_name(PyTypeObject *type, const PyCodeObject *code)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    if (type->tp_dict == NULL || !(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return NULL;
    while (PyDict_Next(type->tp_dict, &pos, &name, &value)) {
        bool is_found = is_function_of(value, code);
        if (Py_IS_TYPE(value, &PyStaticMethod_Type)) {
            PyObject *wrapped = PyStaticMethod_Type.tp_descr_get(value, NULL, NULL);
            is_found = wrapped != NULL && is_function_of(wrapped, code);
            Py_XDECREF(wrapped);
        }
        if (is_found && PyUnicode_Check(name))
            return name;
    }
    return NULL;
}

static PyTypeObject *find_owner(PyObject *first, const PyCodeObject *code)
{
    PyTypeObject *type = PyType_Check(first) ? (PyTypeObject *)first : Py_TYPE(first);
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        if (PyType_Check(base) && ct_generated_name((PyTypeObject *)base, code) != NULL)
            return (PyTypeObject *)base;
    }
    return NULL;
}

/* `<string>`, `<attrs generated …>`, `namedtuple_Point`. */
static bool is_generated_name(PyObject *filename)
{
    static const char prefix[] = "namedtuple_";
    Py_ssize_t length = PyUnicode_GET_LENGTH(filename);
    if (length > 0 && PyUnicode_READ_CHAR(filename, 0) == '<')
        return true;
    return PyUnicode_IS_ASCII(filename) && (size_t)length > sizeof prefix - 1 &&
           memcmp(PyUnicode_DATA(filename), prefix, sizeof prefix - 1) == 0;
}

const struct ct_class_place *ct_class_places_find(const struct ct_class_places *places,
                                                  PyCodeObject *code,
                                                  struct ct_frame *frame,
                                                  PyTypeObject **owner)
{
    if (places->keys.count == 0 || code->co_argcount == 0 ||
        !is_generated_name(code->co_filename))
        return NULL;
    struct ct_local argument = {.index = 0,
                                .name = PyTuple_GET_ITEM(code->co_localsplusnames, 0)};
    PyObject *first;
    ct_frame_read(frame, &argument, 1, &first);
    *owner = first == NULL ? NULL : find_owner(first, code);
    if (*owner == NULL)
        return NULL;
    struct ct_buf key = {0};
    uint32_t number = CT_STRTAB_NONE;
    if (append_key(&key, item((*owner)->tp_dict, "__module__"),
                   ((PyHeapTypeObject *)*owner)->ht_qualname))
        number = ct_strtab_find(&places->keys, ct_buf_text(&key));
    ct_buf_fini(&key);
    return number == CT_STRTAB_NONE ? NULL : &places->places[number];
}
