/* The monitor: a Python object whose methods sys.monitoring calls. */
#pragma once

#include "py/recorder.h"

/* Makes the heap type of the monitor for `module`; a new reference. */
PyObject *ct_monitor_type_new(PyObject *module);

/* A new monitor that does nothing until it gets a recorder. */
PyObject *ct_monitor_new(PyTypeObject *type);

/* Has the monitor fail at the stage that `recorder->inject` names. -1 with an exception
 * set on failure. */
int ct_monitor_inject(PyObject *monitor, struct ct_recorder *recorder);

/* The recorder whose events the monitor writes; NULL: none any more. */
void ct_monitor_set_recorder(PyObject *monitor, struct ct_recorder *recorder);
