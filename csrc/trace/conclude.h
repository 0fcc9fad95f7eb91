/* The end of a recording, in the recording process: its trace is written, by the helper
 * that has followed the tape or by the process itself. */
#pragma once

#include "base/report.h"
#include "base/status.h"
#include "tape/tape_writer.h"

/* Waits for a helper that is at work; without one, or if it fails or dies, makes the
 * trace of `dir` here. The tape must have its END. When this takes more than a second
 * and standard error is a terminal, a line there tells how far it is. On an error the
 * tape stays. Nothing of ours writes into `dir` any more when this returns, but where
 * `err` says that no file could be opened: a helper may finish the trace then. */
CT_NODISCARD enum ct_status ct_conclude(const char *dir, struct ct_tape *tape,
                                        const struct ct_report *report,
                                        struct ct_error *err);
