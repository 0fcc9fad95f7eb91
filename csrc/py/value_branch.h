/* Branches of a value that are as they were when it was encoded last.
 *
 * A large value seldom changes as a whole: an object gets another number, a list one
 * item more. Each container in a value is a *branch*: a stretch of its encoding and a
 * stretch of its witness, which speaks of nothing else. What is made of a branch
 * depends on what is read of it, on how deep it lies and on which containers it lies
 * in. So where the same containers are around it as last time, and its stretch of the
 * witness holds, its stretch of the encoding is taken as it is. */
#pragma once

#include "base/buf.h"
#include "py/compat.h"

#include <stdbool.h>
#include <stdint.h>

struct ct_encoder;

struct ct_branch {
    const PyObject *object; /* identity */
    uint32_t start, end;    /* bytes of the encoding */
    uint32_t first, last;   /* bytes of the witness */
    uint32_t nodes;         /* without its own */
    uint32_t nodes_below;   /* as in ct_encoder */
    uint32_t behind;        /* number of the first branch behind those in this one */
    uint32_t records;       /* around it, as in ct_encoder */
};

/* A value as it was encoded last, under the same verdict; borrowed. */
struct ct_former {
    const uint8_t *encoding;
    const uint8_t *witness;
    const struct ct_branch
        *branches; /* in the order of the encoding, outer before inner */
    uint32_t count;
    int depth; /* levels opened */
};

/* The branches of a value that is being encoded, and of what it was before. */
struct ct_branches {
    struct ct_buf made; /* struct ct_branch, numbered from 0 */
    size_t start;       /* byte of the encoder's `out` where the value begins */
    const struct ct_former *former; /* NULL: there is none */
    uint32_t next, end;             /* numbers of its branches that may come now */
};

/* Begins a value, at the encoder's present depth limit. */
void ct_branches_begin(struct ct_encoder *encoder);

/* What has to be known again when a branch ends. */
struct ct_branch_scope {
    size_t number;
    int nodes_left;
    Py_ssize_t nodes_below;
    uint32_t next, end;
};

/* Begins the branch that a container is, in the value: true if that was all, since it
 * is as it was before. */
bool ct_branch_begin(struct ct_encoder *encoder, PyObject *object,
                     struct ct_branch_scope *scope);
void ct_branch_end(struct ct_encoder *encoder, const struct ct_branch_scope *scope);

/* `size` bytes of witness in front of the branches' are gone. */
void ct_branches_move(struct ct_branches *branches, size_t size);
