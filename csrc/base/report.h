/* Lines on standard error, as long as it is still what it was when we started.
 *
 * A program may close descriptor 2, and the next file that it opens gets the number: a
 * line of ours must not go there. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct ct_report {
    dev_t device;
    ino_t inode;
    bool is_open;
};

void ct_report_init(struct ct_report *report);

/* Writes `text` and a line feed in one piece. */
void ct_report_line(const struct ct_report *report, const char *text);

/* Writes `text` as it is. */
void ct_report_text(const struct ct_report *report, const char *text);
/* Whether a terminal shows what is written. */
bool ct_report_is_terminal(const struct ct_report *report);
