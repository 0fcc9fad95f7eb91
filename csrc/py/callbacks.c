/* From an event of the interpreter to what is written of it.
 *
 * Each callback finds the running frame and the shadow that stands for it, and hands
 * over to capture.c. They run inside the traced program: they return None or DISABLE,
 * call nothing that could run the program's code, and raise nothing but the one error
 * that the policy `abort` asks for when the recorder has failed. DISABLE is given for
 * skipped code where CPython allows it (not for PY_THROW, PY_UNWIND, RAISE).
 */
#include "py/callbacks.h"

#include "py/capture.h"
#include "py/code_scan.h"
#include "py/failure.h"
#include "py/far_lines.h"
#include "py/fd_hooks.h"
#include "py/filter_code.h"
#include "py/filter_value.h"
#include "py/recorder_code.h"
#include "py/text.h"
#include "py/variables.h"

#include <stdlib.h>

typedef struct {
    PyObject_HEAD struct ct_recorder
        *recorder; /* borrowed; NULL: nothing is recorded */
} MonitorObject;

#define CT_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

static struct ct_thread *switch_thread(struct ct_recorder *recorder,
                                       PyThreadState *state)
{
    if (recorder->is_orphan) {
        recorder->is_orphan = false;
        ct_recorder_detach(recorder);
    }
    if (recorder->is_detached)
        return NULL;
    struct ct_thread *thread = recorder->threads.current;
    if (thread->state != state || thread->id != state->id)
        thread = ct_threads_switch(&recorder->threads, state);
    if (thread == NULL)
        ct_recorder_lose(recorder);
    else if (atomic_exchange(&recorder->needs_look, false))
        ct_fd_take(recorder);
    return thread;
}

/* The thread to write for, or NULL if nothing is to be written. */
static inline struct ct_thread *current_thread(MonitorObject *self,
                                               PyThreadState *state)
{
    struct ct_recorder *recorder = self->recorder;
    if (CT_UNLIKELY(recorder == NULL))
        return NULL;
    struct ct_thread *thread = recorder->threads.current;
    if (CT_UNLIKELY(thread->state != state || thread->id != state->id ||
                    atomic_load_explicit(&recorder->needs_look, memory_order_relaxed)))
        return switch_thread(recorder, state);
    return thread;
}

/* A line or offset, as the interpreter passes it. */
static inline int small_int(PyObject *integer)
{
    return (int)PyUnstable_Long_CompactValue((PyLongObject *)integer);
}

/* The line of the instruction at `offset`; `entry` is the code's, or NULL. */
static int line_at(const struct ct_code *entry, PyObject *code, PyObject *offset)
{
    if (entry != NULL && entry->is_generated)
        return entry->line;
    return PyCode_Addr2Line((PyCodeObject *)code, small_int(offset));
}

static inline void check_tape(struct ct_recorder *recorder,
                              const struct ct_thread *thread)
{
    if (CT_UNLIKELY(thread->stream.header == NULL))
        ct_recorder_lose(recorder);
}

/* Whether an error raised here would reach the program's code. Where a thread is being
 * set up none does, and whoever waits for its start would wait for ever. */
static bool can_raise(const struct ct_recorder *recorder)
{
    const PyThreadState *state = ct_thread_state();
    const struct ct_thread *thread = recorder->threads.current;
    return state == recorder->threads.starter ||
           (thread->state == state && thread->depth > 0);
}

/* What a callback gives back: None, or NULL with the error that is due. `exception` is
 * the one that the event is about, or NULL. */
static inline PyObject *outcome(const MonitorObject *self, PyObject *exception)
{
    struct ct_recorder *recorder = self->recorder;
    if (CT_UNLIKELY(recorder != NULL && recorder->is_error_due)) {
        if (can_raise(recorder))
            return ct_recorder_raise(recorder, exception);
        ct_recorder_report(recorder);
    }
    Py_RETURN_NONE;
}

/* Closes shadows whose frames have gone without an event, down to `frame`. True if it
 * is on top then. */
static bool unwind_to(struct ct_thread *thread, struct ct_frame *frame)
{
    int depth = thread->depth;
    while (depth > 0 && thread->stack[depth - 1].frame != frame)
        depth--;
    if (depth == 0)
        return false;
    while (thread->depth > depth)
        ct_capture_lost(thread);
    return true;
}

/* The shadow of the running frame, opened now if the recording began inside it; NULL if
 * its code is not recorded. */
static struct ct_shadow *find_shadow(struct ct_recorder *recorder,
                                     struct ct_thread *thread, PyObject *code,
                                     struct ct_frame *frame, int line, PyObject *offset)
{
    if (frame == NULL) {
        ct_recorder_lack_frame(recorder);
        return NULL;
    }
    if (unwind_to(thread, frame))
        return ct_thread_top(thread);
    struct ct_code *entry = ct_code_table_find((PyCodeObject *)code);
    if (entry == NULL || recorder->window != CT_WINDOW_OPEN)
        return NULL;
    if (offset != NULL)
        line = line_at(entry, code, offset);
    if (!ct_capture_call(thread, frame, entry, CT_CALL_RUNNING, line, NULL))
        return NULL;
    return ct_thread_top(thread);
}

/* The same, with the frame on top as nearly always. The line is `line`, or that of the
 * instruction at `offset`, if that is not NULL. */
static inline struct ct_shadow *shadow_of(struct ct_recorder *recorder,
                                          struct ct_thread *thread, PyObject *code,
                                          struct ct_frame *frame, int line,
                                          PyObject *offset)
{
    struct ct_shadow *top = ct_thread_top(thread);
    if (top != NULL && top->frame == frame)
        return top;
    return find_shadow(recorder, thread, code, frame, line, offset);
}

/* Whether code entered now falls into the window; opens it for the activation file. */
static bool enter_window(struct ct_recorder *recorder, PyObject *code,
                         struct ct_frame *frame)
{
    if (recorder->window == CT_WINDOW_OPEN)
        return true;
    if (recorder->window == CT_WINDOW_CLOSED ||
        !ct_recorder_is_activation(recorder, (PyCodeObject *)code))
        return false;
    ct_recorder_open_window(recorder, (PyCodeObject *)code, frame);
    return true;
}

/* The entry of generated code of a recorded class: it has no lines of its own.
 * *is_skipped becomes false if the code is to be recorded. */
static struct ct_code *add_generated(struct ct_recorder *recorder, PyCodeObject *code,
                                     struct ct_frame *frame, bool *is_skipped)
{
    PyTypeObject *owner;
    const struct ct_class_place *place =
        ct_class_places_find(&recorder->codes.classes, code, frame, &owner);
    struct ct_judgement judgement;
    if (place == NULL ||
        !ct_recorder_judge_generated(recorder, code, place, owner, &judgement))
        return NULL;
    struct ct_code *entry = ct_code_table_add_generated(
        &recorder->codes, &recorder->threads.current->stream, code, frame, place, owner,
        &judgement);
    *is_skipped = false;
    if (entry == NULL || ct_monitoring_watch(&recorder->monitoring, code, 0) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return entry;
}

/* A frame is entered, by a start, a resumption or a throw. False if its code is not
 * recorded. */
static bool enter(MonitorObject *self, PyObject *code, enum ct_call_flag flag,
                  PyObject *offset, PyObject *exception)
{
    PyThreadState *state = ct_thread_state();
    struct ct_recorder *recorder = self->recorder;
    if (recorder == NULL)
        return true;
    if (recorder->is_detached) {
        current_thread(self, state); /* a forked child detaches itself now */
        return true;
    }
    struct ct_frame *frame = ct_frame_current(state);
    if (CT_UNLIKELY(frame == NULL)) {
        ct_recorder_lack_frame(recorder);
        return true;
    }
    if (!enter_window(recorder, code, frame))
        return false;
    /* The code is decided on before the thread: one that records nothing gets no
     * number. */
    bool is_skipped;
    struct ct_code *entry =
        ct_recorder_code(recorder, (PyCodeObject *)code, frame, &is_skipped);
    if (entry == NULL && is_skipped && flag == CT_CALL_START)
        entry = add_generated(recorder, (PyCodeObject *)code, frame, &is_skipped);
    if (entry == NULL && is_skipped && !recorder->has_failed)
        return false;
    struct ct_thread *thread = current_thread(self, state);
    if (thread == NULL)
        return true;
    if (entry == NULL) {
        ct_recorder_lose(recorder);
        return true;
    }
    thread->unwinding = NULL;
    int line = flag == CT_CALL_START ? entry->line : line_at(entry, code, offset);
    bool is_open = ct_capture_call(thread, frame, entry, flag, line, exception);
    if (is_open)
        ct_far_lines_enter(ct_thread_top(thread), small_int(offset) / CT_CODE_UNIT);
    if (!is_open && thread->stream.header != NULL)
        ct_recorder_lack_argument(recorder, entry, thread->unbound_slot);
    if (is_open && entry->is_generated && flag == CT_CALL_START)
        ct_capture_line(thread, ct_thread_top(thread), line); /* no event will tell */
    check_tape(recorder, thread);
    return true;
}

static PyObject *disable(MonitorObject *self)
{
    return Py_NewRef(self->recorder->monitoring.disable);
}

static PyObject *on_start(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count == 2 && !enter(self, args[0], CT_CALL_START, args[1], NULL))
        return disable(self);
    return outcome(self, NULL);
}

static PyObject *on_resume(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count == 2 && !enter(self, args[0], CT_CALL_RESUME, args[1], NULL))
        return disable(self);
    return outcome(self, NULL);
}

static PyObject *on_throw(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count == 3)
        enter(self, args[0], CT_CALL_THROW, args[1], args[2]);
    return outcome(self, count == 3 ? args[2] : NULL);
}

static PyObject *on_line(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyThreadState *state = ct_thread_state();
    struct ct_thread *thread = current_thread(self, state);
    if (thread == NULL || count != 2)
        return outcome(self, NULL);
    int line = small_int(args[1]);
    struct ct_shadow *top =
        shadow_of(self->recorder, thread, args[0], ct_frame_current(state), line, NULL);
    if (top != NULL) {
        thread->unwinding = NULL;
        ct_capture_line(thread, top, line);
    }
    check_tape(self->recorder, thread);
    return outcome(self, NULL);
}

/* The shadow of a frame whose lines are told by instructions (far_lines.h), of which
 * one tells of `line`, or of none. Where it has run since before the recording, it is
 * opened as it goes on to another line. */
static struct ct_shadow *far_shadow(struct ct_recorder *recorder,
                                    struct ct_thread *thread, struct ct_code *entry,
                                    struct ct_frame *frame, int line)
{
    struct ct_shadow *top = ct_thread_top(thread);
    if (top != NULL && top->frame == frame)
        return top;
    if (frame != NULL && unwind_to(thread, frame))
        return ct_thread_top(thread);
    if (line <= 0 || line == entry->running_line)
        return NULL;
    top = find_shadow(recorder, thread, (PyObject *)entry->code, frame, line, NULL);
    if (top != NULL)
        top->is_blank = true;
    return top;
}

static PyObject *on_instruction(MonitorObject *self, PyObject *const *args,
                                Py_ssize_t count)
{
    PyThreadState *state = ct_thread_state();
    struct ct_thread *thread = current_thread(self, state);
    if (thread == NULL || count != 2)
        return outcome(self, NULL);
    struct ct_code *entry = ct_code_table_find((PyCodeObject *)args[0]);
    int unit = small_int(args[1]) / CT_CODE_UNIT;
    if (entry == NULL || entry->unit_lines == NULL ||
        entry->unit_lines[unit] == CT_UNIT_SILENT)
        return disable(self);
    struct ct_shadow *top =
        far_shadow(self->recorder, thread, entry, ct_frame_current(state),
                   entry->unit_lines[unit]);
    int line = top == NULL ? 0 : ct_far_lines_step(top, unit);
    if (line > 0) {
        thread->unwinding = NULL;
        ct_capture_line(thread, top, line);
    }
    check_tape(self->recorder, thread);
    return outcome(self, NULL);
}

/* Whether the jump from `offset` to `target` begins the same line once more. */
static bool repeats_line(struct ct_code *entry, PyObject *offset, PyObject *target)
{
    int from = small_int(offset), to = small_int(target);
    Py_ssize_t unit = from / CT_CODE_UNIT;
    if (to > from)
        return false;
    if (entry->line_loops != NULL && entry->line_loops[unit])
        return true;
    int line = PyCode_Addr2Line(entry->code, from);
    if (line <= 0 || line != PyCode_Addr2Line(entry->code, to))
        return false;
    if (entry->line_loops == NULL)
        entry->line_loops = calloc((size_t)Py_SIZE(entry->code), 1);
    if (entry->line_loops != NULL)
        entry->line_loops[unit] = 1;
    return true;
}

/* A loop that stands on one line gives no LINE event when it comes round. */
static PyObject *on_jump(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyThreadState *state = ct_thread_state();
    struct ct_thread *thread = current_thread(self, state);
    if (thread == NULL || count != 3)
        return outcome(self, NULL);
    struct ct_code *entry = ct_code_table_find((PyCodeObject *)args[0]);
    if (entry == NULL || !repeats_line(entry, args[1], args[2]))
        return disable(self);
    struct ct_shadow *top = ct_thread_top(thread);
    if (top != NULL && top->frame == ct_frame_current(state)) {
        thread->unwinding = NULL;
        ct_capture_line(thread, top, top->line);
        check_tape(self->recorder, thread);
    }
    return outcome(self, NULL);
}

/* The frame that opened the window has ended: so has the recording. */
static void leave_window(struct ct_recorder *recorder, struct ct_frame *frame,
                         PyObject *code)
{
    if (recorder->activation_frame != frame || frame == NULL ||
        recorder->activation_code != (PyCodeObject *)code || recorder->is_detached)
        return;
    recorder->window = CT_WINDOW_CLOSED;
    ct_log_format(&recorder->log, CT_LOG_DEBUG, CT_LOG_ACTIVATION,
                  "the first activation has ended");
    ct_recorder_detach(recorder);
}

/* A frame is left with a value. */
static void leave(MonitorObject *self, PyObject *const *args, bool is_suspended)
{
    PyThreadState *state = ct_thread_state();
    struct ct_thread *thread = current_thread(self, state);
    if (thread == NULL)
        return;
    struct ct_recorder *recorder = self->recorder;
    struct ct_frame *frame = ct_frame_current(state);
    struct ct_shadow *top = shadow_of(recorder, thread, args[0], frame, 0, args[1]);
    if (top == NULL) {
        if (!is_suspended)
            leave_window(recorder, frame, args[0]);
        return;
    }
    recorder->has_main_ended |= top->code->is_main && !is_suspended;
    thread->unwinding = NULL;
    ct_capture_return(thread, top, args[2]);
    check_tape(recorder, thread);
    if (!is_suspended)
        leave_window(recorder, frame, args[0]);
}

static PyObject *on_return(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count == 3)
        leave(self, args, false);
    return outcome(self, NULL);
}

/* What an async generator yields comes in a wrapper of the interpreter's own. */
static PyObject *unwrap(PyObject *code, PyObject *value)
{
    if ((((PyCodeObject *)code)->co_flags & CO_ASYNC_GENERATOR) == 0 ||
        strcmp(Py_TYPE(value)->tp_name, "async_generator_wrapped_value") != 0 ||
        (Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return value;
    return *(PyObject **)(value + 1); /* its one field */
}

static PyObject *on_yield(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count == 3) {
        PyObject *yielded[] = {args[0], args[1], unwrap(args[0], args[2])};
        leave(self, yielded, true);
    }
    return outcome(self, NULL);
}

/* The exception leaves the program's outermost frame: it ends the program. */
static void note_uncaught(struct ct_recorder *recorder, struct ct_thread *thread,
                          PyObject *const *args, struct ct_frame *frame)
{
    if (recorder->has_main_ended || thread->stream.thread != 1 ||
        ct_frame_back(frame) != NULL)
        return;
    struct ct_code *entry = ct_code_table_find((PyCodeObject *)args[0]);
    /* Without the launcher, other code may run before the program, or under it. */
    bool is_ours = recorder->is_program ||
                   (recorder->expects_main && recorder->has_met_main) ||
                   (entry != NULL && entry->is_main);
    if (!is_ours)
        return;
    recorder->has_main_ended = true;
    if (PyObject_TypeCheck(args[2], (PyTypeObject *)PyExc_SystemExit))
        return;
    recorder->has_uncaught = true;
    ct_capture_uncaught(thread, entry == NULL ? 0 : entry->path_id, args[2],
                        line_at(entry, args[0], args[1]));
}

/* StopIteration and its like are how loops end, not errors. */
static bool is_control_flow(PyObject *exception)
{
    PyTypeObject *type = Py_TYPE(exception);
    return PyType_IsSubtype(type, (PyTypeObject *)PyExc_StopIteration) ||
           PyType_IsSubtype(type, (PyTypeObject *)PyExc_StopAsyncIteration) ||
           PyType_IsSubtype(type, (PyTypeObject *)PyExc_GeneratorExit);
}

/* Whether it is the RuntimeError that a generator ends with instead of a StopIteration:
 * no RAISE tells of that one. */
static bool stands_for_stop(const struct ct_thread *thread, const struct ct_shadow *top,
                            PyObject *exception)
{
    const int suspendable = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
    PyObject *cause = ((PyBaseExceptionObject *)exception)->cause;
    return (top->code->code->co_flags & suspendable) != 0 &&
           Py_IS_TYPE(exception, (PyTypeObject *)PyExc_RuntimeError) && cause != NULL &&
           is_control_flow(cause) && thread->recorded_error != exception;
}

/* An exception has left a recorded frame, whose shadow is closed. It is judged where
 * code that is not recorded gets it: that may report it. */
static void note_unwinding(struct ct_thread *thread, struct ct_frame *frame,
                           PyObject *exception)
{
    const struct ct_shadow *top = ct_thread_top(thread);
    bool reaches_recorded = top != NULL && !ct_frame_is_called_by_c(frame) &&
                            top->frame == ct_frame_back(frame);
    thread->unwinding = exception;
    thread->has_hidden_report = false;
    thread->hides_report =
        !reaches_recorded && ct_filter_hides_report(thread->codes->filter, exception);
}

static PyObject *on_unwind(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyThreadState *state = ct_thread_state();
    struct ct_recorder *recorder = self->recorder;
    if (recorder == NULL || count != 3)
        Py_RETURN_NONE;
    bool is_recorded = ct_code_table_find((PyCodeObject *)args[0]) != NULL;
    if (!is_recorded && state != recorder->threads.starter &&
        recorder->activation_frame == NULL)
        Py_RETURN_NONE; /* nothing to write, and no end of the program */
    struct ct_thread *thread = current_thread(self, state);
    if (thread == NULL)
        return outcome(self, args[2]);
    struct ct_frame *frame = ct_frame_current(state);
    if (CT_UNLIKELY(frame == NULL)) {
        ct_recorder_lack_frame(recorder);
        return outcome(self, args[2]);
    }
    struct ct_shadow *top = NULL;
    if (is_recorded)
        top = shadow_of(recorder, thread, args[0], frame, 0, args[1]);
    note_uncaught(recorder, thread, args, frame);
    if (top != NULL) {
        if (stands_for_stop(thread, top, args[2]))
            ct_capture_error(thread, top->code, args[2], top->line, true);
        ct_capture_return(thread, top, args[2]);
        note_unwinding(thread, frame, args[2]);
    }
    leave_window(recorder, frame, args[0]);
    check_tape(recorder, thread);
    return outcome(self, args[2]);
}

static PyObject *on_raise(MonitorObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyThreadState *state = ct_thread_state();
    if (count != 3)
        Py_RETURN_NONE;
    struct ct_code *entry = ct_code_table_find((PyCodeObject *)args[0]);
    if (entry == NULL)
        Py_RETURN_NONE;
    struct ct_thread *thread = current_thread(self, state);
    if (thread == NULL)
        return outcome(self, args[2]);
    int line = line_at(entry, args[0], args[1]);
    struct ct_shadow *top =
        shadow_of(self->recorder, thread, args[0], ct_frame_current(state), line, NULL);
    if (line <= 0 && top != NULL)
        line = top->line; /* an instruction of the compiler's own */
    if (top != NULL)
        ct_variables_doubt(top); /* what lies on the stack of the frame dies */
    if (top != NULL && thread->unwinding != args[2])
        ct_capture_error(thread, top->code, args[2], line, !is_control_flow(args[2]));
    thread->unwinding = NULL;
    check_tape(self->recorder, thread);
    return outcome(self, args[2]);
}

/* ---- failures for tests ---------------------------------------------------------- */

static const char *injected_text(enum ct_stage stage)
{
    switch (stage) {
    case CT_STAGE_START:
        return "test-injected failure at py_start";
    case CT_STAGE_ARGUMENTS:
        return "test-injected failure at target-args";
    case CT_STAGE_LINE:
        return "test-injected failure at line";
    default:
        return "panic in on_line";
    }
}

static PyObject *fail(MonitorObject *self)
{
    struct ct_recorder *recorder = self->recorder;
    enum ct_stage stage = recorder->inject;
    if (stage == CT_STAGE_FRAME)
        ct_recorder_lack_frame(recorder);
    else if (stage == CT_STAGE_GLOBALS)
        ct_recorder_lack_globals(recorder);
    else
        ct_recorder_fail(recorder, stage == CT_STAGE_ARGUMENTS ? "Target" : "Internal",
                         stage == CT_STAGE_PANIC ? "ERR_UNKNOWN"
                                                 : "ERR_TRACE_INCOMPLETE",
                         injected_text(stage));
    return outcome(self, NULL);
}

static bool can_fail(const MonitorObject *self)
{
    return self->recorder != NULL && !self->recorder->is_detached;
}

/* Fails once the start of recorded code has been recorded. */
static PyObject *on_start_failing(MonitorObject *self, PyObject *const *args,
                                  Py_ssize_t count)
{
    PyObject *result = on_start(self, args, count);
    if (result != Py_None || !can_fail(self) ||
        ct_code_table_find((PyCodeObject *)args[0]) == NULL)
        return result;
    return fail(self);
}

/* The argument of `code` that a failure is about: its first, or its last. */
static int injected_slot(const struct ct_recorder *recorder, const struct ct_code *code)
{
    bool is_first = recorder->inject == CT_STAGE_POSITIONAL;
    return code->arg_slots[is_first ? 0 : code->arg_count - 1];
}

/* Fails once the start of a recorded function with arguments has been recorded. */
static PyObject *on_call_failing(MonitorObject *self, PyObject *const *args,
                                 Py_ssize_t count)
{
    PyObject *result = on_start(self, args, count);
    struct ct_code *entry = ct_code_table_find((PyCodeObject *)args[0]);
    if (result != Py_None || !can_fail(self) || entry == NULL || entry->arg_count == 0)
        return result;
    ct_recorder_lack_argument(self->recorder, entry,
                              injected_slot(self->recorder, entry));
    return outcome(self, NULL);
}

static PyObject *on_line_failing(MonitorObject *self, PyObject *const *args,
                                 Py_ssize_t count)
{
    (void)args;
    (void)count;
    return can_fail(self) ? fail(self) : Py_NewRef(Py_None);
}

int ct_monitor_inject(PyObject *monitor, struct ct_recorder *recorder)
{
    switch (recorder->inject) {
    case CT_STAGE_POSITIONAL:
    case CT_STAGE_KEYWORD:
        return ct_monitoring_replace(&recorder->monitoring, CT_ON_START, monitor,
                                     "on_call_failing");
    case CT_STAGE_START:
    case CT_STAGE_ARGUMENTS:
    case CT_STAGE_FRAME:
    case CT_STAGE_GLOBALS:
        return ct_monitoring_replace(&recorder->monitoring, CT_ON_START, monitor,
                                     "on_start_failing");
    case CT_STAGE_LINE:
    case CT_STAGE_PANIC:
        return ct_monitoring_replace(&recorder->monitoring, CT_ON_LINE, monitor,
                                     "on_line_failing");
    default:
        return 0;
    }
}

/* ---- the type --------------------------------------------------------------------
 */

#define CT_METHOD(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}

static PyMethodDef monitor_methods[] = {
    CT_METHOD(on_start),        CT_METHOD(on_resume),        CT_METHOD(on_throw),
    CT_METHOD(on_line),         CT_METHOD(on_instruction),   CT_METHOD(on_jump),
    CT_METHOD(on_return),       CT_METHOD(on_yield),         CT_METHOD(on_unwind),
    CT_METHOD(on_raise),        CT_METHOD(on_start_failing), CT_METHOD(on_call_failing),
    CT_METHOD(on_line_failing), {NULL, NULL, 0, NULL},
};

/* Gives the callbacks as attributes. They are no Py_tp_methods: CPython 3.13.0 crashes
 * when memory is out while it fills the dict of a type with so many. */
static PyObject *monitor_getattro(PyObject *self, PyObject *name)
{
    for (PyMethodDef *method = monitor_methods; method->ml_name != NULL; method++) {
        if (PyUnicode_Check(name) && ct_text_equals(name, method->ml_name))
            return PyCFunction_NewEx(method, self, NULL);
    }
    return PyObject_GenericGetAttr(self, name);
}

static int monitor_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void monitor_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot monitor_slots[] = {
    {Py_tp_getattro, monitor_getattro},
    {Py_tp_traverse, monitor_traverse},
    {Py_tp_dealloc, monitor_dealloc},
    {Py_tp_doc, (void *)PyDoc_STR("Receives the recorder's events.")},
    {0, NULL},
};

static PyType_Spec monitor_spec = {
    .name = "codetracer_python_recorder.codetracer_python_recorder.Monitor",
    .basicsize = sizeof(MonitorObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = monitor_slots,
};

PyObject *ct_monitor_type_new(PyObject *module)
{
    return PyType_FromModuleAndSpec(module, &monitor_spec, NULL);
}

PyObject *ct_monitor_new(PyTypeObject *type)
{
    MonitorObject *monitor = PyObject_GC_New(MonitorObject, type);
    if (monitor == NULL)
        return NULL;
    monitor->recorder = NULL;
    PyObject_GC_Track(monitor);
    return (PyObject *)monitor;
}

void ct_monitor_set_recorder(PyObject *monitor, struct ct_recorder *recorder)
{
    ((MonitorObject *)monitor)->recorder = recorder;
}
