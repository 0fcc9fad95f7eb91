/* Files being written (sink.h). */
#include "trace/sink.h"

#include "base/file_name.h"
#include "trace/write_behind.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define AHEAD ((uint64_t)4 << 20) /* bytes */

static bool fail(struct ct_sink *sink, enum ct_status status, const char *what)
{
    if (sink->error.status == CT_OK)
        ct_error_set(&sink->error, status, status == CT_ERR_IO ? errno : 0, "%s %.400s",
                     what, sink->path != NULL ? sink->path : "a trace");
    return false;
}

static bool open_file(struct ct_sink *sink, const char *path, const char *suffix)
{
    memset(sink, 0, sizeof *sink);
    sink->fd = -1;
    sink->placed = AHEAD; /* a small file does without */
    size_t size = strlen(path), suffix_size = strlen(suffix);
    sink->path = malloc(size + suffix_size + 1);
    if (sink->path == NULL)
        return fail(sink, CT_ERR_MEMORY, "out of memory for");
    memcpy(sink->path, path, size);
    memcpy(sink->path + size, suffix, suffix_size + 1);
    if (!ct_buf_reserve(&sink->buf, CT_SINK_BUFFER))
        return fail(sink, CT_ERR_MEMORY, "out of memory for");
    do
        sink->fd = open(sink->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    while (sink->fd < 0 && errno == EINTR);
    sink->has_name = sink->fd >= 0;
    return sink->has_name || fail(sink, CT_ERR_IO, "cannot create");
}

/* ---- places on the disk ---------------------------------------------------------- */

/* Whether writing takes a quarter less where the blocks have their places already. xfs
 * gives them ahead by itself, and tmpfs would fill them with zeros first. */
static bool is_worth_placing(int fd)
{
    struct statfs info;
    return fstatfs(fd, &info) == 0 && info.f_type == EXT4_SUPER_MAGIC;
}

static void place_ahead(struct ct_sink *sink)
{
    uint64_t end = sink->written + sink->buf.size;
    if (end <= sink->placed)
        return;
    bool is_placed = is_worth_placing(sink->fd) &&
                     fallocate(sink->fd, FALLOC_FL_KEEP_SIZE, (off_t)sink->written,
                               (off_t)(sink->buf.size + AHEAD)) == 0;
    sink->placed = is_placed ? end + AHEAD : UINT64_MAX;
}

/* Gives the places behind the end free. */
static void drop_places(struct ct_sink *sink)
{
    if (sink->placed > AHEAD && ftruncate(sink->fd, (off_t)sink->written) != 0)
        return; /* the trace is whole: it takes more room than it needs */
}

/* ---- opening and writing --------------------------------------------------------- */

bool ct_sink_open(struct ct_sink *sink, const char *path)
{
    if (open_file(sink, path, ""))
        return true;
    ct_sink_fini(sink);
    return false;
}

bool ct_sink_open_work(struct ct_sink *sink, const char *path, const char *suffix)
{
    if (open_file(sink, path, suffix) && ct_sink_unlink(sink))
        return true;
    ct_sink_fini(sink);
    return false;
}

bool ct_sink_unlink(struct ct_sink *sink)
{
    if (unlink(sink->path) != 0)
        return fail(sink, CT_ERR_IO, "cannot remove");
    sink->has_name = false;
    return true;
}

void ct_sink_write_behind(struct ct_sink *sink, const _Atomic uint32_t *is_awaited)
{
    sink->is_awaited = is_awaited;
}

static bool took(struct ct_sink *sink, int os_errno)
{
    errno = os_errno;
    return os_errno == 0 || fail(sink, CT_ERR_IO, "cannot write");
}

static int pass(struct ct_sink *sink)
{
    place_ahead(sink);
    if (sink->behind == NULL && sink->is_awaited != NULL && *sink->is_awaited != 0)
        sink->behind = ct_write_behind_new(sink->fd);
    return sink->behind != NULL
               ? ct_write_behind_take(sink->behind, &sink->buf)
               : ct_write_all(sink->fd, sink->buf.data, sink->buf.size);
}

bool ct_sink_pass(struct ct_sink *sink)
{
    if (sink->buf.failed)
        fail(sink, CT_ERR_MEMORY, "out of memory for");
    uint64_t written = sink->written + sink->buf.size;
    bool is_passed = sink->error.status == CT_OK && took(sink, pass(sink));
    ct_buf_clear(&sink->buf);
    sink->written = written;
    return is_passed;
}

bool ct_sink_flush(struct ct_sink *sink)
{
    return ct_sink_pass(sink) &&
           (sink->behind == NULL || took(sink, ct_write_behind_wait(sink->behind)));
}

bool ct_sink_overwrite(struct ct_sink *sink, uint64_t offset,
                       const struct ct_buf *bytes)
{
    if (bytes->failed)
        return fail(sink, CT_ERR_MEMORY, "out of memory for");
    for (size_t done = 0; done < bytes->size && sink->error.status == CT_OK;) {
        ssize_t n = pwrite(sink->fd, bytes->data + done, bytes->size - done,
                           (off_t)(offset + done));
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            fail(sink, CT_ERR_IO, "cannot write");
    }
    return sink->error.status == CT_OK;
}

bool ct_sink_finish(struct ct_sink *sink)
{
    if (!ct_sink_flush(sink))
        return false;
    ct_write_behind_free(sink->behind);
    sink->behind = NULL;
    drop_places(sink);
    int fd = sink->fd;
    sink->fd = -1;
    /* Linux has released the descriptor even if close was interrupted. */
    if (close(fd) != 0 && errno != EINTR)
        return fail(sink, CT_ERR_IO, "cannot write");
    sink->has_name = false;
    return true;
}

void ct_sink_fini(struct ct_sink *sink)
{
    ct_write_behind_free(sink->behind);
    sink->behind = NULL;
    /* Another recording may have taken the name (finish.c, is_replaced). */
    if (sink->has_name && ct_file_has_name(sink->fd, sink->path))
        unlink(sink->path);
    if (sink->fd >= 0)
        close(sink->fd);
    sink->fd = -1;
    sink->has_name = false;
    free(sink->path);
    sink->path = NULL;
    ct_buf_fini(&sink->buf);
}
