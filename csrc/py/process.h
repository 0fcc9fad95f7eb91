/* The recording and its process: the end of the process, and forked children.
 *
 * Hooks of the C library are installed once per process and find the active recording
 * through the one process-wide variable of process.c. */
#pragma once

#include "py/recorder.h"

/* Makes `recorder` the one that ends with this process, or none (NULL). -1 with an
 * exception set if the hooks cannot be installed. */
int ct_process_set_recorder(struct ct_recorder *recorder);

/* In a forked child: lets go of the recording that the parent goes on with. Nothing of
 * it may be in use any more; its monitor must have been told. */
void ct_process_bury(void);

/* The active recording of this process, or NULL. */
struct ct_recorder *ct_process_recorder(void);
