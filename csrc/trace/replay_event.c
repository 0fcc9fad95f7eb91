/* Events: output, input and exceptions (trace-formats.md 2.8).
 *
 * Their metadata is JSON in a text, made here for both formats. */
#include "trace/replay_state.h"

#include "trace/json.h"

static void put(struct ct_buf *out, const char *text)
{
    ct_buf_append(out, text, strlen(text));
}

/* `"thread":"ThreadId(n)"`, the number that of the file. */
static void put_thread_id(struct ct_buf *out, uint64_t number)
{
    put(out, "\"thread\":\"ThreadId(");
    ct_json_u64(out, number);
    put(out, ")\"");
}

static struct ct_text text_of(const struct ct_buf *buf)
{
    return (struct ct_text){(const char *)buf->data, buf->size};
}

static void put_event(struct ct_replay *replay, enum ct_event_kind kind,
                      const struct ct_buf *metadata, struct ct_text content)
{
    if (metadata->failed) {
        replay->failed = true;
        return;
    }
    replay->writer->ops->event(replay->writer, kind, text_of(metadata), content);
    replay->counts.events++;
    replay->is_error_last = kind == CT_EVENT_KIND_ERROR;
}

/* ---- output and input -------------------------------------------------------------
 */

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

static void put_io(struct ct_replay *replay, const struct ct_tape_record *record)
{
    struct ct_buf *out = &replay->metadata;
    const char *stream = record->detail == CT_EVENT_WRITE       ? "stdout"
                         : record->detail == CT_EVENT_WRITE_ERR ? "stderr"
                                                                : "stdin";
    ct_buf_clear(out);
    put(out, "{\"stream\":\"");
    put(out, stream);
    put(out, "\",");
    put_thread_id(out, replay->current->number);
    put_location(out, replay->current, (record->flags & CT_IO_MIRROR) == 0);
    put_flags(out, record->flags);
    put_event(replay, (enum ct_event_kind)record->detail, out, record->text);
}

/* ---- exceptions -------------------------------------------------------------------
 */

static void make_error_metadata(const struct ct_replay *replay, struct ct_buf *out,
                                const struct ct_tape_record *record, uint64_t thread)
{
    ct_buf_clear(out);
    put(out, "{\"type\":");
    ct_json_string(out, record->type);
    put(out, ",\"module\":");
    ct_json_string(out, record->module);
    put(out, ",\"message\":");
    ct_json_string(out, record->text);
    put(out, ",\"path\":");
    ct_json_string(out, ct_defs_text(&replay->defs,
                                     ct_defs_path(&replay->defs, record->of)->text));
    put(out, ",\"line\":");
    ct_json_i64(out, record->line);
    put(out, ",");
    put_thread_id(out, thread);
    put(out, record->detail == CT_EVENT_UNCAUGHT ? ",\"uncaught\":true}" : "}");
}

static void make_error_content(struct ct_buf *out, const struct ct_tape_record *record)
{
    ct_buf_clear(out);
    ct_buf_append_text(out, record->type);
    if (record->text.size > 0) {
        put(out, ": ");
        ct_buf_append_text(out, record->text);
    }
}

static void put_error(struct ct_replay *replay, const struct ct_tape_record *record)
{
    make_error_metadata(replay, &replay->metadata, record, replay->current->number);
    make_error_content(&replay->content, record);
    replay->failed |= replay->content.failed;
    put_event(replay, CT_EVENT_KIND_ERROR, &replay->metadata,
              text_of(&replay->content));
}

static void keep_uncaught(struct ct_replay *replay, const struct ct_tape_record *record)
{
    make_error_metadata(replay, &replay->uncaught_metadata, record, record->thread);
    make_error_content(&replay->uncaught_content, record);
    replay->failed |=
        replay->uncaught_metadata.failed || replay->uncaught_content.failed;
    replay->has_uncaught = true;
}

/* ---- what the replay calls ---------------------------------------------------------
 */

static void put_any(struct ct_replay *replay, const struct ct_tape_record *record)
{
    if (record->detail == CT_EVENT_ERROR)
        put_error(replay, record);
    else
        put_io(replay, record);
}

void ct_replay_event(struct ct_replay *replay, struct ct_thread *thread,
                     const struct ct_tape_record *record)
{
    if (record->detail == CT_EVENT_UNCAUGHT) {
        keep_uncaught(replay, record);
    } else if (replay->counts.steps == 0) {
        replay->waiting_events++;
    } else {
        if (record->detail == CT_EVENT_ERROR || (record->flags & CT_IO_MIRROR) == 0)
            ct_replay_enter(replay, thread);
        put_any(replay, record);
    }
}

/* The Events wait on the tape, not in memory: there may be any number of them. They
 * stand in the thread whose Step came first. */
enum ct_status ct_replay_waiting(struct ct_replay *replay, struct ct_error *err)
{
    struct ct_tape_reader *tape = ct_tape_reader_new(replay->dir, err);
    if (tape == NULL)
        return err->status;
    struct ct_tape_record record;
    while (replay->waiting_events > 0 && !replay->failed && !replay->writer->failed &&
           !replay->writer->is_full && ct_tape_reader_next(tape, &record)) {
        if (record.kind == CT_REC_EVENT && record.detail != CT_EVENT_UNCAUGHT) {
            put_any(replay, &record);
            replay->waiting_events--;
        }
    }
    replay->waiting_events = 0;
    enum ct_status status = ct_tape_reader_status(tape, err);
    ct_tape_reader_free(tape);
    return status;
}

void ct_replay_end_event(struct ct_replay *replay, enum ct_end_reason reason)
{
    if (reason == CT_END_EXCEPTION && replay->has_uncaught)
        put_event(replay, CT_EVENT_KIND_ERROR, &replay->uncaught_metadata,
                  text_of(&replay->uncaught_content));
    else if (reason != CT_END_EXCEPTION && replay->is_error_last)
        ct_replay_put_step(replay, replay->last_step.path_id, replay->last_step.line);
}
