/* Records of events. After the tape has failed the stream has no segment any more, and
 * every function here does nothing. */
#include "py/capture.h"

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

/* Encodes the arguments as name and value pairs; gives their number, or -1 with
 * `unbound_slot` set at one that has no value. */
static int encode_arguments(struct ct_thread *thread, struct ct_shadow *top,
                            enum ct_call_flag flag, PyObject *exception)
{
    struct ct_encoder *encoder = &thread->encoder;
    const struct ct_code *code = top->code;
    int count = 0;
    ct_encoder_reset(encoder);
    ct_filter_begin(thread, code);
    if (flag == CT_CALL_THROW) {
        uint64_t id = ct_names_text_id(thread->codes->names, &thread->stream,
                                       CT_TEXT("exception"));
        exception = ct_filter_thrown(code, exception);
        if (id == CT_ID_NONE || exception == NULL)
            return 0;
        ct_encoder_number(encoder, id);
        ct_encode(encoder, exception);
        return 1;
    }
    if (flag != CT_CALL_START || code->arg_count == 0)
        return 0;
    ct_variables_read_locals(thread, top);
    if (code->is_filtered)
        ct_filter_apply(thread, top, code->local_count, UINT64_MAX, CT_FILTER_ARGUMENT);
    for (int i = 0; i < code->arg_count; i++) {
        int slot = code->arg_slots[i];
        if (thread->values[slot] == NULL) {
            if (is_dropped(code, slot))
                continue;
            thread->unbound_slot = slot;
            return -1;
        }
        ct_encoder_number(encoder, code->name_ids[slot]);
        if (ct_is_scalar_type(Py_TYPE(thread->values[slot])))
            ct_encode(encoder, thread->values[slot]);
        else
            ct_variables_encode_argument(thread, top, (uint32_t)slot);
        count++;
    }
    return count;
}

bool ct_capture_call(struct ct_thread *thread, struct ct_frame *frame,
                     struct ct_code *code, enum ct_call_flag flag, int line,
                     PyObject *exception)
{
    struct ct_stream *stream = &thread->stream;
    struct ct_shadow *top = ct_thread_push(thread, frame, code, line);
    if (top == NULL) {
        ct_thread_fail(thread);
        return false;
    }
    ct_variables_enter_call(thread, top);
    int count = encode_arguments(thread, top, flag, exception);
    const struct ct_buf *args = &thread->encoder.out;
    if (args->failed)
        ct_thread_fail(thread);
    if (count < 0 || !ct_stream_reserve(stream, 2 + 3 * CT_VARINT_MAX + args->size)) {
        ct_thread_pop(thread);
        return false;
    }
    *stream->cursor++ = CT_REC_CALL;
    *stream->cursor++ = (uint8_t)flag;
    ct_stream_number(stream, code->id);
    ct_stream_number(stream, ct_zigzag(line));
    ct_stream_number(stream, (uint64_t)count);
    if (args->size > 0) /* there may be no buffer yet */
        memcpy(stream->cursor, args->data, args->size);
    stream->cursor += args->size;
    commit(thread);
    ct_variables_begin_call(thread, top);
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
              ? ct_encode(&thread->encoder, value)
              : ct_variables_encode_result(thread, top, value)))
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
