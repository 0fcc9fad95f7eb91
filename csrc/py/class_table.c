/* The table of classes.
 *
 * What a struct's fields are is in class_layout.c, what a class is shown as in
 * class_kind.c. */
#include "py/class_table.h"

#include "py/class_layout.h"
#include "py/frame.h"
#include "py/text.h"

#include <stdlib.h>

#define CT_CLASSES_FIRST_CAPACITY 64 /* entries; doubled at half full */

/* ---- renaming --------------------------------------------------------------------
 */

/* What CPython calls for `cls.__qualname__ = …`; NULL until it has been replaced. */
static setter set_qualname;

/* A class that is renamed gets another version, as it does of any other change:
 * CPython leaves that out from 3.13 on. */
static int rename_class(PyObject *type, PyObject *name, void *closure)
{
    int status = set_qualname(type, name, closure);
    if (status == 0)
        PyType_Modified((PyTypeObject *)type);
    return status;
}

/* Once in a process, and never put back: it changes nothing that Python code sees. */
static void watch_renaming(void)
{
    PyGetSetDef *attribute = PyType_Type.tp_getset;
    while (attribute->name != NULL && strcmp(attribute->name, "__qualname__") != 0)
        attribute++;
    if (attribute->name == NULL || attribute->set == NULL || set_qualname != NULL)
        return;
    set_qualname = attribute->set;
    attribute->set = rename_class;
}

/* ---- the table ------------------------------------------------------------------- */

void ct_classes_init(struct ct_classes *classes, struct ct_names *names)
{
    memset(classes, 0, sizeof *classes);
    classes->names = names;
    classes->fallback.id = CT_CLASS_OBJECT;
    watch_renaming();
}

void ct_classes_fini(struct ct_classes *classes)
{
    for (size_t i = 0; i < classes->capacity; i++)
        ct_class_layout_free(classes->entries[i].layout);
    free(classes->entries);
    ct_strtab_fini(&classes->texts);
    ct_strtab_fini(&classes->shapes);
    ct_buf_fini(&classes->scratch);
}

PyObject *ct_class_dict_item(PyTypeObject *type, const char *key)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    if (type->tp_dict == NULL)
        return NULL;
    while (PyDict_Next(type->tp_dict, &pos, &name, &value)) {
        if (PyUnicode_CheckExact(name) && ct_text_equals(name, key))
            return value;
    }
    return NULL;
}

static bool is_same_name(PyObject *key, PyObject *name)
{
    return key == name ||
           (PyUnicode_CheckExact(key) && PyUnicode_Compare(key, name) == 0);
}

/* What a dict has under a name, or NULL. */
static PyObject *find_item(PyObject *dict, PyObject *name)
{
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    if (hash != -1 && ct_dict_has_plain_keys(dict))
        return _PyDict_GetItem_KnownHash(dict, name, hash);
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (is_same_name(key, name))
            return value;
    }
    return NULL;
}

PyObject *ct_class_find(PyTypeObject *type, PyObject *name)
{
    Py_ssize_t bases = type->tp_mro == NULL ? 0 : PyTuple_GET_SIZE(type->tp_mro);
    for (Py_ssize_t i = 0; i < bases; i++) {
        PyObject *base = PyTuple_GET_ITEM(type->tp_mro, i);
        PyObject *dict =
            PyType_Check(base) ? PyType_GetDict((PyTypeObject *)base) : NULL;
        PyObject *found = dict == NULL ? NULL : find_item(dict, name);
        Py_XDECREF(dict); /* the class keeps it */
        if (found != NULL)
            return found;
    }
    return NULL;
}

void ct_class_append_name(struct ct_buf *out, PyTypeObject *type)
{
    if (ct_is_c_type(type)) { /* tp_name says all */
        struct ct_text name = ct_text_of(type->tp_name);
        if (strncmp(name.bytes, "builtins.", 9) == 0)
            name = ct_text_of(type->tp_name + 9);
        ct_buf_append_text(out, name);
        return;
    }
    PyObject *module = ct_class_dict_item(type, "__module__");
    if (module != NULL && PyUnicode_Check(module) &&
        !ct_text_equals(module, "builtins")) {
        ct_text_append_all(out, module);
        ct_buf_append_byte(out, '.');
    }
    PyObject *qualname = ((PyHeapTypeObject *)type)->ht_qualname;
    if (qualname != NULL)
        ct_text_append_all(out, qualname);
    else
        ct_buf_append_text(out, ct_text_of(type->tp_name));
}

/* The place of `type`, or the empty place where it would stand. */
static struct ct_class_entry *find(const struct ct_classes *classes, PyTypeObject *type)
{
    size_t mask = classes->capacity - 1;
    size_t i = ((uintptr_t)type >> 4) * 0x9e3779b97f4a7c15u >> 32 & mask;
    while (classes->entries[i].type != NULL && classes->entries[i].type != type)
        i = (i + 1) & mask;
    return &classes->entries[i];
}

static bool grow(struct ct_classes *classes)
{
    if (classes->count * 2 < classes->capacity)
        return true;
    struct ct_classes larger = *classes;
    larger.capacity =
        classes->capacity == 0 ? CT_CLASSES_FIRST_CAPACITY : classes->capacity * 2;
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (larger.entries == NULL)
        return false;
    for (size_t i = 0; i < classes->capacity; i++) {
        if (classes->entries[i].type != NULL)
            *find(&larger, classes->entries[i].type) = classes->entries[i];
    }
    free(classes->entries);
    *classes = larger;
    classes->last = NULL;
    return true;
}

static uint64_t builtin_id(PyTypeObject *type)
{
    static const struct {
        PyTypeObject *type;
        enum ct_class id;
    } builtins[] = {
        {&PyBool_Type, CT_CLASS_BOOL},
        {&PyLong_Type, CT_CLASS_INT},
        {&PyFloat_Type, CT_CLASS_FLOAT},
        {&PyUnicode_Type, CT_CLASS_STR},
        {&PyTuple_Type, CT_CLASS_TUPLE},
        {&PyList_Type, CT_CLASS_LIST},
        {&PySet_Type, CT_CLASS_SET},
        {&PyFrozenSet_Type, CT_CLASS_FROZENSET},
        {&PyDict_Type, CT_CLASS_DICT},
        {&PyBytes_Type, CT_CLASS_BYTES},
        {&PyByteArray_Type, CT_CLASS_BYTEARRAY},
        {&PyMemoryView_Type, CT_CLASS_MEMORYVIEW},
        {&PyBaseObject_Type, CT_CLASS_OBJECT},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(builtins); i++) {
        if (builtins[i].type == type)
            return builtins[i].id;
    }
    return CT_CLASS_NONE;
}

/* The id of the class's present name, defined at first use; CT_CLASS_NONE on failure.
 */
static uint64_t id_of_name(struct ct_classes *classes, struct ct_stream *stream,
                           PyTypeObject *type)
{
    ct_buf_clear(&classes->scratch);
    ct_class_append_name(&classes->scratch, type);
    struct ct_text name = ct_buf_text(&classes->scratch);
    uint32_t count = classes->texts.count;
    uint32_t number =
        classes->scratch.failed ? CT_STRTAB_NONE : ct_strtab_add(&classes->texts, name);
    if (number == CT_STRTAB_NONE)
        return CT_CLASS_NONE;
    uint64_t id = CT_CLASS_FIRST + (uint64_t)number;
    if (number < count || ct_names_define(stream, CT_REC_CLASS, id, name))
        return id;
    return CT_CLASS_NONE;
}

unsigned int ct_class_version(PyTypeObject *type)
{
    if (type->tp_version_tag == 0)
        PyUnstable_Type_AssignVersionTag(type);
    return type->tp_version_tag;
}

struct ct_class_entry *ct_classes_find(struct ct_classes *classes,
                                       struct ct_stream *stream, PyTypeObject *type)
{
    if (!grow(classes))
        return &classes->fallback;
    struct ct_class_entry *entry = find(classes, type);
    if (entry->type != NULL && entry->version != 0 &&
        entry->version == type->tp_version_tag) {
        classes->last = entry;
        return entry;
    }
    classes->last = NULL;
    uint64_t id = builtin_id(type);
    if (id == CT_CLASS_NONE)
        id = id_of_name(classes, stream, type);
    if (id == CT_CLASS_NONE)
        return &classes->fallback;
    classes->count += entry->type == NULL;
    ct_class_layout_free(entry->layout);
    *entry = (struct ct_class_entry){
        .type = type,
        .version = ct_class_version(type),
        .kind = ct_class_kind_of(type),
        .id = id,
    };
    return entry;
}
