/* What native code writes to descriptors 1 and 2 (`proxies+fd`, docs/streams.md).
 *
 * Functions of the C library are interposed (base/interpose.h) while a recording wants
 * it. They write first, as always, and then append what was written to the mirror
 * (tape/mirror.h), from where the next event of the interpreter moves it to the tape:
 * native code may run in any thread, without the interpreter's lock, in a signal
 * handler. What the interpreter's own streams write is recorded by io_hooks.c, which
 * says so here. */
#pragma once

#include "py/recorder.h"

/* Begins for the descriptors of the streams `wanted`, as of ct_io_hooks_begin. Needs an
 * attached thread state, as the next two. */
void ct_fd_begin(struct ct_recorder *recorder, unsigned wanted);
/* Moves what has come to where the current thread stands. */
void ct_fd_take(struct ct_recorder *recorder);
/* Takes the rest, and has everybody call the C library again. */
void ct_fd_end(struct ct_recorder *recorder);

/* Waits until what children have written so far is where it would be without us, or
 * that is full. Any thread, and safe in a signal handler; `_attached` lets other
 * threads run. */
void ct_fd_drain(void);
void ct_fd_drain_attached(void);

/* At the end of the process, without Python: what the C library's streams keep is
 * written out, as it would be a moment later. */
void ct_fd_flush(const struct ct_recorder *recorder);
/* Puts what is left before the tape's end, and nothing comes after it. */
void ct_fd_finish(struct ct_recorder *recorder);

/* The recording whose descriptors are recorded, or NULL; and which of 1 and 2 are. With
 * an attached thread state. */
struct ct_recorder *ct_fd_recorder(void);
bool ct_fd_is_wanted(int fd);

/* Around a write of the interpreter's own to `fd`, in this thread; -1: to somewhere
 * else, as what `input` shows. Nothing but two comparisons without a recording. */
void ct_fd_enter_own(int fd);
void ct_fd_leave_own(int fd, const char *bytes, ssize_t written);
