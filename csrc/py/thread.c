/* The shadow stack: opening and closing frames. */
#include "py/thread.h"

#include "py/namespace.h"
#include "py/selection.h"

#include <stdlib.h>

#define CT_STACK_FIRST_CAPACITY 64  /* shadow frames */
#define CT_SLOTS_FIRST_CAPACITY 512 /* slots; both double */

void ct_thread_init(struct ct_thread *thread, PyThreadState *state, uint64_t number,
                    struct ct_tape *tape, const struct ct_policy *policy,
                    struct ct_code_table *codes, struct ct_classes *classes)
{
    memset(thread, 0, sizeof *thread);
    thread->state = state;
    thread->id = state->id;
    thread->policy = policy;
    thread->codes = codes;
    ct_stream_init(&thread->stream, tape, number);
    ct_encoder_init(&thread->encoder, policy, classes, &thread->stream);
}

void ct_thread_fini(struct ct_thread *thread)
{
    while (thread->depth > 0)
        ct_thread_pop(thread);
    ct_stream_close(&thread->stream);
    ct_encoder_fini(&thread->encoder);
    ct_memo_fini(&thread->memo);
    ct_buf_fini(&thread->encoded);
    free(thread->stack);
    free(thread->slots);
    free(thread->values);
}

static bool reserve_slots(struct ct_thread *thread, uint32_t needed)
{
    if (needed <= thread->slots_capacity)
        return true;
    uint32_t capacity = thread->slots_capacity;
    if (capacity == 0)
        capacity = CT_SLOTS_FIRST_CAPACITY;
    while (capacity < needed)
        capacity *= 2;
    struct ct_slot *slots = realloc(thread->slots, capacity * sizeof *slots);
    if (slots == NULL)
        return false;
    thread->slots = slots;
    thread->slots_capacity = capacity;
    return true;
}

static bool reserve_values(struct ct_thread *thread, uint32_t needed)
{
    if (needed <= thread->values_capacity)
        return true;
    uint32_t capacity = needed + needed / 2 + 32;
    PyObject **values = realloc(thread->values, capacity * sizeof *values);
    if (values == NULL)
        return false;
    thread->values = values;
    thread->values_capacity = capacity;
    return true;
}

bool ct_thread_reserve_slots(struct ct_thread *thread, struct ct_shadow *top,
                             uint32_t count)
{
    uint32_t end = top->slots_start + count;
    if (!reserve_slots(thread, end) || !reserve_values(thread, count))
        return false;
    if (count > top->slot_count) {
        memset(&thread->slots[top->slots_start + top->slot_count], 0,
               (count - top->slot_count) * sizeof *thread->slots);
        top->slot_count = count;
        thread->slots_used = end;
    }
    return true;
}

static void set_top(struct ct_thread *thread)
{
    thread->top = thread->depth == 0 ? NULL : &thread->stack[thread->depth - 1];
}

struct ct_shadow *ct_thread_push(struct ct_thread *thread, struct ct_frame *frame,
                                 struct ct_code *code, int line)
{
    if (thread->depth == thread->stack_capacity) {
        int capacity = thread->stack_capacity == 0 ? CT_STACK_FIRST_CAPACITY
                                                   : thread->stack_capacity * 2;
        struct ct_shadow *stack =
            realloc(thread->stack, (size_t)capacity * sizeof *stack);
        if (stack == NULL)
            return NULL;
        thread->stack = stack;
        thread->stack_capacity = capacity;
        set_top(thread);
    }
    struct ct_shadow *top = &thread->stack[thread->depth];
    *top = (struct ct_shadow){
        .frame = frame,
        .code = code,
        .line = line,
        .slots_start = thread->slots_used,
        .encoded_start = (uint32_t)thread->encoded.size,
        .unset = UINT64_MAX,
        .stores = UINT64_MAX,
    };
    if (!ct_thread_reserve_slots(thread, top, (uint32_t)code->slot_count))
        return NULL;
    code->open_frames++;
    if (thread->depth > 0)
        top[-1].is_inert = top[-1].is_fresh = false;
    thread->depth++;
    thread->top = top;
    return top;
}

void ct_thread_pop(struct ct_thread *thread)
{
    struct ct_shadow *top = &thread->stack[--thread->depth];
    set_top(thread);
    top->code->open_frames--;
    thread->slots_used = top->slots_start;
    thread->encoded.size = top->encoded_start;
    ct_namespace_free(top->names);
    ct_selection_free(top->selection);
}

void ct_thread_fail(struct ct_thread *thread)
{
    ct_tape_fail_memory(thread->stream.tape);
    ct_stream_close(&thread->stream);
}
