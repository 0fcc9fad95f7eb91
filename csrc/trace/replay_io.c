/* Output and input (trace-formats.md 2.8): pieces of the tape become Events.
 *
 * Capture writes a piece for each call of the program and keeps none back; here they
 * are joined into lines. At most one chunk is open in the whole replay, as whatever
 * comes between two pieces, of any thread, would be in the wrong place otherwise: the
 * contents of a stream's Events, one behind the other, are what went through it. */
#include "trace/replay_state.h"

#include "trace/json.h"
#include "trace/limits.h"

static void put(struct ct_buf *out, const char *text)
{
    ct_buf_append(out, text, strlen(text));
}

static void put_flags(struct ct_buf *out, uint8_t flags)
{
    static const char *const names[] = {"newline",    "flush", "step_boundary",
                                        "time_split", "input", "mirror"};
    put(out, ",\"flags\":[");
    const char *separator = "\"";
    for (int i = 0; i < 6; i++) {
        if (flags & 1 << i) {
            put(out, separator);
            put(out, names[i]);
            put(out, "\"");
            separator = ",\"";
        }
    }
    put(out, "]}");
}

/* Where the thread stands; nobody knows who wrote bytes that were mirrored. */
static void put_location(struct ct_buf *out, const struct ct_thread *thread,
                         bool is_known)
{
    if (!is_known) {
        put(out, ",\"path_id\":null,\"line\":null,\"frame_id\":null");
        return;
    }
    const struct ct_frame *frame = ct_frames_top(&thread->frames);
    put(out, ",\"path_id\":");
    ct_json_u64(out, thread->step.path_id);
    put(out, ",\"line\":");
    ct_json_i64(out, thread->step.line);
    put(out, ",\"frame_id\":");
    ct_json_u64(out, frame == NULL ? 0 : frame->call_index);
}

static void put_io(struct ct_replay *replay, uint8_t event, uint8_t flags,
                   struct ct_text content)
{
    struct ct_buf *out = &replay->metadata;
    const char *stream = event == CT_EVENT_WRITE       ? "stdout"
                         : event == CT_EVENT_WRITE_ERR ? "stderr"
                                                       : "stdin";
    ct_buf_clear(out);
    put(out, "{\"stream\":\"");
    put(out, stream);
    put(out, "\",");
    ct_replay_put_thread_id(out, replay->current->file_number);
    put_location(out, replay->current, (flags & CT_IO_MIRROR) == 0);
    put_flags(out, flags);
    ct_replay_put_event(replay, (enum ct_event_kind)event, out, content);
}

/* ---- chunks -----------------------------------------------------------------------
 */

void ct_replay_close_io(struct ct_replay *replay, uint8_t flags)
{
    struct ct_chunk *chunk = &replay->chunk;
    if (!chunk->is_open)
        return;
    chunk->is_open = false;
    replay->failed |= chunk->text.failed;
    if (chunk->text.size > 0)
        put_io(replay, chunk->event, chunk->flags | flags, ct_buf_text(&chunk->text));
    ct_buf_clear(&chunk->text);
}

/* Whether a piece goes on with the open chunk. */
static bool continues(const struct ct_chunk *chunk, const struct ct_tape_record *record)
{
    return record->kind == CT_REC_EVENT && record->detail == chunk->event &&
           record->thread == chunk->thread &&
           ((record->flags ^ chunk->flags) & (CT_IO_INPUT | CT_IO_MIRROR)) == 0;
}

void ct_replay_settle_io(struct ct_replay *replay, const struct ct_tape_record *record)
{
    struct ct_chunk *chunk = &replay->chunk;
    if (!chunk->is_open || continues(chunk, record))
        return;
    bool is_boundary = record->kind != CT_REC_EVENT && record->thread == chunk->thread;
    ct_replay_close_io(replay, is_boundary ? CT_IO_STEP_BOUNDARY : 0);
}

void ct_replay_take_io(struct ct_replay *replay, const struct ct_tape_record *record)
{
    struct ct_chunk *chunk = &replay->chunk;
    bool is_last = (record->flags & CT_IO_OPEN) == 0;
    if (!chunk->is_open && is_last) {
        if (record->text.size > 0) /* else the end of a chunk that has been closed */
            put_io(replay, record->detail, record->flags, record->text);
        return;
    }
    if (!chunk->is_open) {
        chunk->is_open = true;
        chunk->event = record->detail;
        chunk->thread = record->thread;
        chunk->flags = record->flags & (CT_IO_INPUT | CT_IO_MIRROR);
    }
    ct_buf_append_text(&chunk->text, record->text);
    if (is_last)
        ct_replay_close_io(replay, record->flags);
    else if (chunk->text.size >= CT_LIMIT_CHUNK)
        ct_replay_close_io(replay, 0);
}
