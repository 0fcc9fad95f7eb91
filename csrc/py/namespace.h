/* The names of a module or class body, which live in a dict and come and go.
 *
 * Gives each name that shows a slot behind those of the code, and finds at each step
 * which names are bound, to what. Modules, functions and classes show only at the step
 * after they were bound, unless the policy asks for all globals. Belongs to one shadow
 * frame; needs an attached thread state; runs no Python code. */
#pragma once

#include "py/thread.h"

struct ct_namespace *ct_namespace_new(void);
void ct_namespace_free(struct ct_namespace *names);

/* Finds what the names of the exact or subclassed dict `dict` are bound to, and sets
 * thread->values for the namespace's slots of the top shadow frame: the object bound,
 * borrowed, or NULL. *needed gets the slots that may show something else than before,
 * and only their values are set; it counts for the first CT_PLAN_SLOTS slots, and when
 * there are more all are set. Writes a SLOT record for each name that shows for the
 * first time. False when memory or the tape is out. */
bool ct_namespace_read(struct ct_namespace *names, struct ct_thread *thread,
                       struct ct_shadow *top, PyObject *dict, uint64_t *needed);

/* The slot of a name, or -1 if it never showed. */
int ct_namespace_slot(const struct ct_namespace *names, PyObject *name);

/* Whether an object is a module, function or class. */
bool ct_is_definition(PyObject *object);
