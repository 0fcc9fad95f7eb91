/* Bytes that others than the interpreter's streams wrote to descriptors 1 and 2, on
 * their way to the tape.
 *
 * Who sees such bytes may be in native code of any thread, without the interpreter's
 * lock, in a signal handler, or in another process. All of them append to one file of
 * the tape's folder, by its name and without keeping a descriptor; so a killed process
 * loses nothing there. Whoever may write to a stream of the tape moves them there. What
 * has been moved is given back to the file system. */
#pragma once

#include "tape/record.h"
#include "tape/tape_writer.h"

#include <limits.h>

struct ct_mirror {
    char path[PATH_MAX]; /* empty: there is none */
};

/* Makes the file in the tape's folder; without it nothing is mirrored. */
bool ct_mirror_make(struct ct_mirror *mirror, const struct ct_tape *tape);

/* That of another process's tape, whether there is one or not. */
void ct_mirror_open(struct ct_mirror *mirror, const char *folder);

/* Appends what was written to stdout or stderr. Safe in a signal handler, leaves errno
 * alone. False if it cannot be. */
bool ct_mirror_append(const struct ct_mirror *mirror, enum ct_event event,
                      const void *bytes, size_t size);

/* Moves what is there to the stream, committed; a note there says when something could
 * not be appended. One at a time. */
void ct_mirror_move(const struct ct_mirror *mirror, struct ct_stream *stream);

/* Moves the rest to a segment of its own, before the tape's end. */
void ct_mirror_end(const struct ct_mirror *mirror, struct ct_tape *tape);
/* The same for the tape of a process that has died. */
void ct_mirror_recover(const char *folder);
