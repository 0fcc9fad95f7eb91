/* Records of events. After the tape has failed the stream has no segment any more, and
 * every function here does nothing. */
#include "py/capture.h"

#include "py/call_values.h"
#include "py/exception.h"
#include "py/filter_code.h"
#include "py/filter_value.h"
#include "py/line_plan.h"
#include "py/variables.h"

static inline void commit(struct ct_thread *thread)
{
    if (thread->stream.header != NULL)
        ct_stream_commit(&thread->stream);
}

/* Whether a filter keeps the argument out of the trace. */
static bool is_dropped(const struct ct_code *code, int slot)
{
    return code->is_filtered && code->actions[slot] == CT_ACTION_DROP;
}

/* Reads the arguments; gives their number, or -1 with `unbound_slot` set at one that
 * has no value. */
static int read_arguments(struct ct_thread *thread, struct ct_shadow *top)
{
    const struct ct_code *code = top->code;
    int count = 0;
    if (code->arg_count == 0)
        return 0;
    ct_variables_read_locals(thread, top);
    if (code->is_filtered)
        ct_filter_apply(thread, top, code->local_count, UINT64_MAX, CT_FILTER_ARGUMENT);
    for (int i = 0; i < code->arg_count; i++) {
        int slot = code->arg_slots[i];
        if (thread->values[slot] != NULL) {
            count++;
        } else if (!is_dropped(code, slot)) {
            thread->unbound_slot = slot;
            return -1;
        }
    }
    return count;
}

static void encode_arguments(struct ct_thread *thread, struct ct_shadow *top)
{
    const struct ct_code *code = top->code;
    for (int i = 0; i < code->arg_count; i++) {
        int slot = code->arg_slots[i];
        PyObject *object = thread->values[slot];
        if (object == NULL)
            continue;
        ct_encoder_number(&thread->encoder, code->name_ids[slot]);
        if (ct_is_scalar_type(Py_TYPE(object)))
            ct_encode_scalar(&thread->encoder, object);
        else
            ct_call_values_argument(thread, top, (uint32_t)slot);
    }
}

/* The exception that is thrown into a frame, as it is shown, under the name of its
 * argument; NULL if it is not. */
static PyObject *read_thrown(struct ct_thread *thread, const struct ct_code *code,
                             PyObject *exception, uint64_t *name)
{
    *name =
        ct_names_text_id(thread->codes->names, &thread->stream, CT_TEXT("exception"));
    exception = ct_filter_thrown(code, exception);
    return *name == CT_ID_NONE ? NULL : exception;
}

static void encode_head(struct ct_encoder *encoder, const struct ct_shadow *top,
                        enum ct_call_flag flag, int count)
{
    struct ct_buf *out = &encoder->out;
    ct_encoder_reset(encoder);
    if (!ct_buf_reserve(out, 2 + 3 * CT_VARINT_MAX))
        return;
    uint8_t *at = out->data;
    *at++ = CT_REC_CALL;
    *at++ = (uint8_t)flag;
    at = ct_varint_put(at, top->code->id);
    at = ct_varint_put(at, ct_zigzag(top->line));
    at = ct_varint_put(at, (uint64_t)count);
    out->size = (size_t)(at - out->data);
}

/* Writes the CALL record of the top frame; false at an argument that has no value. It
 * is encoded anew if it comes to stand somewhere else, behind definitions or in a new
 * segment: arguments refer to what is written already. */
static bool write_call(struct ct_thread *thread, struct ct_shadow *top,
                       enum ct_call_flag flag, PyObject *exception)
{
    struct ct_stream *stream = &thread->stream;
    struct ct_encoder *encoder = &thread->encoder;
    const struct ct_buf *record = &encoder->out;
    uint64_t name = CT_ID_NONE, position;
    ct_filter_begin(thread, top->code);
    exception =
        flag == CT_CALL_THROW ? read_thrown(thread, top->code, exception, &name) : NULL;
    int count = flag == CT_CALL_START ? read_arguments(thread, top) : exception != NULL;
    if (count < 0)
        return false;
    do {
        position = ct_stream_position(stream);
        encode_head(encoder, top, flag, count);
        if (exception != NULL) {
            ct_encoder_number(encoder, name);
            ct_encode(encoder, exception);
        } else if (count > 0) {
            encode_arguments(thread, top);
        }
        if (record->failed)
            ct_thread_fail(thread);
        if (!ct_stream_reserve(stream, record->size))
            return false;
    } while (position != ct_stream_position(stream));
    memcpy(stream->cursor, record->data, record->size);
    stream->cursor += record->size;
    return true;
}

bool ct_capture_call(struct ct_thread *thread, struct ct_frame *frame,
                     struct ct_code *code, enum ct_call_flag flag, int line,
                     PyObject *exception)
{
    struct ct_shadow *top = ct_thread_push(thread, frame, code, line);
    if (top == NULL) {
        ct_thread_fail(thread);
        return false;
    }
    ct_call_values_enter(thread, top);
    if (!write_call(thread, top, flag, exception)) {
        ct_thread_pop(thread);
        return false;
    }
    commit(thread);
    ct_call_values_begin(thread, top);
    return true;
}

static inline void write_step(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    struct ct_stream *stream = &thread->stream;
    int difference = line - top->line;
    top->line = line;
    if (!ct_stream_reserve(stream, 1 + CT_VARINT_MAX))
        return;
    if (difference >= CT_STEP_SHORT_MIN && difference <= CT_STEP_SHORT_MAX) {
        *stream->cursor++ =
            (uint8_t)(CT_REC_STEP_SHORT | (difference - CT_STEP_SHORT_MIN));
    } else {
        *stream->cursor++ = CT_REC_STEP;
        ct_stream_number(stream, ct_zigzag(difference));
    }
}

void ct_capture_line(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    ct_variables_begin_line(thread, top, line);
    write_step(thread, top, line);
    commit(thread);
}

void ct_capture_return(struct ct_thread *thread, struct ct_shadow *top, PyObject *value)
{
    struct ct_stream *stream = &thread->stream;
    if (ct_variables_update(thread, top, top->line))
        write_step(thread, top, top->line);
    ct_encoder_reset(&thread->encoder);
    if (top->code->return_action != CT_ACTION_ALLOW)
        value = ct_filter_return(top->code, value);
    if (!(ct_is_scalar_type(Py_TYPE(value))
              ? ct_encode_scalar(&thread->encoder, value)
              : ct_call_values_result(thread, top, value)))
        ct_thread_fail(thread);
    const struct ct_buf *encoded = &thread->encoder.out;
    if (ct_stream_reserve(stream, 1 + encoded->size)) {
        *stream->cursor++ = CT_REC_RETURN;
        memcpy(stream->cursor, encoded->data, encoded->size);
        stream->cursor += encoded->size;
    }
    ct_thread_pop(thread);
    commit(thread);
}

void ct_capture_lost(struct ct_thread *thread)
{
    struct ct_stream *stream = &thread->stream;
    if (ct_stream_reserve(stream, 2)) {
        *stream->cursor++ = CT_REC_RETURN;
        *stream->cursor++ = CT_VAL_DROPPED;
    }
    ct_thread_pop(thread);
    commit(thread);
}

static void write_error(struct ct_thread *thread, enum ct_event kind, uint64_t path,
                        PyObject *exception, int line, bool is_hidden)
{
    struct ct_stream *stream = &thread->stream;
    struct ct_exception_text text = {0};
    is_hidden |= thread->encoder.verdict == NULL ||
                 ct_filter_hides_exception(thread->codes->filter, exception);
    ct_exception_describe(exception, is_hidden ? NULL : thread->encoder.verdict, &text);
    size_t size = text.type.size + text.module.size + text.message.size;
    bool has_failed = text.type.failed || text.module.failed || text.message.failed;
    if (has_failed)
        ct_thread_fail(thread);
    else if (ct_stream_reserve(stream, 2 + 5 * CT_VARINT_MAX + size)) {
        *stream->cursor++ = CT_REC_EVENT;
        *stream->cursor++ = (uint8_t)kind;
        ct_stream_text(stream, ct_buf_text(&text.type));
        ct_stream_text(stream, ct_buf_text(&text.module));
        ct_stream_text(stream, ct_buf_text(&text.message));
        ct_stream_number(stream, path);
        ct_stream_number(stream, ct_zigzag(line));
        commit(thread);
    }
    ct_exception_text_fini(&text);
}

void ct_capture_error(struct ct_thread *thread, const struct ct_code *code,
                      PyObject *exception, int line, bool has_event)
{
    thread->recorded_error = exception;
    thread->error_path = code->path_id;
    thread->error_line = line;
    ct_filter_begin(thread, code);
    if (has_event)
        write_error(thread, CT_EVENT_ERROR, code->path_id, exception, line,
                    code->hides_exceptions);
}

void ct_capture_uncaught(struct ct_thread *thread, uint64_t path, PyObject *exception,
                         int line)
{
    if (thread->recorded_error == exception) { /* where it was raised */
        path = thread->error_path;
        line = thread->error_line;
    }
    write_error(thread, CT_EVENT_UNCAUGHT, path, exception, line, false);
}
