/* One thread for each pipe; what it has taken out of the pipe and what it has passed on
 * is counted, which is how others wait for it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_GETPIPE_SZ */
#endif

#include "trace/relay.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CT_RELAY_BLOCK ((size_t)64 << 10) /* bytes that are taken at once */

struct relay {
    struct relay *next;
    struct ct_relays *relays; /* borrowed */
    uint64_t id;
    int source, target; /* owned */
    enum ct_event event;
    uint64_t taken, passed; /* bytes */
    bool is_blocked;        /* the target is full */
};

void ct_relays_init(struct ct_relays *relays, const char *dir, const char *folder)
{
    memset(relays, 0, sizeof *relays);
    pthread_mutex_init(&relays->lock, NULL);
    pthread_cond_init(&relays->changed, NULL);
    ct_mirror_open(&relays->mirror, folder);
    ct_handover_open(&relays->handover, dir);
}

/* ---- one pipe ---------------------------------------------------------------------
 */

/* Whether there is something to take; false if there never will be, or if nobody reads
 * at the other end. */
static bool await_bytes(const struct relay *relay)
{
    struct pollfd files[] = {{.fd = relay->source, .events = POLLIN},
                             {.fd = relay->target}};
    for (;;) {
        if (poll(files, 2, -1) < 0 && errno != EINTR)
            return false;
        if (files[1].revents & (POLLERR | POLLNVAL))
            return false;
        if (files[0].revents != 0)
            return true;
    }
}

/* Under the lock, so that what is neither in the pipe nor counted cannot be seen. */
static ssize_t take(struct relay *relay, char *block)
{
    pthread_mutex_lock(&relay->relays->lock);
    ssize_t size = read(relay->source, block, CT_RELAY_BLOCK);
    if (size > 0)
        relay->taken += (uint64_t)size;
    pthread_mutex_unlock(&relay->relays->lock);
    return size;
}

/* Says how many bytes more have been passed on, and whether others would have to wait
 * for the rest. */
static void note(struct relay *relay, size_t size, bool is_blocked)
{
    pthread_mutex_lock(&relay->relays->lock);
    relay->passed += size;
    relay->is_blocked = is_blocked;
    pthread_cond_broadcast(&relay->relays->changed);
    pthread_mutex_unlock(&relay->relays->lock);
}

/* Waits until the target takes some bytes. */
static void await_room(struct relay *relay)
{
    struct pollfd file = {.fd = relay->target, .events = POLLOUT};
    if (poll(&file, 1, 0) != 0)
        return;
    note(relay, 0, true);
    poll(&file, 1, -1);
    note(relay, 0, false);
}

/* Bytes that a pipe which can be written to takes without blocking, if nobody else is
 * faster. */
static size_t room_of(int target)
{
    int waiting = 1;
    int size = fcntl(target, F_GETPIPE_SZ);
    bool is_empty = ioctl(target, FIONREAD, &waiting) == 0 && waiting == 0;
    return is_empty && size > PIPE_BUF ? (size_t)size : PIPE_BUF;
}

/* Writes all of it, as the child would have. */
static bool pass(struct relay *relay, const char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        await_room(relay);
        size_t room = room_of(relay->target), left = size - done;
        size_t part = left < room ? left : room;
        ssize_t written = write(relay->target, bytes + done, part);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        done += written < 0 ? 0 : (size_t)written;
    }
    note(relay, size, false);
    return true;
}

static void go(struct relay *relay, char *block)
{
    struct ct_relays *relays = relay->relays;
    while (await_bytes(relay)) {
        ssize_t size = take(relay, block);
        if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN))
            return;
        if (size < 0)
            continue;
        if (!__atomic_load_n(&relays->is_over, __ATOMIC_RELAXED))
            ct_mirror_append(&relays->mirror, relay->event, block, (size_t)size);
        if (!pass(relay, block, (size_t)size))
            return;
    }
}

static void forget(struct relay *relay)
{
    struct ct_relays *relays = relay->relays;
    struct relay **link = &relays->first;
    pthread_mutex_lock(&relays->lock);
    while (*link != relay)
        link = &(*link)->next;
    *link = relay->next;
    if (relays->handover.page != NULL)
        atomic_fetch_sub(&relays->handover.page->relays, 1);
    pthread_cond_broadcast(&relays->changed);
    pthread_mutex_unlock(&relays->lock);
}

static void *run(void *arg)
{
    struct relay *relay = arg;
    char *block = malloc(CT_RELAY_BLOCK);
    if (block != NULL)
        go(relay, block);
    free(block);
    close(relay->source); /* a child that writes on learns that nobody reads */
    close(relay->target);
    forget(relay);
    free(relay);
    return NULL;
}

/* ---- all of them ------------------------------------------------------------------
 */

bool ct_relays_add(struct ct_relays *relays, int source, int target,
                   enum ct_event event)
{
    struct relay *relay = malloc(sizeof *relay);
    pthread_t thread;
    if (relay == NULL || relays->handover.page == NULL ||
        fcntl(source, F_SETFL, O_NONBLOCK) < 0) {
        free(relay);
        return false;
    }
    pthread_mutex_lock(&relays->lock);
    *relay = (struct relay){.next = relays->first,
                            .relays = relays,
                            .id = relays->next_id++,
                            .source = source,
                            .target = target,
                            .event = event};
    relays->first = relay;
    atomic_fetch_add(&relays->handover.page->relays, 1);
    bool is_begun = pthread_create(&thread, NULL, run, relay) == 0;
    if (!is_begun) {
        relays->first = relay->next;
        atomic_fetch_sub(&relays->handover.page->relays, 1);
    }
    pthread_mutex_unlock(&relays->lock);
    if (is_begun)
        pthread_detach(thread);
    else
        free(relay);
    return is_begun;
}

static const struct relay *find(const struct ct_relays *relays, uint64_t id)
{
    const struct relay *relay = relays->first;
    while (relay != NULL && relay->id != id)
        relay = relay->next;
    return relay;
}

/* Waits for one pipe, with the lock held. */
static void drain(struct ct_relays *relays, uint64_t id, uint64_t goal, bool blocks)
{
    for (;;) {
        const struct relay *relay = find(relays, id);
        if (relay == NULL || relay->passed >= goal || (relay->is_blocked && !blocks))
            return;
        pthread_cond_wait(&relays->changed, &relays->lock);
    }
}

static bool is_same_file(int one, int other)
{
    struct stat first, second;
    return fstat(one, &first) == 0 && fstat(other, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

void ct_relays_drain(struct ct_relays *relays, int target, bool blocks)
{
    struct ct_buf goals = {0}; /* an id and a count of each */
    pthread_mutex_lock(&relays->lock);
    for (const struct relay *relay = relays->first; relay != NULL;
         relay = relay->next) {
        int waiting = 0;
        if (target >= 0 && !is_same_file(relay->target, target))
            continue;
        if (ioctl(relay->source, FIONREAD, &waiting) < 0)
            waiting = 0;
        const uint64_t goal[] = {relay->id, relay->taken + (uint64_t)waiting};
        ct_buf_append(&goals, goal, sizeof goal);
    }
    const uint64_t *goal = (const uint64_t *)(const void *)goals.data;
    for (size_t i = 0; i + 1 < goals.size / sizeof *goal; i += 2)
        drain(relays, goal[i], goal[i + 1], blocks);
    pthread_mutex_unlock(&relays->lock);
    ct_buf_fini(&goals);
}

void ct_relays_finish(struct ct_relays *relays)
{
    __atomic_store_n(&relays->is_over, true, __ATOMIC_RELAXED);
    pthread_mutex_lock(&relays->lock);
    while (relays->first != NULL)
        pthread_cond_wait(&relays->changed, &relays->lock);
    pthread_mutex_unlock(&relays->lock);
}
