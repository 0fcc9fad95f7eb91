/* A memo of the containers made lately: by their bytes on the tape, what was made of
 * them for the file, its bytes or its place.
 *
 * What stands at the front of a value is found by its first bytes, without knowing how
 * long it is: a value's bytes say where it ends, so where those of a container that is
 * known stand, it is that one. */
#pragma once

#include "tape/record_reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory is an empty one. */
struct ct_rendered {
    struct ct_rendered_store *store; /* owned; NULL: nothing is known */
};

/* What is known of a container. */
struct ct_rendered_entry {
    uint32_t at;         /* in the store's bytes: its value */
    uint32_t value_size; /* bytes */
    uint32_t made_size;  /* bytes, behind the value */
    uint32_t words;      /* trace.bin: as in ct_subtree; 0 in trace.json */
    uint64_t place;      /* likewise */
    uint32_t count;      /* children of its node */
    uint32_t type_id;    /* … */
    uint8_t kind;        /* … */
    bool is_cut;         /* there is a cut mark in it */
};

void ct_rendered_fini(struct ct_rendered *memo);

/* Whether there is little room left. */
bool ct_rendered_is_full(const struct ct_rendered *memo);

/* Forgets all. Until the next call nothing is. */
void ct_rendered_clear(struct ct_rendered *memo);

/* The container at the front of `in`; NULL if it is not known, as those of less than
 * CT_RENDERED_MIN bytes never are. Until the next addition. */
const struct ct_rendered_entry *ct_rendered_find(const struct ct_rendered *memo,
                                                 const struct ct_span *in);

/* What was made of a container; until ct_rendered_clear. */
const uint8_t *ct_rendered_made(const struct ct_rendered *memo,
                                const struct ct_rendered_entry *entry);

/* Adds a container (but for `at`) with its value, CT_RENDERED_MIN … CT_RENDERED_MAX
 * bytes, and what was made of it, if there is room and memory. One of more than
 * CT_RENDERED_SHORT bytes with both is added when it comes for the second time. */
void ct_rendered_add(struct ct_rendered *memo, const struct ct_rendered_entry *entry,
                     const uint8_t *value, const uint8_t *made);
