/* Replaying the oldest records of a tape into the state that stands for them.
 *
 * Every cut begins with the state before it: nothing is remembered in between, so that
 * whoever has the output lock can do it. To read a state seldom, a good piece is cut
 * off at once. Cuts lie between two runs; of a segment whose thread was in its middle
 * there, the rest is still needed (CT_REC_KEPT). */
#include "trace/trim.h"

#include "tape/tape_reader.h"
#include "tape/tape_state.h"
#include "trace/facts.h"
#include "trace/frame.h"

#include <stdlib.h>

/* Bytes that are cut off at once, at most; of a small tape, a quarter. In the recording
 * process, the program waits for it. */
#define CT_TRIM_PIECE ((uint64_t)16 << 20)
#define CT_TRIM_PART 4

/* How long the process waits for its helper at a segment, at most: so many times. */
#define CT_TRIM_WAITS 20
#define CT_TRIM_WAIT_NS 50000000

struct thread {
    uint64_t number;
    struct ct_frames frames;
};

struct trim {
    struct ct_tape_reader *tape; /* owned */
    struct ct_buf head;          /* FACT and definitions, as they are on the tape */
    struct ct_buf slots;         /* size_t by code: slots it names */
    struct ct_buf threads;       /* struct thread, by their first frames */
    size_t reading;              /* index of the thread of the last record */
    struct ct_buf uncaught;      /* its EVENT, the last one */
    uint64_t uncaught_thread;
    bool failed; /* memory is out */
    bool is_odd; /* the tape is, or it has ended: it is not cut */
};

/* ---- threads --------------------------------------------------------------------- */

static struct thread *thread_at(const struct trim *trim, size_t index)
{
    return (struct thread *)(void *)trim->threads.data + index;
}

static size_t thread_count(const struct trim *trim)
{
    return trim->threads.size / sizeof(struct thread);
}

/* The thread of a number, made if it is new; NULL when memory is out. */
static struct thread *find_thread(struct trim *trim, uint64_t number)
{
    size_t count = thread_count(trim);
    if (trim->reading < count && thread_at(trim, trim->reading)->number == number)
        return thread_at(trim, trim->reading);
    for (size_t i = 0; i < count; i++) {
        if (thread_at(trim, i)->number == number) {
            trim->reading = i;
            return thread_at(trim, i);
        }
    }
    const struct thread fresh = {.number = number};
    ct_buf_append(&trim->threads, &fresh, sizeof fresh);
    trim->failed |= trim->threads.failed;
    trim->reading = count;
    return trim->failed ? NULL : thread_at(trim, count);
}

static void forget_thread(struct trim *trim, struct thread *thread)
{
    struct thread *last = thread_at(trim, thread_count(trim) - 1);
    ct_frames_fini(&thread->frames);
    *thread = *last;
    trim->threads.size -= sizeof *last;
}

static void fini(struct trim *trim)
{
    for (size_t i = 0; i < thread_count(trim); i++)
        ct_frames_fini(&thread_at(trim, i)->frames);
    ct_buf_fini(&trim->threads);
    ct_buf_fini(&trim->head);
    ct_buf_fini(&trim->slots);
    ct_buf_fini(&trim->uncaught);
    ct_tape_reader_free(trim->tape);
}

/* ---- records --------------------------------------------------------------------- */

static void take_bytes(struct trim *trim, struct ct_buf *out)
{
    struct ct_span bytes = ct_tape_reader_bytes(trim->tape);
    ct_buf_append(out, bytes.at, (size_t)(bytes.end - bytes.at));
    trim->failed |= out->failed;
}

/* Facts and definitions. */
static void take_head(struct trim *trim, const struct ct_tape_record *record)
{
    take_bytes(trim, &trim->head);
    if (record->kind == CT_REC_CODE) {
        size_t count = (size_t)record->count;
        ct_buf_append(&trim->slots, &count, sizeof count);
        trim->failed |= trim->slots.failed;
    }
}

static void take_event(struct trim *trim, const struct ct_tape_record *record)
{
    if (record->detail != CT_EVENT_UNCAUGHT)
        return;
    ct_buf_clear(&trim->uncaught);
    take_bytes(trim, &trim->uncaught);
    trim->uncaught_thread = record->thread;
}

static void change_frame(struct trim *trim, struct ct_frame *frame,
                         const struct ct_tape_record *record)
{
    size_t named = ((const size_t *)(const void *)trim->slots.data)[frame->code];
    trim->failed |= !ct_frame_change(frame, named, record, &trim->is_odd);
}

static void take_of_thread(struct trim *trim, struct thread *thread,
                           const struct ct_tape_record *record)
{
    struct ct_frame *frame = ct_frames_top(&thread->frames);
    if (record->kind == CT_REC_CALL)
        trim->failed |=
            ct_frames_push(&thread->frames, record->id, record->line) == NULL;
    else if (record->kind == CT_REC_THREAD_EXIT)
        forget_thread(trim, thread);
    else if (frame == NULL)
        return;
    else if (record->kind == CT_REC_STEP)
        frame->line = (int64_t)((uint64_t)frame->line + (uint64_t)record->line);
    else if (record->kind == CT_REC_RETURN)
        ct_frames_pop(&thread->frames);
    else
        change_frame(trim, frame, record);
}

static void take_record(struct trim *trim, const struct ct_tape_record *record)
{
    if (record->kind < CT_REC_CALL) {
        take_head(trim, record);
    } else if (record->kind == CT_REC_EVENT) {
        take_event(trim, record);
    } else if (record->kind == CT_REC_END) {
        trim->is_odd = true;
    } else {
        struct thread *thread = find_thread(trim, record->thread);
        if (thread != NULL)
            take_of_thread(trim, thread, record);
    }
}

/* ---- the state ------------------------------------------------------------------- */

static void put_number(struct ct_buf *out, uint64_t number)
{
    if (ct_buf_reserve(out, CT_VARINT_MAX))
        out->size = (size_t)(ct_varint_put(out->data + out->size, number) - out->data);
}

static void put_run(struct ct_buf *out, uint64_t key, uint64_t thread)
{
    ct_buf_append_byte(out, CT_REC_RUN);
    put_number(out, key);
    put_number(out, thread);
}

/* A frame is entered anew, at the line where it stands. */
static void put_frame(const struct trim *trim, struct ct_buf *out,
                      const struct ct_frame *frame)
{
    size_t named = ((const size_t *)(const void *)trim->slots.data)[frame->code];
    ct_buf_append_byte(out, CT_REC_CALL);
    ct_buf_append_byte(out, CT_CALL_RUNNING);
    put_number(out, frame->code);
    put_number(out, ct_zigzag(frame->line));
    put_number(out, 0);
    for (uint32_t i = 0; i < frame->added_count; i++) {
        ct_buf_append_byte(out, CT_REC_SLOT);
        put_number(out, named + i);
        put_number(out, frame->added[i]);
    }
    for (uint32_t i = 0; i < frame->count; i++) {
        ct_buf_append_byte(out, CT_REC_SET);
        put_number(out, frame->variables[i].slot);
        struct ct_span value = ct_variable_value(&frame->variables[i]);
        ct_buf_append(out, value.at, (size_t)(value.end - value.at));
    }
    if (frame->hidden > 0) {
        ct_buf_append_byte(out, CT_REC_MORE);
        put_number(out, frame->hidden);
    }
}

static void put_thread(const struct trim *trim, struct ct_buf *out,
                       const struct thread *thread)
{
    for (size_t i = 0; i < thread->frames.depth; i++)
        put_frame(trim, out, &thread->frames.frames[i]);
    if (trim->uncaught.size > 0 && trim->uncaught_thread == thread->number)
        ct_buf_append_text(out, ct_buf_text(&trim->uncaught));
}

static bool has_state(const struct trim *trim, const struct thread *thread)
{
    return thread->frames.depth > 0 ||
           (trim->uncaught.size > 0 && trim->uncaught_thread == thread->number);
}

/* Lets go of the threads that have nothing open. */
static void drop_idle_threads(struct trim *trim)
{
    if (trim->uncaught.size > 0)
        find_thread(trim, trim->uncaught_thread);
    for (size_t i = thread_count(trim); i > 0; i--) {
        if (!has_state(trim, thread_at(trim, i - 1)))
            forget_thread(trim, thread_at(trim, i - 1));
    }
}

/* The runs of the state; their keys are the last ones before the cut. Each thread has
 * had a run, so there are enough of them. */
static bool put_runs(struct trim *trim, struct ct_buf *out, uint64_t last_key)
{
    drop_idle_threads(trim);
    size_t count = thread_count(trim);
    uint64_t keys = count > 0 ? count : 1;
    if (trim->failed || keys > last_key + 1)
        return false;
    put_run(out, last_key + 1 - keys, count > 0 ? thread_at(trim, 0)->number : 1);
    ct_buf_append_text(out, ct_buf_text(&trim->head));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_run(out, last_key + 1 - keys + i, thread_at(trim, i)->number);
        put_thread(trim, out, thread_at(trim, i));
    }
    return true;
}

/* ---- the cut --------------------------------------------------------------------- */

static void put_rests(struct ct_buf *out, const struct ct_tape_cut *cut,
                      struct ct_buf *numbers)
{
    const struct ct_tape_rest *rests =
        (const struct ct_tape_rest *)(const void *)cut->rests.data;
    for (size_t i = 0; i < cut->rests.size / sizeof *rests; i++) {
        ct_buf_append_byte(out, CT_REC_KEPT);
        put_number(out, rests[i].number);
        put_number(out, rests[i].offset);
        ct_buf_append(numbers, &rests[i].number, sizeof rests[i].number);
    }
}

/* Cuts where the reader has stopped. */
static enum ct_status cut_here(struct trim *trim, const char *folder,
                               const struct ct_handover *handover, struct ct_error *err)
{
    struct ct_tape_cut cut;
    struct ct_buf records = {0}, numbers = {0};
    enum ct_status status = CT_OK;
    bool can_cut = ct_tape_reader_cut(trim->tape, &cut) && !trim->is_odd;
    put_rests(&records, &cut, &numbers);
    can_cut = can_cut && put_runs(trim, &records, cut.key);
    if (trim->failed || records.failed || numbers.failed || cut.rests.failed)
        status = ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    else if (can_cut)
        status = ct_tape_state_write(folder, cut.next_segment, &records, err);
    if (status == CT_OK && can_cut) {
        ct_tape_state_drop(folder, cut.next_segment,
                           (const uint64_t *)(const void *)numbers.data,
                           numbers.size / sizeof(uint64_t));
        atomic_fetch_add(&handover->page->cut, cut.done);
    }
    ct_buf_fini(&cut.rests);
    ct_buf_fini(&records);
    ct_buf_fini(&numbers);
    return status;
}

enum ct_status ct_trim(const char *dir, const struct ct_handover *handover,
                       uint64_t keep, struct ct_error *err)
{
    struct trim trim = {0};
    struct ct_tape_record record;
    char folder[4096];
    uint64_t left = ct_handover_left(handover);
    uint64_t piece = keep / CT_TRIM_PART;
    if (left <= keep)
        return CT_OK;
    int n = snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, dir);
    if (n < 0 || (size_t)n >= sizeof folder)
        return ct_error_set(err, CT_ERR_ARGUMENT, 0,
                            "the path of the tape is too long");
    trim.tape = ct_tape_reader_new(dir, err);
    if (trim.tape == NULL)
        return err->status;
    ct_tape_reader_follow(trim.tape);
    ct_tape_reader_stop_after(
        trim.tape, left - keep + (piece < CT_TRIM_PIECE ? piece : CT_TRIM_PIECE));
    while (!trim.failed && !trim.is_odd && ct_tape_reader_next(trim.tape, &record))
        take_record(&trim, &record);
    enum ct_status status = ct_tape_reader_status(trim.tape, err);
    if (status == CT_OK)
        status = cut_here(&trim, folder, handover, err);
    fini(&trim);
    return status;
}

/* Waits for a helper that has fallen far behind, but not for ever. */
static void await_helper(const struct ct_handover *handover, uint64_t most)
{
    for (int i = 0; i < CT_TRIM_WAITS && ct_handover_has_follower(handover); i++) {
        uint32_t seen = ct_handover_changes(handover);
        if (ct_handover_left(handover) <= most)
            return;
        ct_handover_wait(handover, seen, CT_TRIM_WAIT_NS);
    }
}

void ct_trim_own(struct ct_tape *tape)
{
    struct ct_error ignored;
    uint64_t most = tape->quota.keep + tape->quota.keep / CT_TRIM_PART;
    size_t size = strlen(tape->folder) - strlen("/" CT_TAPE_FOLDER);
    char dir[4096];
    int fd;
    if (ct_handover_left(&tape->handover) <= most || size >= sizeof dir)
        return;
    memcpy(dir, tape->folder, size);
    dir[size] = '\0';
    /* Where there are no locks no helper is at work (watch.c). */
    enum ct_output_result output = ct_output_take(dir, false, &fd, &ignored);
    if (output != CT_OUTPUT_TAKEN && output != CT_OUTPUT_NONE) {
        await_helper(&tape->handover, most + CT_TRIM_PIECE);
        return;
    }
    /* If it fails the tape grows on, and the next segment tries again. */
    enum ct_status status = ct_trim(dir, &tape->handover, tape->quota.keep, &ignored);
    (void)status;
    ct_output_release(fd);
}

uint64_t ct_trim_size(const char *dir)
{
    struct ct_facts facts;
    struct ct_error ignored;
    uint64_t size = 0;
    ct_facts_init(&facts);
    if (ct_facts_read(&facts, dir, &ignored) == CT_OK)
        size = ct_facts_number(&facts, CT_FACT_KEEP_LAST);
    ct_facts_fini(&facts);
    return size;
}
