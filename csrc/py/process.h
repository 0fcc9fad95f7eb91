/* The recording and its process: the end of the process, and forked children.
 *
 * Hooks of the C library are installed once per process and find the active recording
 * through the one process-wide variable of process.c. */
#pragma once

#include "py/recorder.h"

/* Makes `recorder` the one that ends with this process, or none (NULL). -1 with an
 * exception set if the hooks cannot be installed. */
int ct_process_set_recorder(struct ct_recorder *recorder);

/* The active recording of this process, or NULL. */
struct ct_recorder *ct_process_recorder(void);
