#include "trace/write_behind.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct ct_write_behind {
    int fd;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    struct ct_buf buf; /* the thread's while is_busy */
    bool is_busy;
    bool is_over;
    int os_errno; /* of the first write that has failed; 0 */
};

int ct_write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size != 0) {
        ssize_t n = write(fd, bytes, size);
        if (n >= 0) {
            bytes += n;
            size -= (size_t)n;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static void *run(void *arg)
{
    struct ct_write_behind *self = arg;
    pthread_mutex_lock(&self->lock);
    for (;;) {
        while (!self->is_busy && !self->is_over)
            pthread_cond_wait(&self->changed, &self->lock);
        if (!self->is_busy)
            break;
        pthread_mutex_unlock(&self->lock);
        int error = ct_write_all(self->fd, self->buf.data, self->buf.size);
        pthread_mutex_lock(&self->lock);
        ct_buf_clear(&self->buf);
        self->os_errno = error;
        self->is_busy = false;
        pthread_cond_broadcast(&self->changed);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

struct ct_write_behind *ct_write_behind_new(int fd)
{
    struct ct_write_behind *self = calloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    self->fd = fd;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    if (pthread_create(&self->thread, NULL, run, self) == 0)
        return self;
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    free(self);
    return NULL;
}

/* With the lock held. */
static int wait_written(struct ct_write_behind *self)
{
    while (self->is_busy)
        pthread_cond_wait(&self->changed, &self->lock);
    return self->os_errno;
}

int ct_write_behind_take(struct ct_write_behind *self, struct ct_buf *buf)
{
    pthread_mutex_lock(&self->lock);
    int error = wait_written(self);
    if (error == 0 && buf->size != 0) {
        struct ct_buf empty = self->buf;
        self->buf = *buf;
        *buf = empty;
        self->is_busy = true;
        pthread_cond_broadcast(&self->changed);
    }
    pthread_mutex_unlock(&self->lock);
    return error;
}

int ct_write_behind_wait(struct ct_write_behind *self)
{
    pthread_mutex_lock(&self->lock);
    int error = wait_written(self);
    pthread_mutex_unlock(&self->lock);
    return error;
}

void ct_write_behind_free(struct ct_write_behind *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->is_over = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    ct_buf_fini(&self->buf);
    free(self);
}
