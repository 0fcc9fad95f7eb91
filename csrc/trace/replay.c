/* The run over the tape, and the beginning and end of the file.
 *
 * Called by finish.c. The records of a trace are written by the files replay_*.c; this
 * one decides which record of the tape leads to what, in which thread. */
#include "trace/replay.h"

#include "trace/limits.h"
#include "trace/replay_state.h"

#include <stdlib.h>

static struct ct_text program_path(const struct ct_facts *facts)
{
    struct ct_text path = ct_facts_get(facts, CT_FACT_PROGRAM_PATH);
    return path.size > 0 ? path : ct_facts_get(facts, CT_FACT_PROGRAM);
}

/* The first four records: path 0, function 0, its Call, type 0. */
static void begin_file(struct ct_replay *replay)
{
    struct ct_intern *intern = &replay->intern;
    uint32_t path_id = ct_intern_path(intern, program_path(replay->facts));
    uint32_t function_id =
        ct_intern_function(intern, path_id, 1, CT_TEXT("<toplevel>"));
    replay->writer->ops->call(replay->writer, function_id, 0, NULL);
    replay->counts.calls = 1;
    ct_intern_type(intern, CT_KIND_NONE, CT_TEXT("None"));
}

static bool init(struct ct_replay *replay, struct ct_writer *writer,
                 const struct ct_facts *facts)
{
    replay->has_thread_records = ct_facts_is(facts, CT_FACT_THREAD_RECORDS, "on") ||
                                 (!ct_facts_is(facts, CT_FACT_THREAD_RECORDS, "off") &&
                                  !ct_facts_is(facts, CT_FACT_FORMAT, "json"));
    replay->intern.writer = writer;
    replay->highest_step = -1;
    ct_values_init(&replay->values, &replay->defs, &replay->intern,
                   writer->ops->has_float);
    if (!ct_defs_init(&replay->defs))
        return false;
    replay->first = replay->current = ct_replay_thread(replay, 1);
    if (replay->first == NULL)
        return false;
    replay->first->file_number = replay->counts.threads = 1;
    return true;
}

static void fini(struct ct_replay *replay)
{
    struct ct_buf *const buffers[] = {
        &replay->uncaught_metadata, &replay->uncaught_content, &replay->arguments,
        &replay->metadata,          &replay->content,          &replay->shown,
        &replay->chunk.text,
    };
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        ct_buf_fini(buffers[i]);
    ct_fragment_fini(&replay->written);
    ct_fragment_fini(&replay->hidden);
    ct_replay_free_threads(replay);
    ct_values_fini(&replay->values);
    ct_intern_fini(&replay->intern);
    ct_defs_fini(&replay->defs);
}

/* ---- records ----------------------------------------------------------------------
 */

/* SET, UNSET, SLOT, MORE: changes of the innermost frame, which the file shows later.
 */
static void change_frame(struct ct_replay *replay, struct ct_frame *frame,
                         const struct ct_tape_record *record)
{
    size_t named = ct_defs_code(&replay->defs, frame->code)->names.count;
    replay->failed |= !ct_frame_change(frame, named, record, &replay->is_odd);
}

/* A record of a thread's events. Those of a frame need one: without, capture saw the
 * end of something that it had not recorded. */
static void replay_event(struct ct_replay *replay, const struct ct_tape_record *record)
{
    struct ct_thread *thread = replay->reading;
    struct ct_frame *frame = ct_frames_top(&thread->frames);
    switch (record->kind) {
    case CT_REC_CALL:
        ct_replay_enter(replay, thread);
        ct_replay_call(replay, record);
        break;
    case CT_REC_STEP:
        if (frame != NULL) {
            ct_replay_enter(replay, thread);
            ct_replay_step(replay, record->line);
        }
        break;
    case CT_REC_RETURN:
        if (frame != NULL) {
            ct_replay_enter(replay, thread);
            ct_replay_return(replay, record->body);
        }
        break;
    case CT_REC_EVENT:
        ct_replay_event(replay, thread, record);
        break;
    case CT_REC_THREAD_EXIT:
        ct_replay_thread_exit(replay, thread);
        break;
    default:
        if (frame != NULL)
            change_frame(replay, frame, record);
    }
}

static void replay_record(struct ct_replay *replay, const struct ct_tape_record *record)
{
    if (record->kind == CT_REC_FACT) {
        if (record->detail == CT_FACT_NOTE || record->detail == CT_FACT_FILTER_STATS)
            ct_facts_add(replay->facts, record->detail, record->text);
    } else if (record->kind < CT_REC_CALL) {
        replay->failed |= !ct_defs_add(&replay->defs, record);
    } else {
        if (replay->reading == NULL || replay->reading->number != record->thread)
            replay->reading = ct_replay_thread(replay, record->thread);
        ct_replay_settle_io(replay, record);
        if (replay->reading != NULL)
            replay_event(replay, record);
    }
}

/* Takes the END record and, when the file is full, what it says about the exit. */
static void take_end(struct ct_replay *replay, const struct ct_tape_record *record)
{
    struct ct_replay_result *result = &replay->result;
    result->reason = (enum ct_end_reason)record->detail;
    result->complete = true;
    replay->has_end = true;
    if (replay->is_full_by_user)
        return;
    result->exit = (enum ct_end_exit)record->flags;
    result->code = record->line;
    if (record->text.size > 0)
        ct_facts_add(replay->facts, CT_FACT_NOTE, record->text);
}

/* Ends the file where the user wants it to end. */
static void keep_size(struct ct_replay *replay)
{
    const struct ct_writer *writer = replay->writer;
    uint64_t limit = replay->options.size_limit;
    if (limit == 0 || replay->is_full || writer->ops->size(writer) < limit)
        return;
    char note[128];
    snprintf(note, sizeof note,
             "The recording ended before the program: max_trace_size, %llu bytes, was "
             "reached.",
             (unsigned long long)limit);
    ct_facts_add(replay->facts, CT_FACT_NOTE, ct_text_of(note));
    replay->is_full = replay->is_full_by_user = true;
}

static bool can_go_on(const struct ct_replay *replay)
{
    return !replay->failed && !replay->is_odd && !replay->intern.failed &&
           !replay->writer->failed;
}

/* Tells how far the replay is, each time a segment is done. */
static void tell(struct ct_replay *replay)
{
    uint64_t done = ct_tape_reader_done(replay->tape);
    if (done != replay->told && replay->options.tell != NULL)
        replay->options.tell(replay->options.context, done);
    replay->told = done;
}

enum ct_status ct_replay_go(struct ct_replay *replay, struct ct_error *err)
{
    struct ct_tape_record record;
    while (can_go_on(replay) && ct_tape_reader_next(replay->tape, &record)) {
        if (record.kind == CT_REC_END)
            take_end(replay, &record);
        else if (!replay->is_full)
            replay_record(replay, &record);
        if (replay->waiting_events > 0 && replay->counts.steps > 0 &&
            ct_replay_waiting(replay, err) != CT_OK)
            return err->status;
        replay->is_full |= replay->writer->is_full;
        if (record.kind != CT_REC_END)
            keep_size(replay);
        tell(replay);
    }
    return ct_tape_reader_status(replay->tape, err);
}

bool ct_replay_has_end(const struct ct_replay *replay)
{
    return replay->has_end;
}

bool ct_replay_can_follow(const struct ct_replay *replay)
{
    return can_go_on(replay) && ct_tape_reader_is_waiting(replay->tape);
}

bool ct_replay_is_full(const struct ct_replay *replay)
{
    return replay->is_full;
}

/* Only the last part of the recording is on the tape. */
static void note_cut(struct ct_replay *replay)
{
    struct ct_text size = ct_facts_get(replay->facts, CT_FACT_KEEP_LAST);
    char note[160];
    int n = snprintf(note, sizeof note,
                     "Only the last part of the recording was kept (keep_last, %.*s "
                     "bytes): the trace begins with the calls that were open there.",
                     size.size < 20 ? (int)size.size : 20, size.bytes);
    ct_facts_add(replay->facts, CT_FACT_NOTE, (struct ct_text){note, (size_t)n});
}

/* What the end of the tape means for the trace. */
static void judge_end(struct ct_replay *replay)
{
    struct ct_replay_result *result = &replay->result;
    result->last = replay->last_step;
    if (replay->is_full) {
        result->reason = CT_END_LIMIT;
        result->complete = replay->is_full_by_user;
    }
    if (ct_tape_reader_is_cut(replay->tape))
        note_cut(replay);
    if (replay->is_odd || ct_tape_reader_is_damaged(replay->tape)) {
        result->complete = false;
        ct_facts_add(
            replay->facts, CT_FACT_NOTE,
            CT_TEXT("The recording was damaged on disk; the trace ends where the "
                    "damage begins."));
    }
}

/* ---- the end ----------------------------------------------------------------------
 */

/* The value of the last Return, whose type is defined now. */
static struct ct_node exit_value(struct ct_replay *replay,
                                 const struct ct_replay_result *result)
{
    struct ct_node node = {.next = 1};
    if (result->exit == CT_EXIT_CODE) {
        node.kind = CT_NODE_INT;
        node.type_id = ct_intern_type(&replay->intern, CT_KIND_INT, CT_TEXT("int"));
        node.of.integer = result->code;
        return node;
    }
    node.kind = CT_NODE_STRING;
    node.type_id = ct_intern_type(&replay->intern, CT_KIND_STRING, CT_TEXT("str"));
    node.of.text =
        result->exit == CT_EXIT_DISABLED ? CT_TEXT("<disabled>") : CT_TEXT("<exit>");
    return node;
}

/* Every path but path 0 has a Step in it, and the file has one: only a file whose first
 * call was its last record can lack them. */
static void put_missing_step(struct ct_replay *replay)
{
    if ((int64_t)replay->intern.paths.count - 1 > replay->highest_step &&
        replay->intern.paths.count > 1)
        ct_replay_put_step(replay, replay->highest_path.path_id,
                           replay->highest_path.line);
    else if (replay->counts.steps == 0)
        ct_replay_put_step(replay, 0, 1);
}

static enum ct_status end_file(struct ct_replay *replay,
                               const struct ct_replay_result *result,
                               struct ct_error *err)
{
    ct_replay_close_io(replay, CT_IO_STEP_BOUNDARY);
    ct_replay_close_frames(replay);
    ct_replay_enter(replay, replay->first);
    ct_replay_close_frames(replay);
    put_missing_step(replay);
    if (replay->waiting_events > 0 && ct_replay_waiting(replay, err) != CT_OK)
        return err->status;
    struct ct_node value = exit_value(replay, result);
    ct_replay_end_event(replay, result->reason);
    replay->writer->ops->ret(replay->writer, &(struct ct_tree){.nodes = &value});
    if (replay->failed || replay->intern.failed)
        return ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    return CT_OK;
}

struct ct_replay *ct_replay_new(const char *dir, struct ct_writer *writer,
                                struct ct_facts *facts,
                                const struct ct_replay_options *options,
                                struct ct_error *err)
{
    struct ct_replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL) {
        ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
        return NULL;
    }
    replay->dir = dir;
    replay->writer = writer;
    replay->facts = facts;
    replay->options = *options;
    replay->result.reason = CT_END_KILLED;
    replay->result.exit = CT_EXIT_UNKNOWN;
    replay->tape = ct_tape_reader_new(dir, err);
    if (replay->tape != NULL && init(replay, writer, facts)) {
        if (options->is_live)
            ct_tape_reader_follow(replay->tape);
        begin_file(replay);
        return replay;
    }
    if (replay->tape != NULL)
        ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    ct_replay_free(replay);
    return NULL;
}

enum ct_status ct_replay_end(struct ct_replay *replay, struct ct_replay_result *result,
                             struct ct_error *err)
{
    ct_tape_reader_settle(replay->tape);
    enum ct_status status = ct_replay_go(replay, err);
    if (status != CT_OK)
        return status;
    judge_end(replay);
    status = end_file(replay, &replay->result, err);
    if (status != CT_OK)
        return status;
    *result = replay->result;
    result->counts = replay->counts;
    result->paths = replay->intern.paths;
    memset(&replay->intern.paths, 0, sizeof replay->intern.paths);
    return CT_OK;
}

void ct_replay_free(struct ct_replay *replay)
{
    if (replay == NULL)
        return;
    fini(replay);
    ct_tape_reader_free(replay->tape);
    free(replay);
}

enum ct_status ct_replay_run(const char *dir, struct ct_writer *writer,
                             struct ct_facts *facts, struct ct_replay_result *result,
                             struct ct_error *err)
{
    const struct ct_replay_options options = {.is_live = false};
    struct ct_replay *replay = ct_replay_new(dir, writer, facts, &options, err);
    if (replay == NULL)
        return err->status;
    enum ct_status status = ct_replay_end(replay, result, err);
    ct_replay_free(replay);
    return status;
}

void ct_replay_result_fini(struct ct_replay_result *result)
{
    ct_strtab_fini(&result->paths);
}
