/* Generated code of recorded classes.
 *
 * `dataclass.__init__` and its like are compiled from a text that no file has. When the
 * class they belong to is recorded, so are they, as `Class.__init__` with all their
 * code on the line of the class statement, on which a step shows them beginning. Needs
 * an attached thread state; runs no Python code. */
#pragma once

#include "base/strtab.h"
#include "py/compat.h"
#include "py/frame.h"

#include <stdbool.h>
#include <stdint.h>

/* Where the bodies of recorded classes stand. Zeroed memory is an empty table. */
struct ct_class_places {
    struct ct_strtab keys;         /* "module qualname" */
    struct ct_class_place *places; /* owned, by number of the key */
    size_t capacity;
};

struct ct_class_place {
    uint64_t path_id;
    int line;
};

void ct_class_places_fini(struct ct_class_places *places);

/* Remembers the body of a class that is entered in `frame`. */
void ct_class_places_add(struct ct_class_places *places, struct ct_frame *frame,
                         uint64_t path_id, int line);

/* If `code`, entered in `frame`, is generated code of a class that is recorded: where
 * that class stands, with the class's own name for it in *owner (borrowed). Else NULL.
 */
const struct ct_class_place *ct_class_places_find(const struct ct_class_places *places,
                                                  PyCodeObject *code,
                                                  struct ct_frame *frame,
                                                  PyTypeObject **owner);

/* The name under which a class's own dict holds a function of this code, plain, static
 * or wrapped (a dataclass's `__repr__`): borrowed, NULL if it does not. The code itself
 * may be that of a lambda. */
PyObject *ct_generated_name(PyTypeObject *type, const PyCodeObject *code);
