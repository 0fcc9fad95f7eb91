/* What children write to the pipes that descriptors 1 and 2 are (`proxies+fd`).
 *
 * Where a child would inherit such a pipe it gets a pipe of ours, from which the helper
 * passes on (trace/relay.h). The program's own descriptors stay what they are. Without
 * a helper, and for other kinds of files, children inherit what they would. */
#pragma once

#include "py/recorder.h"

/* Looks after the functions of `_posixsubprocess` and `posix` that make children. Needs
 * an attached thread state. */
void ct_fd_children_hook(PyObject *module);
void ct_fd_children_hook_posix(PyObject *module);

/* In the place of the C library's `system`, which is `original`. */
int ct_fd_children_system(int (*original)(const char *), const char *command);
