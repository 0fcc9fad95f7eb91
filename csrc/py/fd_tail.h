/* What others append to the regular files that descriptors 1 and 2 are.
 *
 * Such a file is read back: nothing is put in the place of the descriptors, and
 * whatever a child or native code has written is in the file, in its order. The
 * interpreter's own writes, which are recorded elsewhere, are told here and left out.
 * What was read goes to the mirror. Used by fd_hooks.c alone, with an attached thread
 * state or at the end of the process, but for `_has`. */
#pragma once

#include "tape/mirror.h"

#include <stdbool.h>
#include <sys/types.h>

/* Begins with those of descriptors 1 and 2 that are `wanted` and regular files that can
 * be read back, at their ends. */
void ct_fd_tail_begin(const bool wanted[3]);
void ct_fd_tail_end(void);

/* Whether what is written to `fd` is read back. Safe in a signal handler. */
bool ct_fd_tail_has(int fd);

/* Moves what has been appended to the mirror. */
void ct_fd_tail_take(const struct ct_mirror *mirror);

/* Around a write of the interpreter's own to `fd`, which may let other threads run. */
void ct_fd_tail_enter_own(int fd, const struct ct_mirror *mirror);
void ct_fd_tail_leave_own(int fd, const char *bytes, ssize_t written,
                          const struct ct_mirror *mirror);
