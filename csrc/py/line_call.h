/* Calls that a line makes: those that change nothing, and the first that may change
 * anything, which ends the line's head.
 *
 * Used where plans are made alone. Needs an attached thread state; runs no Python code.
 */
#pragma once

#include "py/code_scan.h"
#include "py/line_stack.h"

/* Runs a call of what lies under `arg` arguments; false if a line with it is not inert.
 */
bool ct_line_call(struct ct_line_stack *stack,
                  const struct ct_instruction *instruction);
/* A call with names of arguments on the top: no line with one is. */
void ct_line_call_named(struct ct_line_stack *stack,
                        const struct ct_instruction *instruction);
