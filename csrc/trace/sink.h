/* A file being written: a buffer in front of it and a sticky error.
 *
 * Writers append to `buf` and call `ct_sink_settle` after every record; it hands the
 * bytes to the operating system once there are CT_SINK_BUFFER of them. After a failure
 * nothing reaches the file any more, every function returns false, and `error` tells
 * the first cause. */
#pragma once

#include "base/buf.h"
#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes. The larger a write is, the larger are the pieces of memory that ext4 takes for
 * it: twice as much as this gains nothing more, and the processor's cache holds less.
 */
#define CT_SINK_BUFFER (1024 * 1024)

struct ct_write_behind;

struct ct_sink {
    struct ct_buf buf; /* append here */
    uint64_t written;  /* bytes that are not in `buf` any more */
    uint64_t placed;   /* up to here the file has its blocks, if it needs them ahead */
    int fd;            /* owned; -1 when closed */
    bool has_name;     /* the file has to be removed unless it is finished */
    char *path;        /* owned; for messages even when it has no name any more */
    struct ct_error error;              /* status CT_OK until something fails */
    const _Atomic uint32_t *is_awaited; /* borrowed; NULL: never */
    struct ct_write_behind *behind;     /* owned; NULL while the caller writes itself */
};

/* Creates or empties the file. On false the sink is closed and `error` filled. */
CT_NODISCARD bool ct_sink_open(struct ct_sink *sink, const char *path);

/* The same for a work file `path` + `suffix`, which is readable too and has no name any
 * more when this returns: it vanishes with the descriptor. */
CT_NODISCARD bool ct_sink_open_work(struct ct_sink *sink, const char *path,
                                    const char *suffix);

/* From when the word is not 0 on a thread writes while the caller goes on. Errors are
 * then found by one of the next calls. */
void ct_sink_write_behind(struct ct_sink *sink, const _Atomic uint32_t *is_awaited);

/* Hands everything in `buf` on to the operating system, or to the thread. */
bool ct_sink_pass(struct ct_sink *sink);

/* Hands everything in `buf` to the operating system. */
bool ct_sink_flush(struct ct_sink *sink);

/* Writes over bytes that the operating system has; nothing is in `buf`. */
CT_NODISCARD bool ct_sink_overwrite(struct ct_sink *sink, uint64_t offset,
                                    const struct ct_buf *bytes);

/* Removes the file's name: it vanishes with the descriptor. */
CT_NODISCARD bool ct_sink_unlink(struct ct_sink *sink);

static inline bool ct_sink_settle(struct ct_sink *sink)
{
    return sink->buf.size < CT_SINK_BUFFER && !sink->buf.failed ? true
                                                                : ct_sink_pass(sink);
}

/* Flushes and closes the file; false if the sink has failed, now or before. */
CT_NODISCARD bool ct_sink_finish(struct ct_sink *sink);

/* Frees the sink, whatever its state; a file that was not finished is removed. */
void ct_sink_fini(struct ct_sink *sink);
