/* Taking over what frames show (call_values.h). */
#include "py/call_values.h"

#include "py/line_plan.h"
#include "py/slot_bytes.h"

/* Slots looked at for an object that a frame shows already. */
#define SHARE_SLOTS 32

/* The slot of a frame that has an encoding of the object, by its address alone; none of
 * those in `except`. */
static const struct ct_slot *slot_of(const struct ct_thread *thread,
                                     const struct ct_shadow *shadow,
                                     const PyObject *object, uint64_t except)
{
    const struct ct_slot *slot = thread->slots + shadow->slots_start;
    for (uint32_t left = Py_MIN(shadow->slot_count, SHARE_SLOTS); left > 0; left--) {
        if (slot->of.object == object && slot->state == CT_SLOT_BYTES &&
            (except & 1) == 0)
            return slot;
        slot++;
        except >>= 1;
    }
    return NULL;
}

/* Whether two codes' values are shown alike: no filter tells their fields apart. */
static bool show_alike(const struct ct_code *one, const struct ct_code *other)
{
    return one->verdict == other->verdict && one->keywords_slot < 0 &&
           other->keywords_slot < 0;
}

/* Whether all that the frame below shows holds still: the call that its line's head
 * ends with has made this frame, and nothing has run between. */
static bool trusts_caller(const struct ct_thread *thread, const struct ct_shadow *top,
                          const struct ct_shadow *below)
{
    int unit = ct_frame_unit(below->frame);
    return unit >= below->calls->unit && unit < below->calls->end &&
           ct_frame_back(top->frame) == below->frame &&
           !ct_frame_is_called_by_c(top->frame) && !ct_is_debugged(thread, top) &&
           ct_pulse_holds(thread);
}

void ct_call_values_enter(struct ct_thread *thread, struct ct_shadow *top)
{
    struct ct_shadow *below = top - 1;
    thread->trusts_caller = false;
    if (thread->depth == 1 || below->calls == NULL)
        return;
    thread->trusts_caller = trusts_caller(thread, top, below);
    below->calls->unused = 0;
    below->calls = NULL;
}

/* The slot of the frame below whose encoding an argument of the top frame has, too; or
 * NULL. */
static const struct ct_slot *slot_below(struct ct_thread *thread,
                                        const struct ct_shadow *top, PyObject *object)
{
    const struct ct_shadow *below = top - 1;
    const struct ct_slot *slot = NULL;
    if (thread->depth > 1 && show_alike(top->code, below->code))
        slot =
            slot_of(thread, below, object, thread->trusts_caller ? below->stores : 0);
    bool is_shown = slot != NULL && slot->witness_count > 0 &&
                    (thread->trusts_caller || ct_slot_holds(thread, slot, object));
    return is_shown ? slot : NULL;
}

void ct_call_values_argument(struct ct_thread *thread, struct ct_shadow *top,
                             uint32_t index)
{
    struct ct_encoder *encoder = &thread->encoder;
    struct ct_buf *out = &encoder->out;
    PyObject *object = thread->values[index];
    struct ct_slot *slot = &thread->slots[top->slots_start + index];
    const struct ct_slot *below = slot_below(thread, top, object);
    size_t start = out->size;
    slot->written = ct_stream_position(&thread->stream) + start;
    if (below != NULL) { /* which stays as it is as long as the top frame is open */
        if (ct_slot_can_be_same(&thread->stream, below)) {
            ct_buf_append_byte(out, CT_VAL_SAME);
            ct_encoder_number(encoder, slot->written - below->written);
            slot->written = below->written;
        } else {
            ct_buf_append(out, thread->encoded.data + below->start, below->size);
        }
        slot->start = below->start;
        slot->room = 0;
        slot->size = below->size;
        slot->witness_count = below->witness_count;
    } else if (!ct_memo_encode(&thread->memo, encoder, object, CT_TEXT("")) ||
               !encoder->is_verifiable ||
               !ct_slot_remember(thread, slot, out->data + start, out->size - start)) {
        return;
    }
    slot->state = CT_SLOT_REMEMBERED;
    slot->of.object = object;
    top->is_fresh = true;
}

void ct_call_values_begin(struct ct_thread *thread, struct ct_shadow *top)
{
    thread->knows_handlers = false; /* the line that calls may have changed them */
    top->is_fresh =
        top->is_fresh && !ct_is_debugged(thread, top) && ct_pulse_take(thread);
}

bool ct_call_values_result(struct ct_thread *thread, struct ct_shadow *top,
                           PyObject *object)
{
    const struct ct_slot *slot = slot_of(thread, top, object, 0);
    if (slot == NULL)
        return ct_memo_encode(&thread->memo, &thread->encoder, object, CT_TEXT(""));
    ct_buf_append(&thread->encoder.out, thread->encoded.data + slot->start, slot->size);
    return !thread->encoder.out.failed;
}
