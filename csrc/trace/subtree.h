/* The containers in a rendered value, so that the next value of the same variable is
 * decoded and rendered only where it differs.
 *
 * Neither the bytes of a container on the tape nor those that are made of it for the
 * record depend on what is around it: in trace.json its text, in trace.bin what lies
 * below its ValueRecord, from a list's tag to a type id, two words that join no packed
 * run. So where a value has the bytes of a container of the value before, what was made
 * of that is copied. */
#pragma once

#include "base/buf.h"
#include "tape/record_reader.h"
#include "trace/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers are from the beginning of the value, the record, its payload. */
struct ct_subtree {
    uint32_t value_at, value_size; /* bytes of the value */
    uint32_t at, size;             /* bytes of the record; set by its writer */
    uint32_t word, words;          /* trace.bin: words of the payload; likewise */
    uint32_t next;                 /* index of the first subtree that is not in this */
    uint32_t count;                /* children of its node */
    uint32_t type_id;              /* … */
    uint8_t kind;                  /* … */
    bool is_cut;                   /* there is a cut mark in it */
    const uint8_t *kept; /* what was made of it before: `size` bytes, which were at
                            `at`, to be copied. Borrowed; NULL: it is to be made */
};

/* A value, its record, and their subtrees, each in front of those in it. Borrowed. */
struct ct_rendering {
    const uint8_t *value;
    const uint8_t *record;
    const struct ct_subtree *subtrees;
    uint32_t count;
};

/* The subtree that a node of the tree is, or NULL. */
static inline struct ct_subtree *ct_subtree_of(const struct ct_tree *tree,
                                               const struct ct_node *node)
{
    return node->subtree == 0 ? NULL : &tree->subtrees[node->subtree - 1];
}

/* A value being decoded: what has been found in it, and what may come. */
struct ct_subtrees {
    struct ct_buf *found;               /* borrowed: struct ct_subtree */
    const uint8_t *value;               /* where it begins */
    const struct ct_rendering *earlier; /* borrowed: the value before */
    uint32_t expected, expected_end;    /* its subtrees that may come next: indexes */
};

/* Of a container being decoded. */
struct ct_open_subtree {
    const uint8_t *from;
    uint32_t index;
    uint32_t expected, expected_behind, expected_end;
};

/* Takes the value at the front of `in`, a container by its tag, if it is the subtree of
 * the value before that is expected, or the one behind it: makes its node, all but
 * `next`. False, and nothing taken, if it is not. */
bool ct_subtrees_keep(struct ct_subtrees *subtrees, struct ct_span *in,
                      struct ct_node *node, bool *is_cut);

/* Begins the container at the front of `in`. What may come in it are the subtrees of
 * the one that is expected. */
struct ct_open_subtree ct_subtrees_open(struct ct_subtrees *subtrees,
                                        const struct ct_span *in);

/* Ends it: `node` gets its subtree unless it is a small one, or no container. */
void ct_subtrees_close(struct ct_subtrees *subtrees, const struct ct_open_subtree *open,
                       const struct ct_span *in, struct ct_node *node, bool is_cut);

/* Tells that what was made of a kept subtree, and of those in it, begins at byte `at`
 * of the record now. */
static inline void ct_subtree_move(struct ct_subtree *subtrees, uint32_t index,
                                   uint32_t at)
{
    uint32_t moved = at - subtrees[index].at; /* modulo 2³² */
    for (uint32_t i = index; i < subtrees[index].next; i++)
        subtrees[i].at += moved;
}
