/* What every fuzz target of tapes asks of the replay. */
#pragma once

#include "rule_writer.h"

/* Replays the tape in `dir` into a rule_writer, if its facts can be read, and aborts
 * with a line on standard error if a rule is broken. The facts say whether there may be
 * thread records. */
void rule_check_tape(const char *dir, struct rule_options options);
