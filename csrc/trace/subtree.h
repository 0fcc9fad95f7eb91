/* The containers in the values of a record that is being made, so that one that has
 * been made lately (rendered.h) is not decoded and made again.
 *
 * Neither the bytes of a container on the tape nor what is made of it depend on what is
 * around it. In trace.json its text is copied; in trace.bin a ValueRecord points to the
 * list that is in the file, with all that is below. */
#pragma once

#include "base/buf.h"
#include "tape/record_reader.h"
#include "trace/model.h"
#include "trace/rendered.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_subtree {
    bool is_known;        /* it was made before; else the writer sets, in … */
    const uint8_t *text;  /* trace.json: `size` bytes, to be copied. Borrowed */
    size_t at, size;      /* … trace.json: which bytes of the record they are */
    uint64_t place;       /* … trace.bin: the word of all payloads where its list is */
    uint32_t words;       /* … trace.bin: that a reader visits, its type id's too */
    struct ct_span value; /* its bytes on the tape, if it is to be made. Borrowed */
    uint32_t count;       /* children of its node */
    uint32_t type_id;     /* … */
    uint8_t kind;         /* … */
    bool is_cut;          /* there is a cut mark in it */
};

/* Those of the values of one record, each in front of those in it. */
struct ct_subtrees {
    struct ct_buf found; /* struct ct_subtree */
    struct ct_rendered memo;
    uint32_t generation; /* of the writer; 0: nothing is remembered */
};

static inline struct ct_subtree *ct_subtree_at(const struct ct_subtrees *subtrees,
                                               uint32_t index)
{
    return (struct ct_subtree *)(void *)subtrees->found.data + index;
}

static inline uint32_t ct_subtree_count(const struct ct_subtrees *subtrees)
{
    return (uint32_t)(subtrees->found.size / sizeof(struct ct_subtree));
}

/* The subtree that a node of the tree is, or NULL. */
static inline struct ct_subtree *ct_subtree_of(const struct ct_tree *tree,
                                               const struct ct_node *node)
{
    return node->subtree == 0 ? NULL : ct_subtree_at(tree->subtrees, node->subtree - 1);
}

void ct_subtrees_fini(struct ct_subtrees *subtrees);

/* Forgets the subtrees of the last record, and what is known if the writer's generation
 * is another one. */
void ct_subtrees_clear(struct ct_subtrees *subtrees, uint32_t generation);

/* Adds a container that is known: what `subtree` of its node is to be. */
uint32_t ct_subtrees_keep(struct ct_subtrees *subtrees,
                          const struct ct_rendered_entry *known);

/* Begins a container: the index it will have. */
uint32_t ct_subtrees_open(struct ct_subtrees *subtrees);

/* Ends it: its value and its node, which becomes a subtree unless it is a small one, or
 * no container. */
void ct_subtrees_close(struct ct_subtrees *subtrees, uint32_t index,
                       struct ct_span value, struct ct_node *node, bool is_cut);

/* Remembers what a writer has made of the subtrees of its record, if there are any:
 * they are in `record`. `subtrees` may be NULL, as a tree may have it. */
void ct_subtrees_remember(struct ct_subtrees *subtrees, const struct ct_buf *record);
