/* Our tool in sys.monitoring: the id, the callbacks, the events.
 *
 * Event numbers, DISABLE and the functions are taken from the running interpreter's
 * sys.monitoring. Needs an attached thread state. */
#pragma once

#include "py/compat.h"
#include "py/raise.h"

#include <stdbool.h>

enum ct_event_slot {
    CT_ON_START,
    CT_ON_RESUME,
    CT_ON_THROW,
    CT_ON_LINE,
    CT_ON_INSTRUCTION,
    CT_ON_JUMP,
    CT_ON_RETURN,
    CT_ON_YIELD,
    CT_ON_UNWIND,
    CT_ON_RAISE,
    CT_EVENT_SLOTS,
};

struct ct_monitoring {
    PyObject *module;           /* owned: sys.monitoring */
    PyObject *set_local_events; /* owned: its function, called once per code object */
    PyObject *disable;          /* owned: sys.monitoring.DISABLE */
    int tool_id;                /* -1: none claimed */
    int events[CT_EVENT_SLOTS]; /* bits */
    PyObject *tool;             /* owned: tool_id as int */
    PyObject *no_events;        /* owned: 0 */
    PyObject *local_events[8];  /* owned: ints, by enum ct_watch */
    PyObject *callbacks[CT_EVENT_SLOTS]; /* owned: kept until fini, for one may run */
};

/* Claims a free tool id. -1 with EnvironmentError ERR_TRACER_INSTALL_CONFLICT set when
 * all are taken. */
int ct_monitoring_claim(struct ct_monitoring *monitoring,
                        const struct ct_errors *errors);

/* Registers the methods of `monitor` (named as in monitoring.c) and turns the global
 * events on. */
int ct_monitoring_begin(struct ct_monitoring *monitoring, PyObject *monitor);

/* Has `monitor`'s method `name` called for an event instead of the usual one. */
int ct_monitoring_replace(struct ct_monitoring *monitoring, enum ct_event_slot slot,
                          PyObject *monitor, const char *name);

/* What is watched of a code object besides its returns and yields; bits. */
enum ct_watch { CT_WATCH_LINES = 1, CT_WATCH_JUMPS = 2, CT_WATCH_INSTRUCTIONS = 4 };

/* Turns the local events of a code object on or off; other tools keep theirs. */
int ct_monitoring_watch(struct ct_monitoring *monitoring, PyCodeObject *code,
                        unsigned watch);
int ct_monitoring_unwatch(struct ct_monitoring *monitoring, PyCodeObject *code);

/* Has disabled locations report again (also those of other tools). */
int ct_monitoring_restart(struct ct_monitoring *monitoring);

/* Turns the events off and gives the tool id back. Clears any exception of its own. */
void ct_monitoring_end(struct ct_monitoring *monitoring);
void ct_monitoring_fini(struct ct_monitoring *monitoring);
