/* The fields of a class's instances, and the shapes they make on the tape.
 *
 * Found once per class and kept in its entry; everything in it is borrowed from the
 * class, whose version tag says when it has changed. */
#pragma once

#include "py/class_table.h"

/* A field as it is collected from an object; both borrowed. */
struct ct_field {
    PyObject *name; /* an exact str */
    PyObject *value;
};

/* A variable that lies in the object itself (`__slots__`). */
struct ct_member {
    PyObject *name;
    Py_ssize_t offset;
};

struct ct_verdict;

struct ct_class_layout {
    struct ct_member *members; /* owned: bases first */
    int member_count;
    struct ct_verdict *open_members; /* a verdict that hides none of them; or NULL */
    PyObject *field_names; /* borrowed: a namedtuple's `_fields` (tuple), a dataclass's
                              `__dataclass_fields__` (dict), or NULL */
    /* The shape of objects whose fields all lie inline, by ct_object_inline_values'
     * number of their names; CT_ID_NONE: none is known. */
    uint64_t inline_names, inline_shape;
    int inline_count;
    struct ct_verdict *inline_fields; /* for which none of them is hidden */
    struct ct_shape *shapes;          /* owned list, the last used first */
    int shape_count;
};

/* The layout of an entry's class; NULL when memory is out. */
struct ct_class_layout *ct_class_layout_get(struct ct_class_entry *entry);
void ct_class_layout_free(struct ct_class_layout *layout);

/* The id of the shape that `count` fields of these names make, with a last field `…`
 * if `is_cut`; defined on the tape at first use. CT_ID_NONE when memory or the tape is
 * out. */
uint64_t ct_class_layout_shape(struct ct_classes *classes, struct ct_stream *stream,
                               struct ct_class_entry *entry,
                               const struct ct_field *fields, int count, bool is_cut);
