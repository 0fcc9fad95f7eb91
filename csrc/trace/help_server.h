/* The helper's side of tape_help.h: a thread that serves the recording process while
 * the main one waits for its end (finish_main.c). Makes files of the tape's folder
 * only; the trace is made by the main thread, which has the lock then. */
#pragma once

#include "tape/tape_help.h"
#include "trace/recover.h"
#include "trace/relay.h"

#include <pthread.h>
#include <stdbool.h>

struct ct_help_server {
    int listener;
    pid_t served;       /* the process that made the listener */
    const char *folder; /* of the tape; borrowed */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned waiting;           /* threads that have a FINISH to reply to */
    bool is_done;               /* the main thread has finished */
    struct ct_help_reply reply; /* what came of it */
    struct ct_relays relays;    /* of the program's children */
};

/* Serves the socket `listener` (-1: none) for the tape in `folder` of `dir`. `server`
 * must live until the process ends. */
void ct_help_server_start(struct ct_help_server *server, int listener, const char *dir,
                          const char *folder);

/* Tells those who wait what came of the trace, and returns when they know. */
void ct_help_server_done(struct ct_help_server *server, enum ct_recover_result result,
                         const struct ct_error *err);
