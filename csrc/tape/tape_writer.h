/* Appends records to a tape.
 *
 * A `struct ct_tape` is the folder of segments of one recording; a `struct ct_stream`
 * is one thread's place in it. A stream writes into a shared file mapping without a
 * lock and without a system call, except once per segment. Bytes become visible to
 * readers by `ct_stream_commit`, after the last record of an event; a process killed
 * before loses that event and nothing else.
 *
 * Errors are sticky: after the first one `ct_stream_reserve` gives false for every
 * stream of the tape, the tape has its END, and `error` says what happened. The END
 * needs no room on the disk then: its segment is allocated when the tape is opened. */
#pragma once

#include "base/status.h"
#include "base/text.h"
#include "base/varint.h"
#include "tape/handover.h"
#include "tape/quota.h"
#include "tape/record.h"
#include "tape/segment.h"
#include "tape/tape_help.h"
#include "tape/tape_lock.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ct_tape {
    char *folder;                  /* owned: absolute path of DIR/trace.tape */
    _Atomic uint64_t next_segment; /* number of the next segment */
    _Atomic uint64_t next_key;     /* key of the next run */
    _Atomic uint64_t bytes;        /* record bytes in sealed segments */
    _Atomic bool failed;
    _Atomic bool has_end;
    struct ct_error error;          /* of the first failure; CT_ERR_LIMIT: of the user's
                                       limits, which are no failure */
    struct ct_quota quota;          /* zero until the caller sets it */
    void (*trim)(struct ct_tape *); /* called when a segment was sealed and quota.keep
                                       is set; zero until the caller sets it */
    struct ct_tape_lock lock;       /* held until ct_tape_close */
    struct ct_help help;            /* for when the process cannot make a segment */
    struct ct_handover handover;    /* told of every segment that is sealed */
    struct ct_segment_header *last; /* owned mapping: the segment for the END */
    mode_t mode;                    /* of the files: the umask may change */
};

struct ct_stream {
    uint8_t *cursor; /* where the next record goes */
    uint8_t *end;    /* of the room that is ready: pages the kernel has put in place */
    uint8_t *limit;  /* of the segment's room */
    uint8_t *records;
    uint64_t before;                  /* record bytes in the segments before */
    struct ct_segment_header *header; /* the mapping; NULL before the first segment */
    struct ct_tape *tape;             /* borrowed */
    uint64_t thread;
    size_t next_capacity; /* record bytes of the next segment */
};

/* Creates the folder `dir`/trace.tape, locked (tape_lock.h). `dir` must be absolute. If
 * there is a tape already, CT_ERR_IO with os_errno EEXIST. */
CT_NODISCARD enum ct_status ct_tape_open(struct ct_tape *tape, const char *dir,
                                         struct ct_error *err);
/* Frees what `ct_tape_open` took, the lock too; the files stay. All streams must be
 * closed. */
void ct_tape_close(struct ct_tape *tape);
/* To be called in a forked child, which has not inherited lock and END. */
void ct_tape_forget(struct ct_tape *tape);
/* Whether an errno may come from what the program itself has lost, so that the helper
 * can do it all the same; a disk is as full for both. */
bool ct_tape_may_be_helped(int error);
/* Makes the segment with the END the last one of the tape, if it was written but could
 * not be renamed. For who finishes the tape of another process. */
void ct_tape_adopt_end(const char *folder);
/* Removes the files of a tape and the folder (nothing else), when it is finished or
 * dropped: the first segment first, or, as a cut tape may have none, the state renamed;
 * so what is left without one, or with a state of that name, was finished. The lock is
 * the last. */
void ct_tape_remove(const char *folder);

/* Lets the tape fail for want of memory, as a write that fails does, but without an
 * END: `ct_tape_end` may still come. */
void ct_tape_fail_memory(struct ct_tape *tape);

/* Writes CT_REC_END, the last record; nothing if the tape has one. All events must have
 * been committed. */
void ct_tape_end(struct ct_tape *tape, enum ct_end_reason reason, enum ct_end_exit exit,
                 int64_t code, struct ct_text note);

void ct_stream_init(struct ct_stream *stream, struct ct_tape *tape, uint64_t thread);
/* Seals and unmaps the current segment. Does not commit. */
void ct_stream_close(struct ct_stream *stream);

/* The same in a forked child, to whose parent the segment belongs: nothing is written.
 */
void ct_stream_abandon(struct ct_stream *stream);

/* Slow half of ct_stream_reserve: commits, seals, and goes on in a new segment with
 * at least `size` bytes of room. */
bool ct_stream_roll(struct ct_stream *stream, size_t size);

/* Makes sure of `size` bytes at the cursor. Call it between records only: what has been
 * written so far may be committed. False when the tape has failed. */
static inline bool ct_stream_reserve(struct ct_stream *stream, size_t size)
{
    return size <= (size_t)(stream->end - stream->cursor)
               ? true
               : ct_stream_roll(stream, size);
}

/* Publishes every record up to the cursor. */
static inline void ct_stream_commit(struct ct_stream *stream)
{
    atomic_store_explicit(&stream->header->committed,
                          (uint64_t)(stream->cursor - stream->records),
                          memory_order_release);
}

/* Begins a new run of the stream's thread, after another thread has written. */
bool ct_stream_begin_run(struct ct_stream *stream);

/* Where the cursor stands among the record bytes of the stream. */
static inline uint64_t ct_stream_position(const struct ct_stream *stream)
{
    return stream->before + (uint64_t)(stream->cursor - stream->records);
}

/* Whether a record may refer to what was written at a position: it lies in the current
 * segment, which begins with a RUN. Position 0: nothing. */
static inline bool ct_stream_reaches(const struct ct_stream *stream, uint64_t position)
{
    return position > stream->before;
}

/* Writes a varint or a text at the cursor; the room must have been reserved:
 * CT_VARINT_MAX for a number, ct_stream_text_size(text) for a text. */
static inline void ct_stream_number(struct ct_stream *stream, uint64_t value)
{
    stream->cursor = ct_varint_put(stream->cursor, value);
}

#define CT_SAME_SIZE (1 + CT_VARINT_MAX) /* bytes of a SAME, at most */

/* Writes, in the place of a value, that it is the same as one that the stream reaches;
 * for CT_SAME_SIZE bytes. */
static inline void ct_stream_same(struct ct_stream *stream, uint64_t position)
{
    uint64_t distance = ct_stream_position(stream) - position;
    *stream->cursor++ = CT_VAL_SAME;
    ct_stream_number(stream, distance);
}

static inline size_t ct_stream_text_size(struct ct_text text)
{
    return CT_VARINT_MAX + text.size;
}

static inline void ct_stream_text(struct ct_stream *stream, struct ct_text text)
{
    ct_stream_number(stream, text.size);
    if (text.size > 0) /* an empty text may have no bytes at all */
        memcpy(stream->cursor, text.bytes, text.size);
    stream->cursor += text.size;
}

/* CT_REC_FACT as a whole record, committed. */
bool ct_stream_fact(struct ct_stream *stream, enum ct_fact fact, struct ct_text text);
