/* Finishing the tape of a process that died (contract.md 2, --recover).
 *
 * Called at the start of a recording whose directory holds such a tape, by the helper,
 * and for --recover. A tape is never removed before its trace is whole; one without any
 * record holds nothing and is. */
#pragma once

#include "tape/tape_lock.h"
#include "trace/files.h"
#include "trace/finish.h"

enum ct_recover_place {
    CT_RECOVER_BESIDE,  /* as DIR.recovered-<recording id> */
    CT_RECOVER_IN_FREE, /* in DIR, if it holds no trace; else beside */
};

enum ct_recover_result {
    CT_RECOVER_DONE,    /* *recovery is filled */
    CT_RECOVER_NOTHING, /* there is no tape, or only the rest of a finished one */
    CT_RECOVER_IN_USE,  /* by a live recording; err says by whom */
    CT_RECOVER_FAILED,  /* err says why; `dir` of *recovery where the tape is */
};

struct ct_recovery {
    char dir[CT_PATH_SIZE]; /* of the trace, or of the tape if it was not finished */
    struct ct_finish_result result;
};

enum ct_recover_result ct_recover(const char *dir, enum ct_recover_place place,
                                  struct ct_recovery *recovery, struct ct_error *err);

/* The same in `dir` itself, with the claim taken, which is released. */
enum ct_recover_result ct_recover_claimed(struct ct_tape_claim *claim, const char *dir,
                                          struct ct_recovery *recovery,
                                          struct ct_error *err);

/* One line about what was recovered, without a line feed. */
#define CT_RECOVERY_TEXT_SIZE (2 * CT_PATH_SIZE)
void ct_recovery_describe(const struct ct_recovery *recovery,
                          char text[CT_RECOVERY_TEXT_SIZE]);
