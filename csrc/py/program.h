/* The start of a program that the command line has launched (docs/launching.md). */
#pragma once

#include "py/session.h"

/* Starts to record as `config` says, the launcher's netstrings (bytes). -1 with an
 * exception set and, if that is wanted, its trailer written. */
int ct_program_start(struct ct_session *session, PyObject *config);

/* Whether this process is one that the command line has launched and whose program has
 * not begun: what start-up code imports must not start a recording of its own. */
bool ct_program_is_pending(void);
