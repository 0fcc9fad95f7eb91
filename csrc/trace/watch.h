/* The helper of a recording process (docs/reliability.md). Part of ct-finish alone. */
#pragma once

#include "trace/recover.h"
#include "trace/relay.h"

/* Writes the trace of `dir` while another process records it, and finishes it when the
 * recording has ended or the process has died, whichever comes first. `helper_file` as
 * for ct_tape_claim_wait; what `relays` have in hand when the process dies is waited
 * for. CT_RECOVER_FAILED, with *err, if the tape is left as it is. */
enum ct_recover_result ct_watch(const char *dir, int helper_file,
                                struct ct_relays *relays, struct ct_error *err);
