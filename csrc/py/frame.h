/* Reading the interpreter's frames, the one place that knows how they are laid out.
 *
 * Two adapters implement this header: frame_direct.c reads the interpreter's own
 * structures (CPython 3.12 to 3.15), frame_public.c goes through the public API,
 * slower, on any version. A `struct ct_frame` is the interpreter's, borrowed: its
 * address tells activations on one thread's stack apart while they run. All calls need
 * an attached thread state, run no Python code and leave the error indicator as it is.
 */
#pragma once

#include "py/compat.h"

#include <stdbool.h>

struct ct_frame;

/* How a variable lies in a frame. */
struct ct_local {
    int index;      /* in co_localsplusnames */
    bool is_cell;   /* a cell or free variable: the value is in the cell */
    PyObject *name; /* borrowed from the code object */
};

/* The frame that runs; NULL when no Python code does. */
struct ct_frame *ct_frame_current(PyThreadState *thread);
/* The frame that called it; NULL for the outermost one. */
struct ct_frame *ct_frame_back(struct ct_frame *frame);
/* Whether C code has called it, and so gets the exceptions that leave it; true if that
 * cannot be told. */
bool ct_frame_is_called_by_c(struct ct_frame *frame);

/* Borrowed references. `namespace` is where a module's or class's names live (NULL in
 * functions); it may be any object. */
PyCodeObject *ct_frame_code(struct ct_frame *frame);
PyObject *ct_frame_globals(struct ct_frame *frame);
PyObject *ct_frame_builtins(struct ct_frame *frame);
PyObject *ct_frame_namespace(struct ct_frame *frame);

/* values[i] = the object bound to locals[i], or NULL; borrowed from the frame, valid
 * until Python code runs. */
void ct_frame_read(struct ct_frame *frame, const struct ct_local *locals, int count,
                   PyObject **values);

/* The same for those whose bits are set in `slots`. */
void ct_frame_read_some(struct ct_frame *frame, const struct ct_local *locals,
                        uint64_t slots, PyObject **values);

/* Whether other code than the frame's own may assign its fast locals, or may have done
 * so before: through a frame object, which lives as long as the frame. */
bool ct_frame_is_exposed(struct ct_frame *frame);

/* Whether the frame is about to run its first instruction that does anything. */
bool ct_frame_is_at_start(struct ct_frame *frame);

/* Whether another monitoring tool than `tool` has its callbacks called in a code object
 * that is watched. */
bool ct_code_has_other_tools(PyCodeObject *code, int tool);

/* Has CPython remember who wants the INSTRUCTION events of a code object, which it
 * forgets as soon as two tools share another event of it. Does nothing where that
 * cannot be had. */
void ct_code_keep_instructions(PyCodeObject *code);

/* The code unit of the instruction that the frame is about to run, of a line that
 * begins; -1 if that cannot be told. */
int ct_frame_unit(struct ct_frame *frame);

/* What a FOR_ITER does next. */
struct ct_iteration {
    bool is_over;        /* it finds no item */
    bool goes_on;        /* it finds one; neither is true: that cannot be told */
    int width;           /* the item is a tuple of that many; -1: it may be anything */
    PyObject *released;  /* what the iterator lets go of, borrowed; or NULL; … */
    PyObject *container; /* … and, when it ends, this */
};

/* Whether the iterator on the frame's stack, on which it may be about to run a
 * FOR_ITER, runs no code: of a range, a list, a tuple, an exact set or dict (its keys
 * or items), or an enumeration of such ones. False if that cannot be told. */
bool ct_frame_iterates_plainly(struct ct_frame *frame, struct ct_iteration *next);

/* Whether the keys of an exact or subclassed dict are all exact str, so that a look-up
 * by an exact str compares no other objects. */
bool ct_dict_has_plain_keys(PyObject *dict);

/* A number that changes whenever the interpreter does something else between two
 * instructions of `thread`: another thread runs, the garbage collector or a pending
 * call. Signals do not change it (ct_runtime_has_handlers). 0 if that cannot be told.
 */
uint64_t ct_runtime_pulse(PyThreadState *thread);

/* Whether some signal has a handler that is no C function; true if that cannot be told.
 * Only Python code of the main thread can change it. */
bool ct_runtime_has_handlers(void);

/* Whether CPython's main has noted that a KeyboardInterrupt ends the process. */
bool ct_runtime_interrupted(void);
/* Takes the audit hook `hook` (a Py_AuditHookFunction) off the runtime's list: the
 * launcher's, once used, or every audit event would go on costing time. */
void ct_runtime_drop_audit_hook(void *hook);

/* Name of the adapter, "direct" or "public". */
extern const char *const ct_frame_adapter;
