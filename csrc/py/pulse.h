/* Whether something else than a line's own instructions has run: handlers of signals,
 * other threads, other tools. */
#pragma once

#include "py/thread.h"

/* Whether another tool may change things when an event comes. */
static inline bool ct_is_debugged(const struct ct_thread *thread,
                                  const struct ct_shadow *top)
{
    return thread->state->c_tracefunc != NULL || thread->state->c_profilefunc != NULL ||
           ct_code_has_other_tools(top->code->code, thread->codes->tool);
}

/* Notes the pulse of the thread; whether it can be told by it later if signals or other
 * threads were attended to meanwhile. */
bool ct_pulse_take(struct ct_thread *thread);

/* Whether it is the one that was noted. */
static inline bool ct_pulse_holds(const struct ct_thread *thread)
{
    return thread->pulse == ct_runtime_pulse(thread->state);
}
