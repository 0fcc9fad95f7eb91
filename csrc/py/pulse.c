/* Never inlined: few lines need it (pulse.h). */
#include "py/pulse.h"

__attribute__((noinline)) bool ct_pulse_take(struct ct_thread *thread)
{
    if (!thread->knows_handlers)
        thread->knows_handlers = !ct_runtime_has_handlers();
    thread->pulse = ct_runtime_pulse(thread->state);
    return thread->knows_handlers && thread->pulse != 0;
}
