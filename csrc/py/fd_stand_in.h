/* Pipes that a child gets in the place of the pipes it would inherit as its descriptors
 * 1 and 2; the helper passes on what comes from them (trace/relay.h). fd_children.c
 * alone uses this, with an attached thread state. */
#pragma once

#include "py/compat.h"

#include <stdbool.h>
#include <sys/stat.h>

struct ct_stand_ins {
    struct ct_stand_in {
        int target;       /* what the child would have: 1 or 2; 0: anything else */
        struct stat info; /* of that one */
        int file;         /* owned: the end to write to; -1: there is none */
    } out, err;
    bool is_same; /* both would be the same pipe, and get one stand-in */
};

/* Opens them for what a child would have as its descriptors 1 and 2, after waiting for
 * what other children have written; other threads may run meanwhile. Only the program's
 * own 1 and 2 that are pipes get one, and only if the helper is there. True if there is
 * any. */
bool ct_stand_ins_open(struct ct_stand_ins *stand_ins, int out, int err);
/* The one for descriptor 1 or 2 of the child, or -1. */
int ct_stand_ins_file(const struct ct_stand_ins *stand_ins, int fd);
/* Closes them in the program, when the child has them. */
void ct_stand_ins_close(struct ct_stand_ins *stand_ins);
