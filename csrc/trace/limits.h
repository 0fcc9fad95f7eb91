/* Numbers that bound or tune the replay and the files, with their unit and reason. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes of text made for one value (`<module.Class object>` and the like): a damaged
 * tape could ask for a long name a million times. */
#define CT_LIMIT_MADE_TEXT ((size_t)64 << 20)

/* Bytes of its variables' records that a freed frame may keep. */
#define CT_SPARE_RECORDS 16384u

/* Bytes of a container on the tape: from which on it may be in the memo, for smaller
 * ones are made as fast as found; up to which it is, for a larger one would leave no
 * room, and those in it may be there. */
#define CT_RENDERED_MIN 16u
#define CT_RENDERED_MAX 131072u

/* Bytes of a container, those on the tape and what was made of it, up to which it is in
 * the memo when it comes first: a longer one mostly changes before it comes again. */
#define CT_RENDERED_SHORT 4096u

/* Bytes of the memo, so that the part in use is in the cache of one processor. */
#define CT_RENDERED_SIZE 524288u

/* Variables bound in one frame at a time. Capture shows 64 unless asked for more. */
#define CT_LIMIT_VARIABLES 65536u

/* Freed frames a thread keeps for its next calls, with the memory of their variables.
 */
#define CT_SPARE_FRAMES 64u

/* Bytes of a variable's memory that a freed frame may keep. */
#define CT_SPARE_VALUE 4096u

/* Readers before codetracer_trace_reader 0.17.1 refuse a trace.bin when the words of
 * its message + 2 × its records reach this (trace-formats.md 4.6). */
#define CT_LIMIT_OLD_READERS ((uint64_t)8388608)

/* Bytes of output or input from which on an Event is written although its line goes on.
 */
#define CT_LIMIT_CHUNK 8192u
