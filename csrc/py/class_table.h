/* Classes as the tape names them: an id per class, defined at first use.
 *
 * Keyed by the type object's address without a reference, so an entry is checked at
 * each use: a class may have died and another been made at its address, or been
 * renamed. Needs an attached thread state; runs no Python code. */
#pragma once

#include "base/buf.h"
#include "base/strtab.h"
#include "py/compat.h"
#include "tape/tape_writer.h"

#include <stdbool.h>
#include <stdint.h>

struct ct_class_entry {
    PyTypeObject *type;   /* borrowed, maybe dead; NULL: an empty place */
    unsigned int version; /* tp_version_tag when the name was read; 0: none */
    uint64_t id;          /* of its name */
};

struct ct_classes {
    struct ct_class_entry *entries; /* owned, open addressing */
    size_t capacity;                /* a power of two, or 0 */
    size_t count;
    struct ct_strtab names; /* class ids are CT_CLASS_FIRST + the number of the name */
    struct ct_buf name;     /* scratch */
};

void ct_classes_init(struct ct_classes *classes);
void ct_classes_fini(struct ct_classes *classes);

/* The id of `type`; writes its CLASS record to `stream` when it has none yet. Returns
 * CT_CLASS_OBJECT when memory or the tape is out (the tape's own status tells). */
uint64_t ct_classes_id(struct ct_classes *classes, struct ct_stream *stream,
                       PyTypeObject *type);

/* Appends Python's own name of a class: `int`, `collections.deque`, `app.models.User`.
 */
void ct_class_append_name(struct ct_buf *out, PyTypeObject *type);
