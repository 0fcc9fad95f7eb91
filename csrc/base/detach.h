/* Starting a program that has nothing to do with the process that starts it. */
#pragma once

#include "base/status.h"

#define CT_DETACHED_FILE 3
#define CT_DETACHED_SOCKET 4

/* Runs `argv[0]` (an absolute path, and the file to run) in a process that is no child
 * of this one, in a session of its own, at "/", with an empty environment, default
 * signal handling, /dev/null as its standard streams and no other descriptor but
 * CT_DETACHED_FILE, the file `reopened`, opened anew by /proc, so that no lock is
 * inherited, and CT_DETACHED_SOCKET, the descriptor `inherited` (-1: none). Returns
 * when it runs, or with the reason why it does not. CT_ERR_LIMIT where it would become
 * a child: in process 1 of a container and in a subreaper. Nothing is left to wait for
 * and no signal comes; functions registered for forks are not called. */
CT_NODISCARD enum ct_status ct_detach(char *const argv[], int reopened, int inherited,
                                      struct ct_error *err);
