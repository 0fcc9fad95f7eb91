/* Finding, making and letting go of threads.
 *
 * A thread of the system keeps a `struct ct_life` in thread-specific storage, so that
 * its end is noticed although the interpreter tells nobody; the storage's destructor
 * runs without the interpreter's lock and only sets a flag in it. */
#include "py/threads.h"

#include <pthread.h>
#include <stdlib.h>

/* Shared by a thread of the system and its ct_thread; freed by the last of the two. */
struct ct_life {
    struct ct_thread *thread;         /* NULL once the recording has let go of it */
    const struct ct_threads *threads; /* the recording it belongs to: identity */
    _Atomic int holders;
    _Atomic bool has_ended;
};

struct ct_spare {
    struct ct_stream stream;
    struct ct_spare *next;
};

/* Process-wide: the key of the thread-specific storage, made once. */
static pthread_key_t life_key;
static pthread_once_t life_once = PTHREAD_ONCE_INIT;
static bool has_life_key;

static void release_life(struct ct_life *life)
{
    if (life != NULL && atomic_fetch_sub(&life->holders, 1) == 1)
        free(life);
}

static void end_life(void *pointer)
{
    struct ct_life *life = pointer;
    atomic_store(&life->has_ended, true);
    release_life(life);
}

static void make_life_key(void)
{
    has_life_key = pthread_key_create(&life_key, end_life) == 0;
}

void ct_threads_init(struct ct_threads *threads, struct ct_tape *tape,
                     const struct ct_policy *policy, struct ct_code_table *codes,
                     struct ct_classes *classes)
{
    *threads = (struct ct_threads){
        .tape = tape, .policy = policy, .codes = codes, .classes = classes};
    pthread_once(&life_once, make_life_key);
}

static void let_go(struct ct_thread *thread)
{
    if (thread->life != NULL)
        thread->life->thread = NULL;
    release_life(thread->life);
    ct_thread_fini(thread);
    free(thread);
}

void ct_threads_abandon(struct ct_threads *threads)
{
    for (struct ct_thread *thread = threads->first; thread != NULL;
         thread = thread->next)
        ct_stream_abandon(&thread->stream);
    for (struct ct_spare *spare = threads->spares; spare != NULL; spare = spare->next)
        ct_stream_abandon(&spare->stream);
}

void ct_threads_fini(struct ct_threads *threads)
{
    while (threads->first != NULL) {
        struct ct_thread *thread = threads->first;
        threads->first = thread->next;
        let_go(thread);
    }
    while (threads->spares != NULL) {
        struct ct_spare *spare = threads->spares;
        threads->spares = spare->next;
        ct_stream_close(&spare->stream);
        free(spare);
    }
}

/* Keeps the rest of a thread's segment for the next thread. */
static void keep_segment(struct ct_threads *threads, struct ct_thread *thread)
{
    struct ct_spare *spare =
        thread->stream.header == NULL ? NULL : malloc(sizeof *spare);
    if (spare == NULL)
        return;
    *spare = (struct ct_spare){thread->stream, threads->spares};
    threads->spares = spare;
    thread->stream.header = NULL; /* not this thread's any more */
}

static void let_ended_go(struct ct_threads *threads)
{
    for (struct ct_thread **link = &threads->first; *link != NULL;) {
        struct ct_thread *thread = *link;
        if (thread == threads->current || thread->life == NULL ||
            !atomic_load(&thread->life->has_ended)) {
            link = &thread->next;
            continue;
        }
        *link = thread->next;
        keep_segment(threads, thread);
        let_go(thread);
    }
}

static void take_segment(struct ct_threads *threads, struct ct_thread *thread)
{
    struct ct_spare *spare = threads->spares;
    if (spare == NULL)
        return;
    threads->spares = spare->next;
    uint64_t number = thread->stream.thread;
    thread->stream = spare->stream;
    thread->stream.thread = number;
    free(spare);
}

/* Has the calling thread of the system tell of its end. */
static void begin_life(struct ct_threads *threads, struct ct_thread *thread)
{
    struct ct_life *life = has_life_key ? malloc(sizeof *life) : NULL;
    if (life == NULL)
        return; /* its end will not be noticed */
    *life = (struct ct_life){thread, threads, 2, false};
    release_life(pthread_getspecific(life_key));
    if (pthread_setspecific(life_key, life) != 0) {
        free(life);
        return;
    }
    thread->life = life;
}

static struct ct_thread *make_thread(struct ct_threads *threads, PyThreadState *state)
{
    let_ended_go(threads);
    struct ct_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return NULL;
    if (threads->starter == NULL)
        threads->starter = state;
    ct_thread_init(thread, state, ++threads->count, threads->tape, threads->policy,
                   threads->codes, threads->classes);
    take_segment(threads, thread);
    begin_life(threads, thread);
    thread->next = threads->first;
    threads->first = thread;
    return thread;
}

static struct ct_thread *find_thread(const struct ct_threads *threads,
                                     const PyThreadState *state)
{
    const struct ct_life *life = has_life_key ? pthread_getspecific(life_key) : NULL;
    if (life != NULL && life->threads == threads && life->thread != NULL &&
        life->thread->state == state && life->thread->id == state->id)
        return life->thread;
    struct ct_thread *thread = threads->first;
    while (thread != NULL && (thread->state != state || thread->id != state->id))
        thread = thread->next;
    return thread;
}

void ct_threads_note_end(struct ct_threads *threads)
{
    struct ct_thread *thread = threads->current;
    if (thread == NULL || thread->life == NULL || thread->stream.thread == 1 ||
        !atomic_load(&thread->life->has_ended) ||
        !ct_stream_reserve(&thread->stream, 1))
        return;
    *thread->stream.cursor++ = CT_REC_THREAD_EXIT;
    ct_stream_commit(&thread->stream);
}

struct ct_thread *ct_threads_switch(struct ct_threads *threads, PyThreadState *state)
{
    struct ct_thread *thread = find_thread(threads, state);
    ct_threads_note_end(threads);
    /* The code that is entered now was defined in the stream of the thread before. */
    if (threads->current != NULL && threads->current->stream.header != NULL)
        ct_stream_commit(&threads->current->stream);
    if (thread == NULL)
        thread = make_thread(threads, state);
    /* Code is defined before its thread is known: in the place of the last one. */
    if (threads->current != NULL && threads->current->stream.header != NULL)
        ct_stream_commit(&threads->current->stream);
    if (thread == NULL || !ct_stream_begin_run(&thread->stream))
        return NULL;
    threads->current = thread;
    if (thread->depth > 0) /* other threads have run */
        ct_thread_top(thread)->is_inert = false;
    return thread;
}
