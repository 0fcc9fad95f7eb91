/* Seeing what goes through the standard streams, without replacing anything that the
 * program could look at (docs/streams.md says how, and why so).
 *
 * session.c begins it with a recording, recorder.c ends it. Needs an attached thread
 * state; sets no exception. */
#pragma once

#include "py/recorder.h"

/* Streams to record: bits. */
enum ct_io_streams {
    CT_IO_STDIN = 1,
    CT_IO_STDOUT = 2,
    CT_IO_STDERR = 4,
    CT_IO_ALL = 7,
};

/* Records from now on what goes through these streams, where they are what the
 * interpreter made them. */
void ct_io_hooks_begin(struct ct_recorder *recorder, unsigned streams);

/* Nothing of `recorder` is recorded any more. The hooks stay, and only pass on. */
void ct_io_hooks_end(const struct ct_recorder *recorder);
