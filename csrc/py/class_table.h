/* Classes as the recorder knows them: an id on the tape, and how their values are
 * shown.
 *
 * Keyed by the type object's address without a reference, so an entry is checked at
 * each use: a class may have died and another been made at its address, or been
 * changed. Needs an attached thread state; runs no Python code. */
#pragma once

#include "base/buf.h"
#include "base/strtab.h"
#include "py/class_kind.h"
#include "py/compat.h"
#include "py/names.h"
#include "tape/tape_writer.h"

#include <stdbool.h>
#include <stdint.h>

struct ct_class_layout;

struct ct_class_entry {
    PyTypeObject *type;   /* borrowed, maybe dead; NULL: an empty place */
    unsigned int version; /* tp_version_tag when the entry was made; 0: none */
    enum ct_class_kind kind;
    uint64_t id;                    /* of its name on the tape */
    struct ct_class_layout *layout; /* owned; of structs only, NULL until needed */
};

struct ct_classes {
    struct ct_class_entry *entries; /* owned, open addressing */
    size_t capacity;                /* a power of two, or 0 */
    size_t count;
    struct ct_class_entry *last; /* the entry used last, or NULL */
    struct ct_strtab texts;  /* class ids are CT_CLASS_FIRST + the number of the name */
    struct ct_strtab shapes; /* SHAPE records by their content; ids are the numbers */
    struct ct_buf scratch;
    struct ct_names *names;         /* borrowed */
    struct ct_class_entry fallback; /* for when memory is out */
};

void ct_classes_init(struct ct_classes *classes, struct ct_names *names);
void ct_classes_fini(struct ct_classes *classes);

struct ct_class_entry *ct_classes_find(struct ct_classes *classes,
                                       struct ct_stream *stream, PyTypeObject *type);

/* The entry of `type`, made at first use with its CLASS record written to `stream`.
 * Borrowed until the next call. When memory or the tape is out: a plain object. */
static inline struct ct_class_entry *
ct_classes_get(struct ct_classes *classes, struct ct_stream *stream, PyTypeObject *type)
{
    struct ct_class_entry *last = classes->last;
    if (last != NULL && last->type == type && last->version == type->tp_version_tag &&
        last->version != 0)
        return last;
    return ct_classes_find(classes, stream, type);
}

/* The version of a class, which changes with its name and all else that it holds;
 * assigned now if it has none. 0 only when CPython has run out of them. */
unsigned int ct_class_version(PyTypeObject *type);

/* Appends Python's own name of a class: `int`, `collections.deque`, `app.models.User`.
 */
void ct_class_append_name(struct ct_buf *out, PyTypeObject *type);

/* What the dicts of a class and its bases say under a name, or NULL; borrowed. Runs no
 * code of keys either. */
PyObject *ct_class_find(PyTypeObject *type, PyObject *name);

/* The value under `key` in a class's dict, or NULL; borrowed. Compares no objects but
 * exact strings, so it runs no code of keys. */
PyObject *ct_class_dict_item(PyTypeObject *type, const char *key);
