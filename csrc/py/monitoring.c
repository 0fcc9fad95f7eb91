/* The static table of events, and calls into sys.monitoring. */
#include "py/monitoring.h"

#include "py/frame.h"

#define CT_TOOL_NAME "codetracer"

/* In this order they are tried: 5 is sys.monitoring.OPTIMIZER_ID, which nothing uses,
 * 3 and 4 have no name; 2, 1, 0 belong to profilers, coverage and debuggers. */
static const int tool_ids[] = {5, 3, 4, 2, 1, 0};

/* Which event calls which method of the monitor, and whether it is set for every code
 * object or only for the recorded ones. */
static const struct {
    const char *event;
    const char *method;
    bool is_global;
} table[CT_EVENT_SLOTS] = {
    [CT_ON_START] = {"PY_START", "on_start", true},
    [CT_ON_RESUME] = {"PY_RESUME", "on_resume", true},
    [CT_ON_THROW] = {"PY_THROW", "on_throw", true},
    [CT_ON_LINE] = {"LINE", "on_line", false},
    [CT_ON_INSTRUCTION] = {"INSTRUCTION", "on_instruction", false},
    [CT_ON_JUMP] = {"JUMP", "on_jump", false},
    [CT_ON_RETURN] = {"PY_RETURN", "on_return", false},
    [CT_ON_YIELD] = {"PY_YIELD", "on_yield", false},
    [CT_ON_UNWIND] = {"PY_UNWIND", "on_unwind", true},
    [CT_ON_RAISE] = {"RAISE", "on_raise", true},
};

static int read_events(struct ct_monitoring *monitoring)
{
    PyObject *events = PyObject_GetAttrString(monitoring->module, "events");
    if (events == NULL)
        return -1;
    int status = 0;
    for (int i = 0; i < CT_EVENT_SLOTS && status == 0; i++) {
        PyObject *bit = PyObject_GetAttrString(events, table[i].event);
        monitoring->events[i] = bit == NULL ? -1 : (int)PyLong_AsLong(bit);
        Py_XDECREF(bit);
        status = PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(events);
    return status;
}

static int look_up(struct ct_monitoring *monitoring)
{
    monitoring->module = Py_XNewRef(PySys_GetObject("monitoring"));
    if (monitoring->module == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "this interpreter has no sys.monitoring");
        return -1;
    }
    monitoring->disable = PyObject_GetAttrString(monitoring->module, "DISABLE");
    monitoring->set_local_events =
        PyObject_GetAttrString(monitoring->module, "set_local_events");
    if (monitoring->disable == NULL || monitoring->set_local_events == NULL ||
        read_events(monitoring) < 0)
        return -1;
    int leaving = monitoring->events[CT_ON_RETURN] | monitoring->events[CT_ON_YIELD];
    for (unsigned watch = 0; watch < Py_ARRAY_LENGTH(monitoring->local_events);
         watch++) {
        int events = leaving;
        if (watch & CT_WATCH_LINES)
            events |= monitoring->events[CT_ON_LINE];
        if (watch & CT_WATCH_JUMPS)
            events |= monitoring->events[CT_ON_JUMP];
        if (watch & CT_WATCH_INSTRUCTIONS)
            events |= monitoring->events[CT_ON_INSTRUCTION];
        monitoring->local_events[watch] = PyLong_FromLong(events);
        if (monitoring->local_events[watch] == NULL)
            return -1;
    }
    monitoring->no_events = PyLong_FromLong(0);
    return monitoring->no_events == NULL ? -1 : 0;
}

/* 1 if the id is ours now, 0 if it is taken, -1 on an error. */
static int try_id(struct ct_monitoring *monitoring, int id)
{
    PyObject *name = PyObject_CallMethod(monitoring->module, "get_tool", "i", id);
    if (name == NULL)
        return -1;
    bool is_free = name == Py_None;
    Py_DECREF(name);
    if (!is_free)
        return 0;
    PyObject *done =
        PyObject_CallMethod(monitoring->module, "use_tool_id", "is", id, CT_TOOL_NAME);
    if (done == NULL)
        return -1;
    Py_DECREF(done);
    monitoring->tool_id = id;
    monitoring->tool = PyLong_FromLong(id);
    return monitoring->tool == NULL ? -1 : 1;
}

int ct_monitoring_claim(struct ct_monitoring *monitoring,
                        const struct ct_errors *errors)
{
    memset(monitoring, 0, sizeof *monitoring);
    monitoring->tool_id = -1;
    if (look_up(monitoring) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(tool_ids); i++) {
        int status = try_id(monitoring, tool_ids[i]);
        if (status != 0)
            return status < 0 ? -1 : 0;
    }
    ct_raise(errors->environment_error, "ERR_TRACER_INSTALL_CONFLICT",
             "every tool id of sys.monitoring is taken; stop another monitoring tool "
             "(debugger, coverage, profiler) and try again");
    return -1;
}

static int register_callback(struct ct_monitoring *monitoring, int slot,
                             PyObject *callback)
{
    PyObject *old =
        PyObject_CallMethod(monitoring->module, "register_callback", "OiO",
                            monitoring->tool, monitoring->events[slot], callback);
    Py_XDECREF(old);
    return old == NULL ? -1 : 0;
}

static int set_global_events(struct ct_monitoring *monitoring, int events)
{
    PyObject *done = PyObject_CallMethod(monitoring->module, "set_events", "Oi",
                                         monitoring->tool, events);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int ct_monitoring_begin(struct ct_monitoring *monitoring, PyObject *monitor)
{
    int events = 0;
    for (int i = 0; i < CT_EVENT_SLOTS; i++) {
        PyObject *method = PyObject_GetAttrString(monitor, table[i].method);
        if (method == NULL)
            return -1;
        monitoring->callbacks[i] = method;
        if (register_callback(monitoring, i, method) < 0)
            return -1;
        if (table[i].is_global)
            events |= monitoring->events[i];
    }
    if (ct_monitoring_restart(monitoring) < 0)
        return -1;
    return set_global_events(monitoring, events);
}

int ct_monitoring_replace(struct ct_monitoring *monitoring, enum ct_event_slot slot,
                          PyObject *monitor, const char *name)
{
    PyObject *method = PyObject_GetAttrString(monitor, name);
    if (method == NULL)
        return -1;
    Py_XSETREF(monitoring->callbacks[slot], method);
    return register_callback(monitoring, (int)slot, method);
}

static int set_local_events(struct ct_monitoring *monitoring, PyCodeObject *code,
                            PyObject *events)
{
    PyObject *args[] = {monitoring->tool, (PyObject *)code, events};
    PyObject *done = PyObject_Vectorcall(monitoring->set_local_events, args, 3, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int ct_monitoring_watch(struct ct_monitoring *monitoring, PyCodeObject *code,
                        unsigned watch)
{
    ct_code_keep_instructions(code);
    return set_local_events(monitoring, code, monitoring->local_events[watch]);
}

int ct_monitoring_unwatch(struct ct_monitoring *monitoring, PyCodeObject *code)
{
    return set_local_events(monitoring, code, monitoring->no_events);
}

int ct_monitoring_restart(struct ct_monitoring *monitoring)
{
    PyObject *done = PyObject_CallMethod(monitoring->module, "restart_events", NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

void ct_monitoring_end(struct ct_monitoring *monitoring)
{
    if (monitoring->tool_id < 0)
        return;
    if (set_global_events(monitoring, 0) < 0)
        PyErr_Clear();
    for (int i = 0; i < CT_EVENT_SLOTS; i++) {
        if (monitoring->callbacks[i] != NULL &&
            register_callback(monitoring, i, Py_None) < 0)
            PyErr_Clear();
    }
    PyObject *done =
        PyObject_CallMethod(monitoring->module, "free_tool_id", "O", monitoring->tool);
    if (done == NULL)
        PyErr_Clear();
    Py_XDECREF(done);
    monitoring->tool_id = -1;
}

void ct_monitoring_fini(struct ct_monitoring *monitoring)
{
    ct_monitoring_end(monitoring);
    Py_CLEAR(monitoring->module);
    Py_CLEAR(monitoring->set_local_events);
    Py_CLEAR(monitoring->disable);
    Py_CLEAR(monitoring->tool);
    Py_CLEAR(monitoring->no_events);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(monitoring->local_events); i++)
        Py_CLEAR(monitoring->local_events[i]);
    for (int i = 0; i < CT_EVENT_SLOTS; i++)
        Py_CLEAR(monitoring->callbacks[i]);
}
