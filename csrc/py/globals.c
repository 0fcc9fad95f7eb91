/* One watcher for all dicts, one counter for all changes, and the last of them. */
#include "py/globals.h"

#include <stdlib.h>
#include <string.h>

/* Process-wide, since CPython gives a watcher's callback no pointer of ours: the number
 * of changes, the last ones, by number, and the recording's table, from which dying
 * dicts are taken. */
static uint64_t generation = 1;
static struct ct_rebinding rebindings[CT_REBINDINGS_KEPT];
static struct ct_globals *active;

uint64_t ct_globals_generation(void)
{
    return generation;
}

struct ct_rebinding ct_globals_rebinding(uint64_t generation_before)
{
    if (generation - generation_before > CT_REBINDINGS_KEPT)
        return (struct ct_rebinding){.dict = NULL};
    return rebindings[generation_before % CT_REBINDINGS_KEPT];
}

static void note(struct ct_rebinding rebinding)
{
    rebindings[generation++ % CT_REBINDINGS_KEPT] = rebinding;
}

static PyObject **place_of(const struct ct_globals *globals, const PyObject *dict)
{
    size_t mask = globals->capacity - 1;
    size_t i = (((uintptr_t)dict >> 4) * 0x9e3779b97f4a7c15u >> 32) & mask;
    while (globals->dicts[i] != NULL && globals->dicts[i] != dict)
        i = (i + 1) & mask;
    return &globals->dicts[i];
}

/* Takes a dict out; what stood behind it moves up. */
static void forget(struct ct_globals *globals, const PyObject *dict)
{
    if (globals->capacity == 0)
        return;
    PyObject **place = place_of(globals, dict);
    if (*place == NULL)
        return;
    size_t mask = globals->capacity - 1;
    *place = NULL;
    globals->count--;
    for (size_t i = ((size_t)(place - globals->dicts) + 1) & mask;
         globals->dicts[i] != NULL; i = (i + 1) & mask) {
        PyObject *moved = globals->dicts[i];
        globals->dicts[i] = NULL;
        *place_of(globals, moved) = moved;
    }
}

static int on_change(PyDict_WatchEvent event, PyObject *dict, PyObject *key,
                     PyObject *Py_UNUSED(new_value))
{
    struct ct_rebinding rebinding = {.dict = NULL};
    bool is_added = event == PyDict_EVENT_ADDED;
    if ((is_added || event == PyDict_EVENT_MODIFIED) && PyUnicode_CheckExact(key))
        rebinding =
            (struct ct_rebinding){dict, key, ((PyASCIIObject *)key)->hash, is_added};
    note(rebinding);
    if (event == PyDict_EVENT_DEALLOCATED && active != NULL)
        forget(active, dict);
    return 0;
}

void ct_globals_init(struct ct_globals *globals)
{
    memset(globals, 0, sizeof *globals);
    globals->watcher = PyDict_AddWatcher(on_change);
    if (globals->watcher < 0)
        PyErr_Clear(); /* all eight are taken */
    active = globals;
    note((struct ct_rebinding){.dict = NULL});
}

void ct_globals_fini(struct ct_globals *globals)
{
    for (size_t i = 0; i < globals->capacity; i++) {
        if (globals->dicts[i] != NULL &&
            PyDict_Unwatch(globals->watcher, globals->dicts[i]) < 0)
            PyErr_Clear();
    }
    if (globals->watcher >= 0 && active == globals &&
        PyDict_ClearWatcher(globals->watcher) < 0)
        PyErr_Clear();
    if (active == globals)
        active = NULL;
    free(globals->dicts);
    memset(globals, 0, sizeof *globals);
    globals->watcher = -1;
}

static bool grow(struct ct_globals *globals)
{
    if (globals->count * 2 < globals->capacity)
        return true;
    struct ct_globals larger = *globals;
    larger.capacity = globals->capacity == 0 ? 64 : globals->capacity * 2;
    larger.dicts = calloc(larger.capacity, sizeof *larger.dicts);
    if (larger.dicts == NULL)
        return false;
    for (size_t i = 0; i < globals->capacity; i++) {
        if (globals->dicts[i] != NULL)
            *place_of(&larger, globals->dicts[i]) = globals->dicts[i];
    }
    free(globals->dicts);
    *globals = larger;
    return true;
}

bool ct_globals_watch(struct ct_globals *globals, PyObject *dict)
{
    if (globals->watcher < 0 || !grow(globals))
        return false;
    PyObject **place = place_of(globals, dict);
    if (*place == dict)
        return true;
    if (PyDict_Watch(globals->watcher, dict) < 0) {
        PyErr_Clear();
        return false;
    }
    *place = dict;
    globals->count++;
    return true;
}
