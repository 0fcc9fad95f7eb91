/* Opcode numbers of the CPython this is built for, and the operators of BINARY_OP. */
#pragma once

#include <opcode.h>

/* The AssertionError among the constants of LOAD_COMMON_CONSTANT (3.14 and later). */
#define CT_COMMON_ASSERTION_ERROR 0

/* Whether the iterator of a loop is taken off by the instruction behind END_FOR, as
 * since 3.13, which has TO_BOOL. */
#ifdef TO_BOOL
#define CT_LOOP_END_POPS true
#else
#define CT_LOOP_END_POPS false
#endif

/* What takes the iterator of a loop off that is left; where POP_ITER does (3.14 and
 * later), POP_TOP finds something else. */
#ifdef POP_ITER
#define CT_POP_LOOP POP_ITER
#else
#define CT_POP_LOOP POP_TOP
#endif
