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

/* A number that grows with each change of a watched dict. */
uint64_t ct_globals_generation(void);

/* One name of a dict bound, mostly to another object than before: the change that a
 * loop in a module makes again and again. */
struct ct_rebinding {
    const PyObject *dict; /* NULL: some other change, maybe of any dict */
    const PyObject *key;  /* its address alone: the key may be dead … */
    Py_hash_t hash;       /* … so that it counts only together with its hash */
    bool is_added;        /* it was not bound before */
};

#define CT_REBINDINGS_KEPT 8

/* The change that led from `generation` to the next one. Of changes so long ago that
 * they are not kept, and of all others than these, `dict` is NULL. */
struct ct_rebinding ct_globals_rebinding(uint64_t generation_before);
