/* The threads of a recording: found by the interpreter's thread state, made at their
 * first event, let go when they have ended.
 *
 * One thread at a time is *current*: the one that wrote last. A change of thread begins
 * a new run on the tape, which is what orders the threads' records. All calls need an
 * attached thread state; the interpreter's lock keeps them apart. */
#pragma once

#include "py/thread.h"

struct ct_threads {
    struct ct_thread *first;   /* owned list */
    struct ct_thread *current; /* of the list; NULL before the first */
    PyThreadState *starter;    /* identity of thread 1 */
    uint64_t count;            /* numbers given so far */
    struct ct_spare *spares;   /* owned: segments that ended threads left room in */
    struct ct_tape *tape;      /* borrowed, all four */
    const struct ct_policy *policy;
    struct ct_code_table *codes;
    struct ct_classes *classes;
};

void ct_threads_init(struct ct_threads *threads, struct ct_tape *tape,
                     const struct ct_policy *policy, struct ct_code_table *codes,
                     struct ct_classes *classes);
/* In a forked child: lets go of the segments, which belong to the parent, without
 * writing to them. */
void ct_threads_abandon(struct ct_threads *threads);
void ct_threads_fini(struct ct_threads *threads);

/* Makes the calling thread, whose state is `state`, the current one, with a run begun
 * for it. NULL when memory or the tape is out. */
struct ct_thread *ct_threads_switch(struct ct_threads *threads, PyThreadState *state);

/* Says on the tape that the current thread has ended, if it has. */
void ct_threads_note_end(struct ct_threads *threads);
