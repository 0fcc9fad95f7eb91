/* Turns encoded values of the tape into trees of the trace model.
 *
 * Types a value needs are defined in the file while it is decoded, outer before inner:
 * decode a value just before the record that holds it is written. The bytes must come
 * from a record that the tape reader has checked. */
#pragma once

#include "base/buf.h"
#include "tape/record_reader.h"
#include "trace/definitions.h"
#include "trace/intern.h"
#include "trace/model.h"
#include "trace/subtree.h"

#include <stdbool.h>
#include <stddef.h>

struct ct_values {
    struct ct_defs *defs;     /* borrowed */
    struct ct_intern *intern; /* borrowed */
    bool has_float;           /* else floats become RAW with their shortest text */

    struct ct_buf nodes; /* struct ct_node: the trees decoded since the last clear */
    struct ct_buf texts; /* texts made here, such as `… +3 more` */
    struct ct_node lost; /* takes the nodes for which there is no memory */
    struct ct_subtrees subtrees; /* of the trees */
    size_t root;                 /* place of the tree being decoded */
    bool is_cut;                 /* the value decoded last has a cut mark in it */
    bool failed;                 /* memory is out */
    bool is_odd;                 /* a value is beyond limits.h */
};

void ct_values_init(struct ct_values *values, struct ct_defs *defs,
                    struct ct_intern *intern, bool has_float);
void ct_values_fini(struct ct_values *values);

/* Forgets the trees. `generation` is the writer's. */
void ct_values_clear(struct ct_values *values, uint32_t generation);

/* Decodes the value, no SAME, at the front of `in`, consumes it and gives the place of
 * its root, for ct_values_tree once all values of the record are decoded. */
size_t ct_values_decode(struct ct_values *values, struct ct_span *in);

/* To be called after the last decode and before the first ct_values_tree: gives made
 * texts their addresses. False if values->failed or is_odd: then there are no trees. */
bool ct_values_seal(struct ct_values *values);

/* A tree, which lives until the next clear or decode. */
static inline struct ct_tree ct_values_tree(struct ct_values *values, size_t place)
{
    return (struct ct_tree){
        .nodes = (const struct ct_node *)(const void *)values->nodes.data + place,
        .subtrees = &values->subtrees,
    };
}
