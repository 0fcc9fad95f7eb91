/* The hot path of a step: compare every variable, write the changed ones.
 *
 * Nothing is taken as unchanged because its address is the same: an object may have
 * been freed and another made in its place. Scalars are compared by value, everything
 * else by its encoding. */
#include "py/variables.h"

#include "py/call_values.h"
#include "py/filter_code.h"
#include "py/line_plan.h"
#include "py/namespace.h"
#include "py/policy.h"
#include "py/selection.h"
#include "py/slot_bytes.h"

/* A SET record of a scalar: tag, slot, value tag, 64-bit number. */
#define CT_SCALAR_SIZE (2 + 2 * CT_VARINT_MAX)

static inline uint8_t *put_set(uint8_t *at, uint32_t slot)
{
    if (slot < CT_SET_SHORT_SLOTS) {
        *at++ = (uint8_t)(CT_REC_SET_SHORT | slot);
        return at;
    }
    *at++ = CT_REC_SET;
    return ct_varint_put(at, slot);
}

enum content { HOLDS_SCALAR, HOLDS_NOTHING, HOLDS_OTHER };

/* Notes what a slot holds now, for line plans. */
static inline void mark(struct ct_shadow *top, uint32_t index, enum content content)
{
    uint64_t bit = index < CT_PLAN_SLOTS ? UINT64_C(1) << index : 0;
    top->scalars &= ~bit;
    top->unset &= ~bit;
    if (content == HOLDS_SCALAR)
        top->scalars |= bit;
    else if (content == HOLDS_NOTHING)
        top->unset |= bit;
}

static inline bool set_int(struct ct_thread *thread, struct ct_shadow *top,
                           struct ct_slot *slot, uint32_t index, int64_t value)
{
    if (slot->state == CT_SLOT_INT && slot->of.integer == value)
        return false;
    if (!ct_stream_reserve(&thread->stream, CT_SCALAR_SIZE))
        return false;
    uint8_t *at = put_set(thread->stream.cursor, index);
    *at++ = CT_VAL_INT;
    thread->stream.cursor = ct_varint_put(at, ct_zigzag(value));
    slot->of.integer = value;
    if (slot->state != CT_SLOT_INT) {
        slot->state = CT_SLOT_INT;
        mark(top, index, HOLDS_SCALAR);
    }
    return true;
}

static bool set_float(struct ct_thread *thread, struct ct_shadow *top,
                      struct ct_slot *slot, uint32_t index, PyObject *object)
{
    double real = PyFloat_AS_DOUBLE(object);
    int64_t bits;
    memcpy(&bits, &real, sizeof bits);
    if (slot->state == CT_SLOT_FLOAT && slot->of.integer == bits)
        return false;
    if (!ct_stream_reserve(&thread->stream, CT_SCALAR_SIZE))
        return false;
    uint8_t *at = put_set(thread->stream.cursor, index);
    *at++ = CT_VAL_FLOAT;
    memcpy(at, &real, sizeof real);
    thread->stream.cursor = at + sizeof real;
    slot->of.integer = bits;
    if (slot->state != CT_SLOT_FLOAT) {
        slot->state = CT_SLOT_FLOAT;
        mark(top, index, HOLDS_SCALAR);
    }
    return true;
}

static bool set_singleton(struct ct_thread *thread, struct ct_shadow *top,
                          struct ct_slot *slot, uint32_t index, PyObject *object,
                          enum ct_value tag)
{
    if (slot->state == CT_SLOT_SINGLETON && slot->of.object == object)
        return false;
    if (!ct_stream_reserve(&thread->stream, CT_SCALAR_SIZE))
        return false;
    uint8_t *at = put_set(thread->stream.cursor, index);
    *at++ = (uint8_t)tag;
    thread->stream.cursor = at;
    slot->state = CT_SLOT_SINGLETON;
    slot->of.object = object;
    mark(top, index, HOLDS_SCALAR);
    return true;
}

/* Writes the encoding that was remembered at the call. */
static bool set_remembered(struct ct_thread *thread, struct ct_shadow *top,
                           struct ct_slot *slot, uint32_t index, PyObject *object)
{
    struct ct_stream *stream = &thread->stream;
    if (!ct_stream_reserve(stream, CT_SCALAR_SIZE + slot->size))
        return false;
    stream->cursor = put_set(stream->cursor, index);
    if (ct_slot_can_be_same(stream, slot)) {
        ct_stream_same(stream, slot->written);
    } else {
        slot->written = ct_stream_position(stream);
        memcpy(stream->cursor, thread->encoded.data + slot->start, slot->size);
        stream->cursor += slot->size;
    }
    slot->state = CT_SLOT_BYTES;
    slot->of.object = object;
    mark(top, index, ct_is_scalar_type(Py_TYPE(object)) ? HOLDS_SCALAR : HOLDS_OTHER);
    return true;
}

/* Inlined: every object of another kind comes this way. */
static inline __attribute__((always_inline)) bool
set_encoded(struct ct_thread *thread, struct ct_shadow *top, struct ct_slot *slot,
            uint32_t index, PyObject *object)
{
    const struct ct_buf *value = &thread->encoder.out;
    if (slot->state == CT_SLOT_REMEMBERED && slot->of.object == object &&
        thread->trusts_arguments)
        return set_remembered(thread, top, slot, index, object);
    if (slot->state >= CT_SLOT_BYTES && ct_slot_holds(thread, slot, object))
        return slot->state == CT_SLOT_REMEMBERED &&
               set_remembered(thread, top, slot, index, object);
    struct ct_text stale = CT_TEXT("");
    if (slot->state == CT_SLOT_BYTES && slot->of.object == object)
        stale = ct_slot_bytes(thread, slot);
    ct_encoder_reset(&thread->encoder);
    if (!ct_memo_encode(&thread->memo, &thread->encoder, object, stale)) {
        ct_thread_fail(thread);
        return false;
    }
    if (slot->state == CT_SLOT_BYTES && slot->size == value->size &&
        memcmp(thread->encoded.data + slot->start, value->data, value->size) == 0) {
        if (!ct_slot_remember(thread, slot, value->data,
                              value->size)) /* the witness is another one */
            slot->witness_count = 0;
        slot->of.object = object;
        return false;
    }
    if (!ct_stream_reserve(&thread->stream, CT_SCALAR_SIZE + value->size))
        return false;
    struct ct_stream *stream = &thread->stream;
    stream->cursor = put_set(stream->cursor, index);
    slot->written = ct_stream_position(stream);
    memcpy(stream->cursor, value->data, value->size);
    stream->cursor += value->size;
    if (!ct_slot_remember(thread, slot, value->data, value->size))
        slot->state = CT_SLOT_UNSET;
    slot->of.object = object;
    mark(top, index, ct_is_scalar_type(Py_TYPE(object)) ? HOLDS_SCALAR : HOLDS_OTHER);
    return true;
}

static bool unset(struct ct_thread *thread, struct ct_shadow *top, struct ct_slot *slot,
                  uint32_t index)
{
    if (slot->state == CT_SLOT_REMEMBERED)
        slot->state = CT_SLOT_UNSET;
    if (slot->state == CT_SLOT_UNSET)
        return false;
    if (!ct_stream_reserve(&thread->stream, 1 + CT_VARINT_MAX))
        return false;
    *thread->stream.cursor++ = CT_REC_UNSET;
    ct_stream_number(&thread->stream, index);
    slot->state = CT_SLOT_UNSET;
    mark(top, index, HOLDS_NOTHING);
    return true;
}

void ct_variables_hide(struct ct_thread *thread, struct ct_shadow *top, uint32_t index)
{
    (void)unset(thread, top, &thread->slots[top->slots_start + index], index);
}

/* is_same_text for those whose head is longer: as encode_str writes it. */
static __attribute__((noinline)) bool
is_same_long_text(const uint8_t *encoded, size_t size, PyObject *str, size_t shown)
{
    size_t length = (size_t)PyUnicode_GET_LENGTH(str);
    uint8_t head[1 + 2 * CT_VARINT_MAX], *end = head;
    *end++ = shown < length ? CT_VAL_STR_CUT : CT_VAL_STR;
    if (shown < length)
        end = ct_varint_put(end, length);
    size_t head_size = (size_t)(ct_varint_put(end, shown) - head);
    return size == head_size + shown && memcmp(encoded, head, head_size) == 0 &&
           memcmp(encoded + head_size, PyUnicode_DATA(str), shown) == 0;
}

/* Whether a slot shows the text of an exact ASCII str. */
static inline bool is_same_text(const struct ct_thread *thread,
                                const struct ct_slot *slot, PyObject *str)
{
    size_t length = (size_t)PyUnicode_GET_LENGTH(str);
    if (slot->state != CT_SLOT_BYTES || !PyUnicode_IS_ASCII(str))
        return false;
    const uint8_t *encoded = thread->encoded.data + slot->start;
    if (!ct_is_usual_text(thread->policy, str))
        return is_same_long_text(encoded, slot->size, str,
                                 Py_MIN(length, (size_t)thread->policy->max_string));
    return slot->size == ct_usual_text_size(str) && encoded[0] == CT_VAL_STR &&
           memcmp(encoded + 2, PyUnicode_DATA(str), length) == 0;
}

/* An exact str of the usual kind that the slot does not show. Without a witness, which
 * would take longer than comparing the characters. */
static bool set_usual_text(struct ct_thread *thread, struct ct_shadow *top,
                           struct ct_slot *slot, uint32_t index, PyObject *str)
{
    struct ct_stream *stream = &thread->stream;
    size_t size = ct_usual_text_size(str);
    if (!ct_stream_reserve(stream, CT_SCALAR_SIZE + size))
        return false;
    stream->cursor = put_set(stream->cursor, index);
    slot->written = ct_stream_position(stream);
    stream->cursor = ct_put_usual_text(stream->cursor, str);
    slot->state = CT_SLOT_UNSET;
    if (ct_slot_make_room(thread, slot, size)) {
        ct_put_usual_text(thread->encoded.data + slot->start, str);
        slot->size = (uint32_t)size;
        slot->witness_count = 0;
        slot->state = CT_SLOT_BYTES;
    }
    slot->of.object = str;
    mark(top, index, HOLDS_SCALAR);
    return true;
}

/* An int that is not compact; it may still have no more than 64 bits. */
static __attribute__((noinline)) bool set_wide_int(struct ct_thread *thread,
                                                   struct ct_shadow *top,
                                                   struct ct_slot *slot, uint32_t index,
                                                   PyObject *object)
{
    int is_wider;
    int64_t value = PyLong_AsLongLongAndOverflow(object, &is_wider);
    return is_wider ? set_encoded(thread, top, slot, index, object)
                    : set_int(thread, top, slot, index, value);
}

static __attribute__((noinline)) bool update_other(struct ct_thread *thread,
                                                   struct ct_shadow *top,
                                                   struct ct_slot *slot, uint32_t index,
                                                   PyObject *object)
{
    if (object == NULL)
        return unset(thread, top, slot, index);
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyFloat_Type)
        return set_float(thread, top, slot, index, object);
    if (type == &PyLong_Type)
        return set_wide_int(thread, top, slot, index, object);
    if (object == Py_None)
        return set_singleton(thread, top, slot, index, object, CT_VAL_NONE);
    if (type == &PyBool_Type)
        return set_singleton(thread, top, slot, index, object,
                             object == Py_True ? CT_VAL_TRUE : CT_VAL_FALSE);
    if (type == &PyUnicode_Type && is_same_text(thread, slot, object)) {
        slot->of.object = object;
        return false;
    }
    if (type == &PyUnicode_Type && ct_is_usual_text(thread->policy, object))
        return set_usual_text(thread, top, slot, index, object);
    return set_encoded(thread, top, slot, index, object);
}

/* Brings one slot up to date; whether that changed what is shown. */
static inline __attribute__((always_inline)) bool
update(struct ct_thread *thread, struct ct_shadow *top, struct ct_slot *slot,
       uint32_t index, PyObject *object)
{
    if (object != NULL && Py_TYPE(object) == &PyLong_Type &&
        PyUnstable_Long_IsCompact((PyLongObject *)object))
        return set_int(thread, top, slot, index,
                       PyUnstable_Long_CompactValue((PyLongObject *)object));
    return update_other(thread, top, slot, index, object);
}

void ct_variables_read_locals(struct ct_thread *thread, struct ct_shadow *top)
{
    ct_frame_read(top->frame, top->code->locals, top->code->local_count,
                  thread->values);
}

/* Looks up the globals that the code mentions and that hold data. */
static void look_up_globals(struct ct_thread *thread, struct ct_code *code,
                            PyObject *globals)
{
    bool is_plain =
        globals != NULL && PyDict_Check(globals) && ct_dict_has_plain_keys(globals);
    for (int i = 0; i < code->global_count; i++) {
        PyObject *name = code->global_names[i];
        PyObject *object = is_plain ? _PyDict_GetItem_KnownHash(
                                          globals, name, ((PyASCIIObject *)name)->hash)
                                    : NULL;
        if (object != NULL && ct_is_definition(object))
            object = NULL;
        code->global_values[i] = object;
    }
    code->globals = NULL;
    if (is_plain && ct_globals_watch(&thread->codes->globals, globals)) {
        code->globals = globals;
        code->generation = ct_globals_generation();
    }
}

static inline void read_globals(struct ct_thread *thread, struct ct_shadow *top)
{
    struct ct_code *code = top->code;
    PyObject *globals = ct_frame_globals(top->frame);
    if (code->globals != globals || code->generation != ct_globals_generation())
        look_up_globals(thread, code, globals);
    memcpy(thread->values + code->local_count, code->global_values,
           (size_t)code->global_count * sizeof *thread->values);
}

/* Reads the names that live in a dict: a module's or class's own, or all globals. Of
 * the first slots only those in *needed have to be updated. */
static bool read_namespace(struct ct_thread *thread, struct ct_shadow *top,
                           uint64_t *needed)
{
    PyObject *dict = top->code->is_namespace ? ct_frame_namespace(top->frame)
                                             : ct_frame_globals(top->frame);
    if (dict == NULL || !PyDict_Check(dict))
        return true;
    if (top->names == NULL)
        top->names = ct_namespace_new();
    return top->names != NULL &&
           ct_namespace_read(top->names, thread, top, dict, needed);
}

static bool write_more(struct ct_thread *thread, struct ct_shadow *top, uint64_t more)
{
    if (top->more == more || !ct_stream_reserve(&thread->stream, 1 + CT_VARINT_MAX))
        return false;
    *thread->stream.cursor++ = CT_REC_MORE;
    ct_stream_number(&thread->stream, more);
    top->more = more;
    return true;
}

/* Leaves at most policy->max_variables values; gives how many were left out. */
static uint64_t select_values(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    uint32_t bound = 0;
    uint64_t more = 0;
    for (uint32_t i = 0; i < top->slot_count; i++)
        bound += thread->values[i] != NULL;
    if (top->selection == NULL && bound > (uint32_t)thread->policy->max_variables)
        top->selection = ct_selection_new();
    if (top->selection != NULL)
        ct_selection_apply(top->selection, thread, top, line, bound, &more);
    return more;
}

static bool update_all(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    const struct ct_code *code = top->code;
    ct_variables_read_locals(thread, top);
    if (code->global_count > 0)
        read_globals(thread, top);
    if (code->is_filtered)
        ct_filter_apply(thread, top, code->slot_count, UINT64_MAX, CT_FILTER_LOCAL);
    uint64_t needed = UINT64_MAX;
    if (code->is_namespace || thread->policy->globals == CT_GLOBALS_ALL)
        if (!read_namespace(thread, top, &needed))
            ct_thread_fail(thread);
    bool has_changed = false;
    if (top->slot_count > (uint32_t)thread->policy->max_variables)
        has_changed = write_more(thread, top, select_values(thread, top, line));
    for (uint32_t i = 0; i < top->slot_count; i++) {
        if (i < CT_PLAN_SLOTS && (needed >> i & 1) == 0)
            continue;
        struct ct_slot *slot = &thread->slots[top->slots_start + i];
        bool was_shown = slot->state != CT_SLOT_UNSET;
        if (!update(thread, top, slot, i, thread->values[i]))
            continue;
        has_changed = true;
        if (top->selection != NULL && was_shown && thread->values[i] != NULL)
            ct_selection_touch(top->selection, i);
    }
    return has_changed;
}

/* Of a frame with at most CT_PLAN_SLOTS slots, those that may show something else than
 * at the last update: what the line may have assigned and, if it ran other code, what
 * that could assign, and objects that could have changed in themselves. */
static inline uint64_t slots_to_update(const struct ct_shadow *top)
{
    uint64_t all = UINT64_MAX >> (CT_PLAN_SLOTS - top->slot_count);
    if (top->is_inert)
        return top->stores & all;
    if (ct_frame_is_exposed(top->frame))
        return all;
    return (top->stores | top->code->shared_slots | ~(top->scalars | top->unset)) & all;
}

static inline __attribute__((always_inline)) bool
update_needed(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    const struct ct_code *code = top->code;
    ct_filter_begin(thread, code);
    thread->trusts_arguments = ct_call_values_hold(thread, top);
    top->is_fresh = false;
    if (top->is_inert && thread->pulse != 0 && !ct_pulse_holds(thread))
        top->is_inert = false;
    if (top->stores == UINT64_MAX)
        return update_all(thread, top, line);
    uint64_t slots = slots_to_update(top);
    ct_frame_read_some(top->frame, code->locals, slots & code->local_slots,
                       thread->values);
    if (!top->is_inert && code->global_count > 0)
        read_globals(thread, top);
    if (code->is_filtered &&
        ((code->hidden_slots & slots) != 0 || code->keywords_slot >= 0))
        ct_filter_apply(thread, top, code->slot_count, slots, CT_FILTER_LOCAL);
    bool has_changed = false;
    for (; slots != 0; slots &= slots - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(slots);
        has_changed |= update(thread, top, &thread->slots[top->slots_start + i], i,
                              thread->values[i]);
    }
    return has_changed;
}

static inline struct ct_line_start line_start(const struct ct_thread *thread,
                                              const struct ct_shadow *top)
{
    return (struct ct_line_start){
        .frame = top->frame,
        .globals = &thread->codes->globals,
        .scalars = top->scalars,
        .others = ~(top->scalars | top->unset),
        .values = thread->values,
    };
}

/* A question about the line that begins, by its plan. */
typedef bool line_question(struct ct_code *code, const struct ct_line_plan *plan,
                           const struct ct_line_start *start);

/* Asks it where a filter hides variables: by what they hold, in the place of what
 * stands for it. */
static __attribute__((noinline)) bool ask_behind(const struct ct_thread *thread,
                                                 const struct ct_shadow *top,
                                                 const struct ct_line_plan *plan,
                                                 line_question *question)
{
    struct ct_line_start start = line_start(thread, top);
    PyObject *values[CT_PLAN_SLOTS];
    uint64_t hidden = top->code->hidden_slots & top->code->local_slots;
    memcpy(values, start.values, top->slot_count * sizeof *values);
    ct_frame_read_some(top->frame, top->code->locals, hidden, values);
    start.values = values;
    start.scalars &= ~hidden;
    start.others &= ~hidden;
    for (; hidden != 0; hidden &= hidden - 1) {
        const PyObject *object = values[__builtin_ctzll(hidden)];
        if (object != NULL && ct_is_scalar_type(Py_TYPE(object)))
            start.scalars |= hidden & -hidden;
        else if (object != NULL)
            start.others |= hidden & -hidden;
    }
    return question(top->code, plan, &start);
}

static __attribute__((noinline)) bool ask(const struct ct_thread *thread,
                                          const struct ct_shadow *top,
                                          const struct ct_line_plan *plan,
                                          line_question *question)
{
    if ((top->code->hidden_slots & top->code->local_slots) != 0)
        return ask_behind(thread, top, plan, question);
    const struct ct_line_start start = line_start(thread, top);
    return question(top->code, plan, &start);
}

static inline bool is_inert(struct ct_thread *thread, const struct ct_shadow *top,
                            const struct ct_line_plan *plan)
{
    enum ct_line_answer answer = ct_line_ask(plan, top->scalars, top->unset);
    return answer == CT_LINE_INERT ||
           (answer == CT_LINE_UNKNOWN && ask(thread, top, plan, ct_line_is_inert));
}

/* Notes a call that ends the head of the line, which can change nothing, so that what
 * the frame shows of its arguments need not be looked at again. */
static inline void expect_call(struct ct_thread *thread, struct ct_shadow *top,
                               struct ct_line_plan *plan)
{
    if (!ct_is_debugged(thread, top) &&
        ask(thread, top, plan, ct_line_has_inert_head) && ct_pulse_take(thread))
        top->calls = &plan->head;
}

static inline bool shows_objects(const struct ct_shadow *top)
{
    return (~(top->scalars | top->unset) &
            (UINT64_MAX >> (CT_PLAN_SLOTS - top->slot_count))) != 0;
}

/* Makes the plans of a code that runs for the first time. None are needed where some
 * variables may not show, so that their slots say nothing. */
static __attribute__((noinline)) void make_plans(const struct ct_thread *thread,
                                                 const struct ct_shadow *top)
{
    const struct ct_policy *policy = thread->policy;
    struct ct_code *code = top->code;
    code->has_plans = true;
    if (policy->globals == CT_GLOBALS_ALL ||
        top->slot_count > (uint32_t)policy->max_variables || !ct_line_plans_make(code))
        return;
    if (code->is_filtered)
        ct_filter_mark_plans(code);
}

/* Whether looking up globals and builtins runs no code. */
static inline bool has_plain_globals(const struct ct_shadow *top)
{
    const PyObject *globals = ct_frame_globals(top->frame);
    const PyObject *builtins = ct_frame_builtins(top->frame);
    return globals != NULL && PyDict_CheckExact(globals) && builtins != NULL &&
           PyDict_CheckExact(builtins);
}

/* Finds out whether the line that begins now can change anything that the next update
 * would have to look at. */
static inline void begin_line(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    const struct ct_code *code = top->code;
    if (!top->is_inert) /* it may have changed the handlers of signals */
        thread->knows_handlers = false;
    thread->pulse = 0;
    if (top->calls != NULL && ++top->calls->unused >= CT_HEAD_PATIENCE)
        top->calls->unit = -1;
    ct_variables_doubt(top);
    struct ct_line_plan *plan = ct_line_plan(code, line);
    if (plan == NULL && !code->has_plans) {
        make_plans(thread, top);
        plan = ct_line_plan(code, line);
    }
    if (plan == NULL || (plan->uses_globals && !has_plain_globals(top)))
        return;
    top->stores = plan->changes | code->stray_stores;
    top->is_inert = is_inert(thread, top, plan) && !ct_is_debugged(thread, top) &&
                    (!plan->attends || ct_pulse_take(thread));
    if (!top->is_inert && plan->head.unit >= 0 && shows_objects(top))
        expect_call(thread, top, plan);
}

bool ct_variables_update(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    return update_needed(thread, top, line);
}

void ct_variables_begin_line(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    update_needed(thread, top, line);
    begin_line(thread, top, line);
}
