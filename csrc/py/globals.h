/* Noticing that a module's globals have been bound anew.
 *
 * Looking a function's globals up in a dict at each line would cost more than all its
 * locals. CPython's dict watchers tell of every change of a watched dict; as long as
 * none has told, what was looked up before still holds. Needs an attached thread state.
 */
#pragma once

#include "py/compat.h"

#include <stdbool.h>
#include <stdint.h>

struct ct_globals {
    int watcher;      /* id of our dict watcher; -1: none is to be had */
    PyObject **dicts; /* owned array of borrowed dicts that are watched, hashed */
    size_t count, capacity;
};

void ct_globals_init(struct ct_globals *globals);
void ct_globals_fini(struct ct_globals *globals);

/* Watches a dict, if it can be; false: its changes will not be told. */
bool ct_globals_watch(struct ct_globals *globals, PyObject *dict);

/* A number that changes whenever a watched dict does. */
uint64_t ct_globals_generation(void);
