/* Which variables show when a frame has more than a step may hold.
 *
 * Those the line mentions, then the most recently changed (contract.md section 9).
 * Belongs to one shadow frame, made when it first has too many. */
#pragma once

#include "py/thread.h"

struct ct_selection;

/* NULL when memory is out. */
struct ct_selection *ct_selection_new(void);
void ct_selection_free(struct ct_selection *selection);

/* Sets to NULL those of thread->values (of the top shadow's slots) that do not show at
 * a step on `line`; `bound` of them are not NULL. *more = how many were left out. False
 * when memory is out. */
bool ct_selection_apply(struct ct_selection *selection, struct ct_thread *thread,
                        struct ct_shadow *top, int line, uint32_t bound,
                        uint64_t *more);

/* Says that the value of a slot has changed at this step. */
void ct_selection_touch(struct ct_selection *selection, uint32_t slot);
