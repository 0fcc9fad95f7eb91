/* The start of a program that the command line has launched (docs/launching.md). */
#pragma once

#include "py/session.h"

/* Starts to record as `config` says, the launcher's netstrings (bytes). -1 with an
 * exception set and, if that is wanted, its trailer written. */
int ct_program_start(struct ct_session *session, PyObject *config);

/* Whether the policy would take `text` for the setting `name`; -1 with a UsageError set
 * that has the name of its option. */
int ct_program_check_option(const struct ct_session *session, const char *name,
                            PyObject *text);

/* Whether this process is one that the command line has launched and whose program has
 * not begun: what start-up code imports must not start a recording of its own. */
bool ct_program_is_pending(void);
