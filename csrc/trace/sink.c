/* Files being written (sink.h). Every call of the operating system that writes stands
 * here; interrupted calls are repeated, short writes continued. */
#include "trace/sink.h"

#include "base/file_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

bool ct_sink_flush(struct ct_sink *sink)
{
    if (sink->buf.failed)
        fail(sink, CT_ERR_MEMORY, "out of memory for");
    const uint8_t *next = sink->buf.data;
    size_t left = sink->buf.size;
    ct_buf_clear(&sink->buf);
    while (left != 0 && sink->error.status == CT_OK) {
        ssize_t n = write(sink->fd, next, left);
        if (n >= 0) {
            next += n;
            sink->written += (uint64_t)n;
            left -= (size_t)n;
        } else if (errno != EINTR) {
            fail(sink, CT_ERR_IO, "cannot write");
        }
    }
    return sink->error.status == CT_OK;
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
