/* Text and bytes of the standard streams as pieces on the tape.
 *
 * A *span* is what one call of a stream's method writes to the tape. It is begun before
 * the call, so that events stand in the order in which the stream takes the text even
 * where the call lets other threads run, and taken back if the call fails. io_hooks.c
 * alone calls this, with an attached thread state. Sets no exception, touches none, and
 * runs no code of the program's. */
#pragma once

#include "py/recorder.h"

struct ct_io {
    struct ct_recorder *recorder; /* borrowed; NULL: nothing is recorded */
    unsigned serial;              /* of the recording */
    struct ct_buf scratch;
    struct ct_io_last {
        bool is_open; /* its chunk may go on */
        enum ct_event event;
        uint64_t thread; /* number */
        int64_t time;    /* nanoseconds of the monotonic clock */
    } last;              /* piece */
};

struct ct_io_span {
    unsigned serial;
    struct ct_thread *thread;
    struct ct_segment_header *header;
    uint8_t *before, *after;
    struct ct_io_last last; /* before the span */
};

/* Begins a span of the calling thread; false if nothing is recorded now. */
bool ct_io_begin(struct ct_io *io, struct ct_io_span *span);

/* Adds a str, or bytes that are UTF-8 as far as that goes: a piece for each line, and
 * for each part of a long one. */
void ct_io_put_str(struct ct_io *io, struct ct_io_span *span, enum ct_event event,
                   PyObject *str);
void ct_io_put_bytes(struct ct_io *io, struct ct_io_span *span, enum ct_event event,
                     const char *bytes, size_t size);

/* Whether the calling thread's last piece was one of `event` without a line's end; and
 * ends its chunk. */
bool ct_io_is_open(const struct ct_io *io, enum ct_event event);
void ct_io_put_flush(struct ct_io *io, struct ct_io_span *span, enum ct_event event);

/* Commits the span. The recording may have ended since. */
void ct_io_commit(const struct ct_io *io, const struct ct_io_span *span);

/* Takes the span back; false if it cannot be any more, since another thread has run or
 * the segment was full. */
bool ct_io_take_back(struct ct_io *io, const struct ct_io_span *span);
