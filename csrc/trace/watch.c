/* Following a tape on another core, and waiting for its process to die.
 *
 * The end of the process is an flock that is given free, and what it tells is a futex;
 * no call waits for both, so a thread waits for the lock and tells the futex. Whatever
 * fails while the process lives is left to that process; what it leaves is done when it
 * is gone. Nothing here may hold the process up: it waits only for who holds the output
 * lock. */
#include "trace/watch.h"

#include "tape/handover.h"
#include "trace/recover.h"
#include "trace/trim.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

/* Between two looks at a tape that grows. Nobody tells of a segment that is not full
 * yet, and what is left at the program's end is waited for. */
#define PAUSE_MIN INT64_C(2000000) /* nanoseconds */
#define PAUSE_MAX (64 * PAUSE_MIN) /* then it waits to be told */

struct watch {
    const char *dir;
    int helper_file;
    struct ct_relays *relays; /* borrowed */
    struct ct_handover handover;
    _Atomic bool is_ended; /* the process is gone; the fields below are valid */
    enum ct_claim_result claimed;
    struct ct_tape_claim claim;
    struct ct_error error;
};

static void *wait_for_end(void *arg)
{
    struct watch *watch = arg;
    watch->claimed = ct_tape_claim_wait(&watch->claim, watch->dir, watch->helper_file,
                                        &watch->error);
    /* What children wrote before the process died, of which it may be the cause. */
    ct_relays_drain(watch->relays, -1, false);
    atomic_store(&watch->is_ended, true);
    ct_handover_tell(&watch->handover);
    return NULL;
}

static bool is_over(struct watch *watch)
{
    return atomic_load(&watch->is_ended) || atomic_load(&watch->handover.page->is_over);
}

static void tell_read(void *context, uint64_t done)
{
    struct ct_handover_page *page = context;
    atomic_store_explicit(&page->read, done, memory_order_relaxed);
}

/* Writes what comes until the recording is over; then the rest. */
static bool write_trace(struct watch *watch, struct ct_finisher *finisher)
{
    struct ct_handover_page *page = watch->handover.page;
    struct ct_finish_result result;
    struct ct_error error;
    int64_t pause = PAUSE_MIN;
    for (;;) {
        uint32_t seen = ct_handover_changes(&watch->handover);
        uint64_t records = ct_finisher_records(finisher);
        if (is_over(watch))
            break;
        if (ct_finisher_go(finisher, &error) != CT_OK)
            return false;
        if (ct_finisher_is_full(finisher))
            atomic_store(&page->is_full, 1);
        if (ct_finisher_has_end(finisher))
            break;
        pause = ct_finisher_records(finisher) != records ? PAUSE_MIN : pause * 2;
        ct_handover_wait(&watch->handover, seen, pause > PAUSE_MAX ? -1 : pause);
        if (pause > PAUSE_MAX)
            pause = PAUSE_MIN;
    }
    return ct_finisher_end(finisher, &result, &error) == CT_OK;
}

/* Cuts the tape until the recording is over, and writes the trace of what is left. */
static bool keep_last(struct watch *watch, uint64_t keep)
{
    struct ct_handover_page *page = watch->handover.page;
    const struct ct_finish_options options = {
        .tell = tell_read, .context = page, .is_awaited = &page->is_over};
    struct ct_finish_result result;
    struct ct_error error;
    for (;;) {
        uint32_t seen = ct_handover_changes(&watch->handover);
        bool is_last = is_over(watch); /* what it has fallen behind is cut off, too */
        if (ct_trim(watch->dir, &watch->handover, keep, &error) != CT_OK)
            return false;
        if (is_last)
            break;
        ct_handover_tell(&watch->handover);
        ct_handover_wait(&watch->handover, seen + 1, -1);
    }
    struct ct_finisher *finisher = ct_finisher_new(watch->dir, &options, &error);
    bool is_whole =
        finisher != NULL && ct_finisher_end(finisher, &result, &error) == CT_OK;
    ct_finisher_free(finisher);
    return is_whole;
}

#define SPARE_PROCESSORS 3 /* one for the program, one for the helper */

/* From when on a thread more writes what this one makes: when the program waits for it,
 * or, where there is a processor for it, from the start. */
static const _Atomic uint32_t *write_behind_from(const struct ct_handover_page *page)
{
    static const _Atomic uint32_t start = 1;
    cpu_set_t set;
    bool is_spare = sched_getaffinity(0, sizeof set, &set) == 0 &&
                    CPU_COUNT(&set) >= SPARE_PROCESSORS;
    return is_spare ? &start : &page->is_over;
}

/* Writes the trace while the tape is written. */
static bool follow_tape(struct watch *watch)
{
    struct ct_handover_page *page = watch->handover.page;
    const struct ct_finish_options options = {.is_live = true,
                                              .tell = tell_read,
                                              .context = page,
                                              .is_awaited = write_behind_from(page)};
    struct ct_error error;
    struct ct_finisher *finisher = ct_finisher_new(watch->dir, &options, &error);
    bool is_whole = finisher != NULL && write_trace(watch, finisher);
    ct_finisher_free(finisher);
    return is_whole;
}

/* Does the helper's work with the output lock held. */
static bool follow(struct watch *watch)
{
    struct ct_handover_page *page = watch->handover.page;
    uint64_t keep = ct_trim_size(watch->dir);
    atomic_store(&page->follower, (int32_t)getpid());
    bool is_whole = keep > 0 ? keep_last(watch, keep) : follow_tape(watch);
    if (is_whole)
        atomic_store(&page->is_done, 1);
    atomic_store(&page->follower, 0);
    return is_whole;
}

/* Waits for the first segment to be full: a short program ends before, and makes its
 * trace faster itself. True if the trace is whole. */
static bool follow_from_start(struct watch *watch)
{
    struct ct_error error;
    enum ct_output_result output = CT_OUTPUT_BUSY; /* the process cuts its tape */
    int fd;
    while (output == CT_OUTPUT_BUSY) {
        uint32_t seen = ct_handover_changes(&watch->handover);
        if (is_over(watch))
            return false;
        if (atomic_load(&watch->handover.page->is_due))
            output = ct_output_take(watch->dir, false, &fd, &error);
        if (output == CT_OUTPUT_BUSY)
            ct_handover_wait(&watch->handover, seen, -1);
    }
    if (output != CT_OUTPUT_TAKEN)
        return false;
    bool is_whole = follow(watch);
    ct_output_release(fd);
    ct_handover_tell(&watch->handover);
    return is_whole;
}

enum ct_recover_result ct_watch(const char *dir, int helper_file,
                                struct ct_relays *relays, struct ct_error *err)
{
    struct watch watch = {.dir = dir, .helper_file = helper_file, .relays = relays};
    struct ct_recovery recovery;
    pthread_t thread;
    ct_handover_open(&watch.handover, dir);
    if (watch.handover.page == NULL ||
        pthread_create(&thread, NULL, wait_for_end, &watch) != 0) {
        wait_for_end(&watch);
    } else {
        if (follow_from_start(&watch))
            return CT_RECOVER_DONE;
        pthread_join(thread, NULL);
    }
    *err = watch.error;
    if (watch.claimed != CT_CLAIM_TAKEN)
        return watch.claimed == CT_CLAIM_NO_TAPE ? CT_RECOVER_NOTHING
                                                 : CT_RECOVER_FAILED;
    return ct_recover_claimed(&watch.claim, dir, &recovery, err);
}
