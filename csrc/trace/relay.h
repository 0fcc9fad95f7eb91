/* Passing on what children of the program write into pipes of ours, in the helper.
 *
 * A child that would have inherited a pipe as its descriptor 1 or 2 gets another one
 * (py/fd_children.c). A thread for each copies what comes to the mirror (tape/mirror.h)
 * and writes it to where the child would have written. It ends when nobody can write
 * to the pipe any more, however long after the program that is, or when nobody can read
 * at the other end, which the child then notices as always. */
#pragma once

#include "tape/handover.h"
#include "tape/mirror.h"

#include <pthread.h>
#include <stdbool.h>

struct relay;

struct ct_relays {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct relay *first; /* owned list */
    uint64_t next_id;
    struct ct_mirror mirror;
    struct ct_handover handover; /* owned: where their number stands */
    bool is_over;                /* the recording is; nothing is copied any more */
};

/* For the recording into `dir`, whose tape is in `folder`. */
void ct_relays_init(struct ct_relays *relays, const char *dir, const char *folder);

/* Begins to pass on; owns both descriptors if it does. */
bool ct_relays_add(struct ct_relays *relays, int source, int target,
                   enum ct_event event);
/* Waits until what is in the pipes now has been passed on; with a `target` (else -1) in
 * those that go there. Without `blocks` not for a pipe whose target is full. */
void ct_relays_drain(struct ct_relays *relays, int target, bool blocks);
/* The recording is over: passes on without copying, and returns when no pipe is left.
 */
void ct_relays_finish(struct ct_relays *relays);
