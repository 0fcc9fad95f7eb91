/* What the tape says of variables that are no scalars: their encodings, and behind each
 * its witness, in the thread's stack of encodings.
 *
 * A slot's block stays its own as long as the frame is open, and is left for a larger
 * one when it gets too small; the stack goes with the frames. Used by the thread alone,
 * attached. */
#pragma once

#include "py/thread.h"

/* Where the witness of a slot begins: behind its encoding, aligned. */
static inline size_t ct_witness_offset(size_t size)
{
    return (size + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
}

static inline const uint64_t *ct_slot_witness(const struct ct_thread *thread,
                                              const struct ct_slot *slot)
{
    return (const uint64_t *)(const void *)(thread->encoded.data + slot->start +
                                            ct_witness_offset(slot->size));
}

/* Whether an object is still what a slot shows. */
static inline bool ct_slot_holds(struct ct_thread *thread, const struct ct_slot *slot,
                                 PyObject *object)
{
    return slot->witness_count > 0 &&
           ct_witness_holds(&thread->encoder, object, ct_slot_witness(thread, slot),
                            slot->witness_count);
}

/* Gives a slot room for `needed` bytes in the thread's stack of encodings; false when
 * memory is out. */
static inline bool ct_slot_make_room(struct ct_thread *thread, struct ct_slot *slot,
                                     size_t needed)
{
    struct ct_buf *stack = &thread->encoded;
    if (slot->room >= needed)
        return true;
    size_t room = ct_witness_offset(needed + needed / 2);
    if (stack->size + room > UINT32_MAX || !ct_buf_reserve(stack, room))
        return false;
    slot->start = (uint32_t)stack->size;
    slot->room = (uint32_t)room;
    stack->size += room;
    return true;
}

/* Whether what a slot shows may be written as SAME, and is shorter so. */
static inline bool ct_slot_can_be_same(const struct ct_stream *stream,
                                       const struct ct_slot *slot)
{
    return slot->size >= CT_SAME_SIZE && ct_stream_reaches(stream, slot->written);
}

/* Remembers an encoding, and the witness that the encoder has made with it. False when
 * memory is out: then the slot is as it was. */
bool ct_slot_remember(struct ct_thread *thread, struct ct_slot *slot,
                      const uint8_t *value, size_t size);

/* What the tape says of a slot with an encoding. */
static inline struct ct_text ct_slot_bytes(const struct ct_thread *thread,
                                           const struct ct_slot *slot)
{
    return (struct ct_text){(const char *)thread->encoded.data + slot->start,
                            slot->size};
}
