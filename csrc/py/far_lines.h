/* Telling lines by INSTRUCTION events where LINE events are slow.
 *
 * CPython 3.12, and 3.13 before 3.13.3, keep for each instruction how far its line is
 * from where it is expected, as one signed byte. Where that is not enough they look the
 * line up at each LINE event, and that of the instruction before it: two walks through
 * the table of lines, so that a module of n lines takes time in proportion to n squared
 * (python/cpython#127953). The lines of such code are told by INSTRUCTION events, by a
 * table of our own; those of instructions that begin no line are disabled as they come.
 *
 * The rules are those by which CPython gives LINE events (initialize_lines and
 * _Py_call_instrumentation_line in Python/instrumentation.c), so a trace has the same
 * steps either way; but that 3.12 begins a line once more behind a call, where
 * something jumps there too. */
#pragma once

#include "py/thread.h"

/* In ct_code.unit_lines, besides lines: */
#define CT_UNIT_SILENT 0    /* no instruction, or one that begins nothing */
#define CT_UNIT_BLANK (-1)  /* one of no line, or RESUME: what follows begins a line */
#define CT_UNIT_PASSED (-2) /* one that begins nothing, behind a RESUME */

/* Gives the code, which runs in `frame`, `unit_lines` if its lines are to be told by
 * INSTRUCTION events: not if it has none that are far, or memory is out. Leaves the
 * error indicator as it is. */
void ct_far_lines_find(struct ct_code *code, struct ct_frame *frame);

/* The frame of `top` is entered where the last instruction that it ran is at `unit`. */
void ct_far_lines_enter(struct ct_shadow *top, int unit);

/* The frame of `top` is about to run the instruction at `unit`, where unit_lines is not
 * SILENT: the line that begins with it, or 0. */
int ct_far_lines_step(struct ct_shadow *top, int unit);
