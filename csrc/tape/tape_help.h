/* What the helper of a recording does for the process when that cannot any more.
 *
 * A program may give up what its recording began with: rights (setuid), the root
 * directory (chroot), large files (RLIMIT_FSIZE). The helper keeps all of it. It is
 * asked over a socket that has no name in the file system (an abstract one of Linux),
 * made when the recording starts. The process keeps no descriptor of it: it connects,
 * asks, and closes. Each side lets the kernel tell it who the other one is: the process
 * that made the socket is served, and it believes nobody else's socket. Where there is
 * no such socket, no helper or another network namespace, asking fails at once. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

enum ct_help_kind {
    CT_HELP_SPARE,   /* make a segment's file ahead (segment_file.h): `size`, `mode`;
                        no reply */
    CT_HELP_SEGMENT, /* create a segment's file; the reply carries a descriptor */
    CT_HELP_FINISH,  /* make the trace once the lock is free; two replies, the first at
                        once */
    CT_HELP_RELAY,   /* pass on what comes from a pipe, with two descriptors: its end to
                        read from, and where it goes; mode: an enum ct_event */
    CT_HELP_DRAIN, /* reply when what is in those pipes now has been passed on, or where
                      it goes is full. With a descriptor: only of pipes that go where
                      it does, and mode 1: however long that takes */
};

struct ct_help_request {
    uint32_t kind; /* enum ct_help_kind */
    uint32_t mode; /* of the file; of a RELAY: its event */
    uint64_t number, size;
};

struct ct_help_reply {
    int32_t status;   /* enum ct_status */
    int32_t os_errno; /* if it failed */
    char text[512];   /* the same for people, or empty */
};

struct ct_help {
    int listener;               /* owned; only while the helper starts, else -1 */
    struct sockaddr_un address; /* of the socket */
    socklen_t address_size;     /* 0: there is none */
};

/* Makes the socket; without one, help->listener is -1 and nothing else happens. */
void ct_help_open(struct ct_help *help);
/* Closes the listener: the helper has it, or there is none. */
void ct_help_settle(struct ct_help *help);
/* To be called in a forked child, which is not served. */
void ct_help_forget(struct ct_help *help);

/* A descriptor of segment `number`, created with `size` bytes allocated; -1 if there is
 * no help or the helper has failed as well. */
int ct_help_segment(const struct ct_help *help, uint64_t number, size_t size,
                    mode_t mode);

/* Has the helper make a spare of `size` bytes, if it can be asked without waiting. */
void ct_help_spare(const struct ct_help *help, size_t size, mode_t mode);

/* Has the helper copy what comes from the pipe `source` to the mirror (mirror.h), and
 * pass it on to `target`; both descriptors stay the caller's. False if it will not. */
bool ct_help_relay(const struct ct_help *help, int source, int target, uint32_t event);
/* Waits until all that children have written so far has been passed on or cannot be.
 * With a `target` (else -1) that goes there; then, if it `blocks`, as long as a write
 * there would block, or until a signal comes. Safe in a signal handler. */
void ct_help_drain(const struct ct_help *help, int target, bool blocks);

/* Asks for the trace to be made: a descriptor to give to ct_help_wait after the tape's
 * lock has been released, or -1. */
int ct_help_finish(const struct ct_help *help);
/* Waits until the helper has made the trace, and closes `fd`. *err, which says why it
 * was asked, is filled anew if the helper has more to say. */
CT_NODISCARD enum ct_status ct_help_wait(int fd, struct ct_error *err);
