/* Writing what has changed of a frame's variables. */
#pragma once

#include "py/thread.h"

/* Compares the variables of the top shadow frame, about to run `line`, with what the
 * tape says of them and writes SET, UNSET and MORE records for what differs. Returns
 * whether anything did. When memory or the tape is out, what could be written is. */
bool ct_variables_update(struct ct_thread *thread, struct ct_shadow *top, int line);

/* The same where a line begins, and finds out whether that can change anything that the
 * next update would have to look at. */
void ct_variables_begin_line(struct ct_thread *thread, struct ct_shadow *top, int line);

/* Takes it that the line may change anything: nothing is planned for it, or it has done
 * more than its plan says, as after an exception. */
static inline void ct_variables_doubt(struct ct_shadow *top)
{
    top->is_inert = false;
    top->calls = NULL;
    top->stores = UINT64_MAX;
}

/* Shows a variable no longer that is bound still: no change for the next update. */
void ct_variables_hide(struct ct_thread *thread, struct ct_shadow *top, uint32_t index);

/* Reads the top shadow frame's fast locals into thread->values[0 …], borrowed until
 * Python code runs. */
void ct_variables_read_locals(struct ct_thread *thread, struct ct_shadow *top);
