/* The portable frame adapter: the public API alone, for CPython versions whose frames
 * frame_direct.c does not know, and for tests that compare the two.
 *
 * A frame is identified by its frame object, which the interpreter keeps as long as the
 * frame runs. References that the API gives are dropped at once: the frame holds its
 * variables until Python code runs. Slower, and creating frame objects is something a
 * program could notice by their lifetime; nothing else differs. */
#include "py/frame.h"

const char *const ct_frame_adapter = "public";

static inline PyFrameObject *object(struct ct_frame *frame)
{
    return (PyFrameObject *)frame;
}

/* Gives a reference up that something else holds too. */
static inline void *borrow(void *reference)
{
    Py_XDECREF((PyObject *)reference);
    return reference;
}

struct ct_frame *ct_frame_current(PyThreadState *thread)
{
    return borrow(PyThreadState_GetFrame(thread));
}

struct ct_frame *ct_frame_back(struct ct_frame *frame)
{
    return borrow(PyFrame_GetBack(object(frame)));
}

bool ct_frame_is_called_by_c(struct ct_frame *Py_UNUSED(frame))
{
    return true;
}

PyCodeObject *ct_frame_code(struct ct_frame *frame)
{
    return borrow(PyFrame_GetCode(object(frame)));
}

PyObject *ct_frame_globals(struct ct_frame *frame)
{
    return borrow(PyFrame_GetGlobals(object(frame)));
}

PyObject *ct_frame_builtins(struct ct_frame *frame)
{
    return borrow(PyFrame_GetBuiltins(object(frame)));
}

PyObject *ct_frame_namespace(struct ct_frame *frame)
{
    if ((ct_frame_code(frame)->co_flags & CO_OPTIMIZED) != 0)
        return NULL;
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *locals = PyFrame_GetLocals(object(frame));
    if (locals == NULL)
        PyErr_Clear();
    /* With an inlined comprehension it may be a proxy or a copy, made for us alone. */
    if (locals != NULL && Py_REFCNT(locals) == 1)
        Py_SETREF(locals, PyFrame_GetGlobals(object(frame))); /* a module's names */
    PyErr_SetRaisedException(raised);
    return borrow(locals);
}

static PyObject *read_one(struct ct_frame *frame, const struct ct_local *variable)
{
    PyObject *value = borrow(PyFrame_GetVar(object(frame), variable->name));
    if (value == NULL)
        PyErr_Clear(); /* not bound */
    return value;
}

void ct_frame_read(struct ct_frame *frame, const struct ct_local *locals, int count,
                   PyObject **values)
{
    PyObject *raised = PyErr_GetRaisedException();
    for (int i = 0; i < count; i++)
        values[i] = read_one(frame, &locals[i]);
    PyErr_SetRaisedException(raised);
}

void ct_frame_read_some(struct ct_frame *frame, const struct ct_local *locals,
                        uint64_t slots, PyObject **values)
{
    PyObject *raised = PyErr_GetRaisedException();
    for (; slots != 0; slots &= slots - 1) {
        int i = __builtin_ctzll(slots);
        values[i] = read_one(frame, &locals[i]);
    }
    PyErr_SetRaisedException(raised);
}

/* This adapter works with frame objects. */
bool ct_frame_is_exposed(struct ct_frame *Py_UNUSED(frame))
{
    return true;
}

/* The public API does not tell; sys.monitoring.get_events would be asked too often. */
bool ct_frame_is_at_start(struct ct_frame *Py_UNUSED(frame))
{
    return false;
}

bool ct_code_has_other_tools(PyCodeObject *Py_UNUSED(code), int Py_UNUSED(tool))
{
    return true;
}

void ct_code_keep_instructions(PyCodeObject *Py_UNUSED(code))
{
}

int ct_frame_unit(struct ct_frame *Py_UNUSED(frame))
{
    return -1;
}

bool ct_frame_iterates_plainly(struct ct_frame *Py_UNUSED(frame),
                               struct ct_iteration *Py_UNUSED(next))
{
    return false;
}

uint64_t ct_runtime_pulse(PyThreadState *Py_UNUSED(thread))
{
    return 0;
}

bool ct_runtime_has_handlers(void)
{
    return true;
}

/* A dict subclass could have any keys; so could a dict: look at all of them. */
bool ct_dict_has_plain_keys(PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (!PyUnicode_CheckExact(key))
            return false;
    }
    return true;
}

/* The public API does not tell: an interrupted process leaves its tape to be
 * recovered. */
bool ct_runtime_interrupted(void)
{
    return false;
}

void ct_runtime_drop_audit_hook(void *Py_UNUSED(hook))
{
}
