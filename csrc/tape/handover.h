/* Who turns a tape into its trace: the file `output` in the tape's folder.
 *
 * Both the recording process and the helper can, so the one that does holds an flock on
 * this file, by a descriptor. Whoever gets the lock looks first whether the tape is
 * still there; if not, the other one has finished. One page of the file is mapped by
 * both and holds what they have to tell each other: words that are hints, which decide
 * about waiting and never about what is written.
 *
 * Order of locks: that of a claim (tape_lock.h), then this one. */
#pragma once

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CT_HANDOVER_NAME "output"

struct ct_handover_page {
    _Atomic uint32_t changes; /* a futex: grows with everything that is told */
    _Atomic uint32_t is_over; /* nothing is written to the tape any more */
    _Atomic uint32_t is_done; /* the trace is whole and the tape removed */
    _Atomic uint32_t is_full; /* the trace has reached its limit */
    _Atomic int32_t follower; /* the helper that writes the trace; 0: none */
    _Atomic uint32_t is_due;  /* it is worth while to begin to write */
    _Atomic uint64_t read;    /* bytes of the tape that are in the trace */
    _Atomic uint64_t written; /* record bytes of sealed segments */
    _Atomic uint64_t cut;     /* … of those that were removed (trace/trim.h) */
    _Atomic uint32_t relays;  /* pipes of children that are passed on (trace/relay.h) */
};

struct ct_handover {
    struct ct_handover_page *page; /* owned mapping; NULL: there is none */
};

/* Makes the file, allocated, in a folder that nobody else knows yet. */
CT_NODISCARD enum ct_status ct_handover_make(struct ct_handover *handover,
                                             const char *folder, struct ct_error *err);
/* Maps that of the trace directory `dir`; without one there is nobody to talk to, and
 * all that follows does nothing. */
void ct_handover_open(struct ct_handover *handover, const char *dir);
void ct_handover_close(struct ct_handover *handover);

/* Whether a helper that lives writes the trace; for who cannot open the file. */
bool ct_handover_has_follower(const struct ct_handover *handover);
bool ct_handover_is_done(const struct ct_handover *handover);
/* Record bytes of the sealed segments that have not been cut off. */
uint64_t ct_handover_left(const struct ct_handover *handover);

/* Tells the others that something has changed. */
void ct_handover_tell(const struct ct_handover *handover);
/* Sets `is_due`, and tells. */
void ct_handover_tell_due(const struct ct_handover *handover);
/* Sets `is_over`, and tells. */
void ct_handover_tell_over(const struct ct_handover *handover);
/* Waits until `changes` is not `seen` any more, at most for so long (< 0: for ever).
 * May return early. */
void ct_handover_wait(const struct ct_handover *handover, uint32_t seen,
                      int64_t nanoseconds);
static inline uint32_t ct_handover_changes(const struct ct_handover *handover)
{
    return handover->page == NULL ? 0 : atomic_load(&handover->page->changes);
}

enum ct_output_result {
    CT_OUTPUT_TAKEN,
    CT_OUTPUT_BUSY,   /* another process holds it */
    CT_OUTPUT_GONE,   /* the tape is not there any more */
    CT_OUTPUT_NONE,   /* there are no locks here, nor helpers that follow */
    CT_OUTPUT_FAILED, /* err says why */
};

/* Takes the lock of the tape of `dir`; *fd is owned, -1 but for CT_OUTPUT_TAKEN. */
enum ct_output_result ct_output_take(const char *dir, bool waits, int *fd,
                                     struct ct_error *err);
/* Gives it back; nothing for -1. */
void ct_output_release(int fd);
