/* Pieces: cut at lines, encoded, appended to the thread's part of the tape. */
#include "py/io_record.h"

#include "base/utf8.h"
#include "py/fd_hooks.h"
#include "py/text.h"
#include "py/value_text_parts.h"

#include <time.h>

/* Characters or bytes of a piece: what a record needs at once in a segment. */
#define CT_IO_PIECE 4096

/* Nanoseconds of quiet after which what comes is another chunk. */
#define CT_IO_QUIET 5000000

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static struct ct_thread *current_thread(struct ct_recorder *recorder)
{
    PyThreadState *state = ct_thread_state();
    if (state == NULL || recorder == NULL || recorder->is_detached ||
        recorder->window != CT_WINDOW_OPEN)
        return NULL;
    struct ct_thread *thread = recorder->threads.current;
    if (thread->state != state || thread->id != state->id)
        thread = ct_threads_switch(&recorder->threads, state);
    if (thread != NULL && atomic_load(&recorder->needs_look) &&
        atomic_exchange(&recorder->needs_look, false))
        ct_fd_take(recorder);
    return thread == NULL || thread->stream.header == NULL ? NULL : thread;
}

bool ct_io_begin(struct ct_io *io, struct ct_io_span *span)
{
    struct ct_thread *thread = current_thread(io->recorder);
    if (thread == NULL)
        return false;
    *span = (struct ct_io_span){io->serial,
                                thread,
                                thread->stream.header,
                                thread->stream.cursor,
                                thread->stream.cursor,
                                io->last};
    return true;
}

static void put(struct ct_io_span *span, enum ct_event event, uint8_t flags,
                struct ct_text text)
{
    struct ct_stream *stream = &span->thread->stream;
    if (event == CT_EVENT_READ)
        flags |= CT_IO_INPUT;
    if (!ct_stream_reserve(stream, 3 + ct_stream_text_size(text)))
        return;
    *stream->cursor++ = CT_REC_EVENT;
    *stream->cursor++ = (uint8_t)event;
    *stream->cursor++ = flags;
    ct_stream_text(stream, text);
    span->after = stream->cursor;
}

/* Ends the chunk that is open if there has been quiet, and takes the time. The end of a
 * line that `print` writes by itself stays with its line, however busy the machine is.
 */
static void note_time(struct ct_io *io, struct ct_io_span *span, enum ct_event event,
                      bool is_line_end)
{
    bool was_open = ct_io_is_open(io, event);
    int64_t last = io->last.time;
    io->last.time = now();
    if (was_open && !is_line_end && io->last.time - last > CT_IO_QUIET)
        put(span, event, CT_IO_TIME_SPLIT, CT_TEXT(""));
}

/* Writes what is in the scratch buffer. */
static void put_scratch(struct ct_io *io, struct ct_io_span *span, enum ct_event event,
                        bool is_line)
{
    uint8_t flags = is_line ? CT_IO_NEWLINE : CT_IO_OPEN;
    if (io->scratch.failed)
        ct_buf_fini(&io->scratch);
    else
        put(span, event, flags, ct_buf_text(&io->scratch));
    io->last.is_open = !is_line;
    io->last.event = event;
    io->last.thread = span->thread->stream.thread;
}

/* Whether nothing has run in the thread, of what is recorded, since an exception has
 * left it whose report a filter hides: what comes on standard error is that report. It
 * is replaced as a whole, by one line. */
static bool is_hidden_report(struct ct_io *io, struct ct_io_span *span,
                             enum ct_event event)
{
    struct ct_thread *thread = span->thread;
    if (event != CT_EVENT_WRITE_ERR || thread->unwinding == NULL ||
        !thread->hides_report)
        return false;
    if (!thread->has_hidden_report) {
        thread->has_hidden_report = true;
        ct_buf_clear(&io->scratch);
        ct_buf_append_text(&io->scratch, CT_TEXT(CT_REDACTED_TEXT "\n"));
        put_scratch(io, span, event, true);
    }
    return true;
}

void ct_io_put_str(struct ct_io *io, struct ct_io_span *span, enum ct_event event,
                   PyObject *str)
{
    if (is_hidden_report(io, span, event))
        return;
    Py_ssize_t size = PyUnicode_GET_LENGTH(str);
    note_time(io, span, event, size == 1 && PyUnicode_READ_CHAR(str, 0) == '\n');
    for (Py_ssize_t start = 0, end; start < size; start = end) {
        end = Py_MIN(size, start + CT_IO_PIECE);
        Py_ssize_t line = PyUnicode_FindChar(str, '\n', start, end, 1);
        if (line >= 0)
            end = line + 1;
        ct_buf_clear(&io->scratch);
        ct_text_append(&io->scratch, str, start, end);
        put_scratch(io, span, event, line >= 0);
    }
}

void ct_io_put_bytes(struct ct_io *io, struct ct_io_span *span, enum ct_event event,
                     const char *bytes, size_t size)
{
    if (is_hidden_report(io, span, event))
        return;
    note_time(io, span, event, size == 1 && bytes[0] == '\n');
    while (size > 0) {
        size_t part = size > CT_IO_PIECE ? ct_utf8_cut(bytes, CT_IO_PIECE) : size;
        const char *line = memchr(bytes, '\n', part);
        if (line != NULL)
            part = (size_t)(line - bytes) + 1;
        ct_buf_clear(&io->scratch);
        ct_utf8_append(&io->scratch, (struct ct_text){bytes, part});
        put_scratch(io, span, event, line != NULL);
        bytes += part;
        size -= part;
    }
}

bool ct_io_is_open(const struct ct_io *io, enum ct_event event)
{
    const struct ct_recorder *recorder = io->recorder;
    return io->last.is_open && recorder != NULL && io->last.event == event &&
           recorder->threads.current->stream.thread == io->last.thread;
}

void ct_io_put_flush(struct ct_io *io, struct ct_io_span *span, enum ct_event event)
{
    io->last.is_open = false;
    put(span, event, CT_IO_FLUSH, CT_TEXT(""));
}

/* The thread's stream while it is still the one that the span stands in, or NULL. */
static struct ct_stream *stream_of(const struct ct_io *io,
                                   const struct ct_io_span *span)
{
    if (io->recorder == NULL || io->serial != span->serial ||
        io->recorder->is_detached || io->recorder->threads.current != span->thread)
        return NULL; /* committed with the change of thread, or not ours any more */
    struct ct_stream *stream = &span->thread->stream;
    return stream->header == NULL ? NULL : stream;
}

void ct_io_commit(const struct ct_io *io, const struct ct_io_span *span)
{
    struct ct_stream *stream = stream_of(io, span);
    if (stream != NULL)
        ct_stream_commit(stream);
}

bool ct_io_take_back(struct ct_io *io, const struct ct_io_span *span)
{
    struct ct_stream *stream = stream_of(io, span);
    if (stream == NULL || stream->header != span->header ||
        stream->cursor != span->after ||
        atomic_load(&stream->header->committed) >
            (uint64_t)(span->before - stream->records))
        return false;
    stream->cursor = span->before;
    io->last = span->last;
    return true;
}
