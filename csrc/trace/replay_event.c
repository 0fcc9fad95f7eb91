/* Events (trace-formats.md 2.8): what all have in common, and exceptions.
 *
 * Their metadata is JSON in a text, made here and in replay_io.c for both formats. */
#include "trace/replay_state.h"

#include "trace/json.h"

static void put(struct ct_buf *out, const char *text)
{
    ct_buf_append(out, text, strlen(text));
}

void ct_replay_put_thread_id(struct ct_buf *out, uint64_t number)
{
    put(out, "\"thread\":\"ThreadId(");
    ct_json_u64(out, number);
    put(out, ")\"");
}

void ct_replay_put_event(struct ct_replay *replay, enum ct_event_kind kind,
                         const struct ct_buf *metadata, struct ct_text content)
{
    if (metadata->failed) {
        replay->failed = true;
        return;
    }
    replay->writer->ops->event(replay->writer, kind, ct_buf_text(metadata), content);
    replay->counts.events++;
    replay->is_error_last = kind == CT_EVENT_KIND_ERROR;
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
    ct_replay_put_thread_id(out, thread);
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
    make_error_metadata(replay, &replay->metadata, record,
                        replay->current->file_number);
    make_error_content(&replay->content, record);
    replay->failed |= replay->content.failed;
    ct_replay_put_event(replay, CT_EVENT_KIND_ERROR, &replay->metadata,
                        ct_buf_text(&replay->content));
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
        ct_replay_take_io(replay, record);
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
        if (record.kind >= CT_REC_CALL)
            ct_replay_settle_io(replay, &record);
        if (record.kind == CT_REC_EVENT && record.detail != CT_EVENT_UNCAUGHT) {
            put_any(replay, &record);
            replay->waiting_events--;
        }
    }
    ct_replay_close_io(replay, CT_IO_STEP_BOUNDARY);
    replay->waiting_events = 0;
    enum ct_status status = ct_tape_reader_status(tape, err);
    ct_tape_reader_free(tape);
    return status;
}

void ct_replay_end_event(struct ct_replay *replay, enum ct_end_reason reason)
{
    if (reason == CT_END_EXCEPTION && replay->has_uncaught)
        ct_replay_put_event(replay, CT_EVENT_KIND_ERROR, &replay->uncaught_metadata,
                            ct_buf_text(&replay->uncaught_content));
    else if (reason != CT_END_EXCEPTION && replay->is_error_last)
        ct_replay_put_step(replay, replay->last_step.path_id, replay->last_step.line);
}
