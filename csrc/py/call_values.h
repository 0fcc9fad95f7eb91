/* The values of calls: arguments, which the frame below shows mostly, and results,
 * which the frame itself does.
 *
 * What was encoded for a variable is taken over for them where nothing can have changed
 * it, or its witness says that nothing has. */
#pragma once

#include "py/pulse.h"
#include "py/thread.h"

/* A call has opened the top frame: before its arguments are encoded, finds out whether
 * what the frame below shows of them holds still. */
void ct_call_values_enter(struct ct_thread *thread, struct ct_shadow *top);

/* Appends to the encoder's `out` an argument of the top frame, no scalar, that lies in
 * slot `index` and in `values`, and keeps it for the first update: as ct_encode makes
 * it, but from what the frame below shows of the same object. `out` says when memory is
 * out. */
void ct_call_values_argument(struct ct_thread *thread, struct ct_shadow *top,
                             uint32_t index);

/* After that: notes what else could change them before the frame's first line. */
void ct_call_values_begin(struct ct_thread *thread, struct ct_shadow *top);

/* Whether what was remembered of the arguments holds still, at the first line. */
static inline bool ct_call_values_hold(const struct ct_thread *thread,
                                       const struct ct_shadow *top)
{
    return top->is_fresh && ct_pulse_holds(thread) && ct_frame_is_at_start(top->frame);
}

/* Appends an object that the top frame gives away, after an update. False when memory
 * is out. */
bool ct_call_values_result(struct ct_thread *thread, struct ct_shadow *top,
                           PyObject *object);
