/* Members of `__slots__` and the cache of shapes. */
#include "py/class_layout.h"

#include "py/library_class.h"

#include <stdlib.h>

#define CT_SHAPES_KEPT                                                                 \
    8 /* a class: objects of one class rarely differ in more ways                      \
       */

struct ct_shape {
    struct ct_shape *next;
    uint64_t id;
    int count;
    bool is_cut;
    struct {
        PyObject *name; /* borrowed, maybe dead: counts together with its hash */
        Py_hash_t hash;
    } fields[];
};

void ct_class_layout_free(struct ct_class_layout *layout)
{
    if (layout == NULL)
        return;
    while (layout->shapes != NULL) {
        struct ct_shape *shape = layout->shapes;
        layout->shapes = shape->next;
        free(shape);
    }
    free(layout->members);
    free(layout);
}

/* Adds the object members that `type` itself defines. A descriptor copied from another
 * class does not describe this one's objects. */
static bool add_members(struct ct_class_layout *layout, PyTypeObject *type)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    if (type->tp_dict == NULL)
        return true;
    while (PyDict_Next(type->tp_dict, &pos, &name, &value)) {
        if (!PyUnicode_CheckExact(name) || !ct_is_object_member(value) ||
            ((PyDescrObject *)value)->d_type != type)
            continue;
        struct ct_member *members =
            realloc(layout->members,
                    (size_t)(layout->member_count + 1) * sizeof *layout->members);
        if (members == NULL)
            return false;
        layout->members = members;
        members[layout->member_count++] =
            (struct ct_member){name, ((PyMemberDescrObject *)value)->d_member->offset};
    }
    return true;
}

static PyObject *find_field_names(PyTypeObject *type, enum ct_class_kind kind)
{
    const char *key = kind == CT_KIND_OF_NAMEDTUPLE  ? "_fields"
                      : kind == CT_KIND_OF_DATACLASS ? "__dataclass_fields__"
                                                     : NULL;
    if (key == NULL || type->tp_mro == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(type->tp_mro, i);
        PyObject *names =
            PyType_Check(base) ? ct_class_dict_item((PyTypeObject *)base, key) : NULL;
        if (names != NULL)
            return PyTuple_CheckExact(names) || PyDict_CheckExact(names) ? names : NULL;
    }
    return NULL;
}

struct ct_class_layout *ct_class_layout_get(struct ct_class_entry *entry)
{
    if (entry->layout != NULL)
        return entry->layout;
    PyTypeObject *type = entry->type;
    struct ct_class_layout *layout = calloc(1, sizeof *layout);
    bool is_made = layout != NULL;
    Py_ssize_t bases = type->tp_mro == NULL ? 0 : PyTuple_GET_SIZE(type->tp_mro);
    for (Py_ssize_t i = bases; is_made && i-- > 0;) {
        PyObject *base = PyTuple_GET_ITEM(type->tp_mro, i);
        if (PyType_Check(base) &&
            (((PyTypeObject *)base)->tp_flags & Py_TPFLAGS_HEAPTYPE))
            is_made = add_members(layout, (PyTypeObject *)base);
    }
    if (!is_made) {
        ct_class_layout_free(layout);
        return NULL;
    }
    layout->field_names = find_field_names(type, entry->kind);
    layout->inline_shape = CT_ID_NONE;
    entry->layout = layout;
    return layout;
}

static bool is_same(const struct ct_shape *shape, const struct ct_field *fields,
                    int count, bool is_cut)
{
    if (shape->count != count || shape->is_cut != is_cut)
        return false;
    for (int i = 0; i < count; i++) {
        if (shape->fields[i].name != fields[i].name ||
            shape->fields[i].hash != ((PyASCIIObject *)fields[i].name)->hash)
            return false;
    }
    return true;
}

/* Defines the shape on the tape if its like is not there yet; CT_ID_NONE on failure. */
static uint64_t define(struct ct_classes *classes, struct ct_stream *stream,
                       uint64_t class_id, const struct ct_field *fields, int count,
                       bool is_cut)
{
    struct ct_buf *record = &classes->scratch;
    size_t size = ((size_t)count + 3) * CT_VARINT_MAX;
    ct_buf_clear(record);
    if (!ct_buf_reserve(record, size))
        return CT_ID_NONE;
    uint8_t *at = ct_varint_put(record->data, class_id);
    at = ct_varint_put(at, (uint64_t)count + is_cut);
    for (int i = 0; i < count + is_cut; i++) {
        uint64_t name = i < count
                            ? ct_names_id(classes->names, stream, fields[i].name)
                            : ct_names_text_id(classes->names, stream, CT_TEXT("…"));
        if (name == CT_ID_NONE)
            return CT_ID_NONE;
        at = ct_varint_put(at, name);
    }
    record->size = (size_t)(at - record->data);
    uint32_t known = classes->shapes.count;
    uint32_t id = ct_strtab_add(&classes->shapes, ct_buf_text(record));
    if (id == CT_STRTAB_NONE)
        return CT_ID_NONE;
    if (id < known)
        return id;
    if (!ct_stream_reserve(stream, 1 + CT_VARINT_MAX + record->size))
        return CT_ID_NONE;
    *stream->cursor++ = CT_REC_SHAPE;
    ct_stream_number(stream, id);
    memcpy(stream->cursor, record->data, record->size);
    stream->cursor += record->size;
    return id;
}

/* Keeps the shape as the one used last; forgets the oldest if there are too many. */
static void keep(struct ct_class_layout *layout, uint64_t id,
                 const struct ct_field *fields, int count, bool is_cut)
{
    struct ct_shape *shape =
        malloc(sizeof *shape + (size_t)count * sizeof shape->fields[0]);
    if (shape == NULL)
        return;
    *shape = (struct ct_shape){layout->shapes, id, count, is_cut};
    for (int i = 0; i < count; i++) {
        shape->fields[i].name = fields[i].name;
        shape->fields[i].hash = ((PyASCIIObject *)fields[i].name)->hash;
    }
    layout->shapes = shape;
    if (++layout->shape_count <= CT_SHAPES_KEPT)
        return;
    struct ct_shape **last = &layout->shapes;
    while ((*last)->next != NULL)
        last = &(*last)->next;
    free(*last);
    *last = NULL;
    layout->shape_count--;
}

uint64_t ct_class_layout_shape(struct ct_classes *classes, struct ct_stream *stream,
                               struct ct_class_entry *entry,
                               const struct ct_field *fields, int count, bool is_cut)
{
    struct ct_class_layout *layout = entry->layout;
    for (struct ct_shape **link = &layout->shapes; *link != NULL;
         link = &(*link)->next) {
        struct ct_shape *shape = *link;
        if (!is_same(shape, fields, count, is_cut))
            continue;
        *link = shape->next;
        shape->next = layout->shapes;
        layout->shapes = shape;
        return shape->id;
    }
    uint64_t id = define(classes, stream, entry->id, fields, count, is_cut);
    if (id != CT_ID_NONE)
        keep(layout, id, fields, count, is_cut);
    return id;
}
