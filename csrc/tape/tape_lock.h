/* Who may touch a tape: the lock file `lock` in its folder.
 *
 * The recording process holds an flock without holding a descriptor: it locks the file,
 * maps a page of it and closes it. The mapping keeps the open file, and with it the
 * lock, until the process has ended or become another program (execve), whatever the
 * way; forked children do not inherit it. So "the lock is free" means "nobody records
 * here any more", across namespaces and without polling. Whoever then wants to finish,
 * move or remove the tape takes the lock first (a claim).
 *
 * Some file systems drop the lock with the descriptor (overlayfs, whose mappings belong
 * to another file) or have none. The process notices and writes who it is into the
 * file; a claim then asks the system whether that process is still there. The helper
 * waits for a lock on a file in memory there, which it is given when it starts. */
#pragma once

#include "base/status.h"

#include <stdbool.h>

#define CT_TAPE_LOCK_NAME "lock"

struct ct_tape_lock {
    void *mapping;   /* owned; never accessed */
    int helper_file; /* owned: what a helper has to wait for, or -1 if the lock file
                        does; only while the recording starts */
};

/* Makes and takes the lock in `folder`, which no other process knows yet. */
CT_NODISCARD enum ct_status ct_tape_lock_take(struct ct_tape_lock *lock,
                                              const char *folder, struct ct_error *err);
/* Closes `helper_file`: the helper has started. */
void ct_tape_lock_settle(struct ct_tape_lock *lock);
/* Gives it back; nothing if it was not taken. Not for forked children, where the
 * mapping is not. */
void ct_tape_lock_release(struct ct_tape_lock *lock);

enum ct_claim_result {
    CT_CLAIM_TAKEN,
    CT_CLAIM_NO_TAPE, /* the directory holds none (any more) */
    CT_CLAIM_IN_USE,  /* by a live recording; err says by whom */
    CT_CLAIM_FAILED,  /* err says why */
};

struct ct_tape_claim {
    int fd; /* owned */
};

/* Claims the tape of the trace directory `dir`, waiting for another process that is
 * just finishing it. */
enum ct_claim_result ct_tape_claim(struct ct_tape_claim *claim, const char *dir,
                                   struct ct_error *err);
/* The same, waiting for the recording process to end; for the helper, with its
 * `helper_file` opened anew, or -1. */
enum ct_claim_result ct_tape_claim_wait(struct ct_tape_claim *claim, const char *dir,
                                        int helper_file, struct ct_error *err);
void ct_tape_claim_release(struct ct_tape_claim *claim);
