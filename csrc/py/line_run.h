/* Running the instructions of a line on operands.
 *
 * Used where plans are made alone. Needs an attached thread state; runs no Python code.
 */
#pragma once

#include "py/code_scan.h"
#include "py/line_stack.h"

/* Goes on to a line, or to none, at a code unit; with nothing on the stack, if it is
 * another one. */
void ct_line_turn(struct ct_line_stack *stack, struct ct_line_plan *plan,
                  struct ct_line_draft *draft, int unit);

/* Runs an instruction of the line; false if that cannot be inert for it. */
bool ct_line_run(struct ct_line_stack *stack, const struct ct_instruction *instruction);
