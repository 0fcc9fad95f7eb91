/* Threads of the tape, and how the file changes between them (trace-formats.md 2.7).
 *
 * Readers keep one call stack for the whole file: leaving a thread closes its calls,
 * entering one opens them again. A change happens when a record of another thread is
 * due, never in a block. */
#include "trace/replay_state.h"

#include <stdlib.h>

static struct ct_thread **thread_array(const struct ct_replay *replay)
{
    return (struct ct_thread **)(void *)replay->threads.data;
}

static size_t thread_count(const struct ct_replay *replay)
{
    return replay->threads.size / sizeof(struct ct_thread *);
}

/* The index of the first thread whose number is not below `number`. */
static size_t find_thread(const struct ct_replay *replay, uint64_t number)
{
    size_t low = 0, high = thread_count(replay);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (thread_array(replay)[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct ct_thread *ct_replay_thread(struct ct_replay *replay, uint64_t number)
{
    size_t place = find_thread(replay, number), count = thread_count(replay);
    if (place < count && thread_array(replay)[place]->number == number)
        return thread_array(replay)[place];
    struct ct_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL || !ct_buf_reserve(&replay->threads, sizeof thread)) {
        free(thread);
        replay->failed = true;
        return NULL;
    }
    thread->number = number;
    struct ct_thread **slot = thread_array(replay) + place;
    memmove(slot + 1, slot, (count - place) * sizeof *slot);
    *slot = thread;
    replay->threads.size += sizeof thread;
    return thread;
}

static void free_thread(struct ct_replay *replay, struct ct_thread *thread)
{
    size_t place = find_thread(replay, thread->number), count = thread_count(replay);
    struct ct_thread **slot = thread_array(replay) + place;
    memmove(slot, slot + 1, (count - place - 1) * sizeof *slot);
    replay->threads.size -= sizeof thread;
    if (replay->reading == thread)
        replay->reading = NULL;
    ct_frames_fini(&thread->frames);
    free(thread);
}

void ct_replay_free_threads(struct ct_replay *replay)
{
    for (size_t i = 0; i < thread_count(replay); i++) {
        ct_frames_fini(&thread_array(replay)[i]->frames);
        free(thread_array(replay)[i]);
    }
    ct_buf_fini(&replay->threads);
}

static void put_thread(struct ct_replay *replay, enum ct_thread_record record,
                       const struct ct_thread *thread)
{
    if (replay->has_thread_records)
        replay->writer->ops->thread(replay->writer, record, thread->file_number);
}

void ct_replay_enter(struct ct_replay *replay, struct ct_thread *thread)
{
    struct ct_thread *left = replay->current;
    if (left == thread)
        return;
    for (size_t i = left->frames.depth; i > 0; i--)
        ct_replay_put_mark(replay, CT_TEXT("<switched>"), CT_TEXT("Switched"));
    if (left->has_ended)
        free_thread(replay, left);
    if (thread->file_number == 0) {
        thread->file_number = ++replay->counts.threads;
        thread->step = replay->last_step;
        put_thread(replay, CT_THREAD_START, thread);
    }
    put_thread(replay, CT_THREAD_SWITCH, thread);
    replay->current = thread;
    for (size_t i = 0; i < thread->frames.depth; i++)
        ct_replay_reopen(replay, &thread->frames.frames[i]);
}

void ct_replay_close_frames(struct ct_replay *replay)
{
    for (; replay->current->frames.depth > 0; ct_frames_pop(&replay->current->frames))
        ct_replay_put_mark(replay, CT_TEXT("<unfinished>"), CT_TEXT("Unfinished"));
}

void ct_replay_thread_exit(struct ct_replay *replay, struct ct_thread *thread)
{
    if (thread == replay->first)
        return;
    if (thread != replay->current) {
        free_thread(replay, thread);
        return;
    }
    ct_replay_close_frames(replay);
    if (!thread->has_ended)
        put_thread(replay, CT_THREAD_EXIT, thread);
    thread->has_ended = true;
}
