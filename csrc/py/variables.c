/* The hot path of a step: compare every variable, write the changed ones.
 *
 * Nothing is taken as unchanged because its address is the same: an object may have
 * been freed and another made in its place. Scalars are compared by value, everything
 * else by its encoding. */
#include "py/variables.h"

#include "py/namespace.h"
#include "py/policy.h"
#include "py/selection.h"

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

static bool set_int(struct ct_thread *thread, struct ct_slot *slot, uint32_t index,
                    int64_t value)
{
    if (slot->state == CT_SLOT_INT && slot->of.integer == value)
        return false;
    if (!ct_stream_reserve(&thread->stream, CT_SCALAR_SIZE))
        return false;
    uint8_t *at = put_set(thread->stream.cursor, index);
    *at++ = CT_VAL_INT;
    thread->stream.cursor = ct_varint_put(at, ct_zigzag(value));
    slot->state = CT_SLOT_INT;
    slot->of.integer = value;
    return true;
}

static bool set_float(struct ct_thread *thread, struct ct_slot *slot, uint32_t index,
                      PyObject *object)
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
    slot->state = CT_SLOT_FLOAT;
    slot->of.integer = bits;
    return true;
}

static bool set_singleton(struct ct_thread *thread, struct ct_slot *slot,
                          uint32_t index, PyObject *object, enum ct_value tag)
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
    return true;
}

/* Remembers an encoding in the thread's stack of encodings; false when memory is out.
 */
static bool remember(struct ct_thread *thread, struct ct_slot *slot,
                     const struct ct_buf *value)
{
    struct ct_buf *stack = &thread->encoded;
    if (slot->room < value->size) {
        size_t room = value->size + value->size / 2 + 16;
        if (stack->size + room > UINT32_MAX || !ct_buf_reserve(stack, room))
            return false;
        slot->start = (uint32_t)stack->size;
        slot->room = (uint32_t)room;
        stack->size += room;
    }
    memcpy(stack->data + slot->start, value->data, value->size);
    slot->size = (uint32_t)value->size;
    slot->state = CT_SLOT_BYTES;
    return true;
}

static bool set_encoded(struct ct_thread *thread, struct ct_slot *slot, uint32_t index,
                        PyObject *object)
{
    const struct ct_buf *value = &thread->encoder.out;
    ct_encoder_reset(&thread->encoder);
    if (!ct_encode(&thread->encoder, object))
        return false;
    if (slot->state == CT_SLOT_BYTES && slot->size == value->size &&
        memcmp(thread->encoded.data + slot->start, value->data, value->size) == 0)
        return false;
    if (!ct_stream_reserve(&thread->stream, CT_SCALAR_SIZE + value->size))
        return false;
    uint8_t *at = put_set(thread->stream.cursor, index);
    memcpy(at, value->data, value->size);
    thread->stream.cursor = at + value->size;
    if (!remember(thread, slot, value))
        slot->state = CT_SLOT_UNSET;
    return true;
}

static bool unset(struct ct_thread *thread, struct ct_slot *slot, uint32_t index)
{
    if (slot->state == CT_SLOT_UNSET)
        return false;
    if (!ct_stream_reserve(&thread->stream, 1 + CT_VARINT_MAX))
        return false;
    *thread->stream.cursor++ = CT_REC_UNSET;
    ct_stream_number(&thread->stream, index);
    slot->state = CT_SLOT_UNSET;
    return true;
}

static inline bool update(struct ct_thread *thread, struct ct_slot *slot,
                          uint32_t index, PyObject *object)
{
    if (object == NULL)
        return unset(thread, slot, index);
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyLong_Type && PyUnstable_Long_IsCompact((PyLongObject *)object))
        return set_int(thread, slot, index,
                       PyUnstable_Long_CompactValue((PyLongObject *)object));
    if (type == &PyFloat_Type)
        return set_float(thread, slot, index, object);
    if (object == Py_None)
        return set_singleton(thread, slot, index, object, CT_VAL_NONE);
    if (type == &PyBool_Type)
        return set_singleton(thread, slot, index, object,
                             object == Py_True ? CT_VAL_TRUE : CT_VAL_FALSE);
    return set_encoded(thread, slot, index, object);
}

void ct_variables_read_locals(struct ct_thread *thread, struct ct_shadow *top)
{
    ct_frame_read(top->frame, top->code->locals, top->code->local_count,
                  thread->values);
}

/* Globals that the code mentions and that hold data. */
static void read_globals(struct ct_thread *thread, struct ct_shadow *top)
{
    const struct ct_code *code = top->code;
    PyObject *globals = ct_frame_globals(top->frame);
    bool is_plain =
        globals != NULL && PyDict_Check(globals) && ct_dict_has_plain_keys(globals);
    for (int i = 0; i < code->global_count; i++) {
        PyObject *name = code->global_names[i];
        PyObject *object = is_plain ? _PyDict_GetItem_KnownHash(
                                          globals, name, ((PyASCIIObject *)name)->hash)
                                    : NULL;
        if (object != NULL && ct_is_definition(object))
            object = NULL;
        thread->values[code->local_count + i] = object;
    }
}

/* Reads the names that live in a dict: a module's or class's own, or all globals. */
static bool read_namespace(struct ct_thread *thread, struct ct_shadow *top)
{
    PyObject *dict = top->code->is_namespace ? ct_frame_namespace(top->frame)
                                             : ct_frame_globals(top->frame);
    if (dict == NULL || !PyDict_Check(dict))
        return true;
    if (top->names == NULL)
        top->names = ct_namespace_new();
    return top->names != NULL && ct_namespace_read(top->names, thread, top, dict);
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

bool ct_variables_update(struct ct_thread *thread, struct ct_shadow *top, int line)
{
    const struct ct_code *code = top->code;
    ct_variables_read_locals(thread, top);
    if (code->global_count > 0)
        read_globals(thread, top);
    if (code->is_namespace || thread->policy->globals == CT_GLOBALS_ALL)
        read_namespace(thread, top);
    bool has_changed = false;
    if (top->slot_count > (uint32_t)thread->policy->max_variables)
        has_changed = write_more(thread, top, select_values(thread, top, line));
    for (uint32_t i = 0; i < top->slot_count; i++) {
        struct ct_slot *slot = &thread->slots[top->slots_start + i];
        if (update(thread, slot, i, thread->values[i])) {
            has_changed = true;
            if (top->selection != NULL && thread->values[i] != NULL)
                ct_selection_touch(top->selection, i);
        }
    }
    return has_changed;
}
