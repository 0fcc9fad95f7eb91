/* Filling in a block (slot_bytes.h). */
#include "py/slot_bytes.h"

bool ct_slot_remember(struct ct_thread *thread, struct ct_slot *slot,
                      const uint8_t *value, size_t size)
{
    struct ct_buf *stack = &thread->encoded;
    struct ct_text witness = thread->encoder.proof;
    if (!thread->encoder.is_verifiable)
        witness.size = 0;
    if (!ct_slot_make_room(thread, slot, ct_witness_offset(size) + witness.size))
        return false;
    memcpy(stack->data + slot->start, value, size);
    slot->size = (uint32_t)size;
    slot->witness_count = (uint32_t)(witness.size / sizeof(uint64_t));
    if (witness.size > 0)
        memcpy(stack->data + slot->start + ct_witness_offset(size), witness.bytes,
               witness.size);
    slot->state = CT_SLOT_BYTES;
    return true;
}
