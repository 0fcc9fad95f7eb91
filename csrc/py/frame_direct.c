/* The fast frame adapter: CPython's own frame structures, 3.12 to 3.15.
 *
 * The only file that includes CPython's internal headers. Everything here is a few
 * loads; no frame object is created, no reference is taken. */
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include "py/frame.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wshadow"
#include "internal/pycore_frame.h"
#if PY_VERSION_HEX >= 0x030e0000
#include "internal/pycore_audit.h"
#include "internal/pycore_interpframe.h"
#endif
#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_gil.h"
#include "internal/pycore_instruments.h"
#include "internal/pycore_list.h"
#include "internal/pycore_runtime.h"
#include "internal/pycore_tuple.h"
#pragma GCC diagnostic pop

#if PY_VERSION_HEX >= 0x03100000
#error "frame_direct.c knows CPython 3.12 to 3.15; build with -Dframe_adapter=public"
#endif

/* The last of the events that belong to a code object. */
#ifdef PY_MONITORING_EVENT_BRANCH_RIGHT
#define CT_LAST_EVENT PY_MONITORING_EVENT_BRANCH_RIGHT
#else
#define CT_LAST_EVENT PY_MONITORING_EVENT_BRANCH
#endif

/* Code units of RESUME, the first instruction that is told of; 3.15 has a cache in it.
 */
#if PY_VERSION_HEX >= 0x030f0000
#define CT_RESUME_UNITS 2
#else
#define CT_RESUME_UNITS 1
#endif

const char *const ct_frame_adapter = "direct";

static inline _PyInterpreterFrame *raw(struct ct_frame *frame)
{
    return (_PyInterpreterFrame *)frame;
}

static inline PyObject *executable(_PyInterpreterFrame *frame)
{
#if PY_VERSION_HEX >= 0x030e0000
    return PyStackRef_IsNull(frame->f_executable)
               ? NULL
               : PyStackRef_AsPyObjectBorrow(frame->f_executable);
#elif PY_VERSION_HEX >= 0x030d0000
    return frame->f_executable;
#else
    return (PyObject *)frame->f_code;
#endif
}

/* Whether it is one of the interpreter's own, which stand where C code has entered it
 * and run no Python code. */
static inline bool is_entry(const _PyInterpreterFrame *frame)
{
#if PY_VERSION_HEX >= 0x030e0000
    return frame->owner >= FRAME_OWNED_BY_INTERPRETER;
#else
    return frame->owner == FRAME_OWNED_BY_CSTACK;
#endif
}

static struct ct_frame *skip_entries(_PyInterpreterFrame *frame)
{
    while (frame != NULL && is_entry(frame))
        frame = frame->previous;
    return (struct ct_frame *)frame;
}

struct ct_frame *ct_frame_current(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030d0000
    return skip_entries(thread->current_frame);
#else
    return skip_entries(thread->cframe->current_frame);
#endif
}

struct ct_frame *ct_frame_back(struct ct_frame *frame)
{
    return skip_entries(raw(frame)->previous);
}

bool ct_frame_is_called_by_c(struct ct_frame *frame)
{
    const _PyInterpreterFrame *previous = raw(frame)->previous;
    return previous == NULL || is_entry(previous);
}

PyCodeObject *ct_frame_code(struct ct_frame *frame)
{
    return (PyCodeObject *)executable(raw(frame));
}

PyObject *ct_frame_globals(struct ct_frame *frame)
{
    return raw(frame)->f_globals;
}

PyObject *ct_frame_builtins(struct ct_frame *frame)
{
    return raw(frame)->f_builtins;
}

PyObject *ct_frame_namespace(struct ct_frame *frame)
{
    return raw(frame)->f_locals;
}

static inline PyObject *local(_PyInterpreterFrame *frame, int index)
{
#if PY_VERSION_HEX >= 0x030f0000
    _PyStackRef ref = frame->localsplus[index];
    return PyStackRef_IsNull(ref) || PyStackRef_IsTaggedInt(ref)
               ? NULL
               : PyStackRef_AsPyObjectBorrow(ref);
#elif PY_VERSION_HEX >= 0x030e0000
    _PyStackRef ref = frame->localsplus[index];
    return PyStackRef_IsNull(ref) ? NULL : PyStackRef_AsPyObjectBorrow(ref);
#else
    return frame->localsplus[index];
#endif
}

static inline PyObject *read_one(_PyInterpreterFrame *frame,
                                 const struct ct_local *variable)
{
    PyObject *value = local(frame, variable->index);
    if (variable->is_cell && value != NULL && PyCell_Check(value))
        value = ((PyCellObject *)value)->ob_ref;
    return value;
}

void ct_frame_read(struct ct_frame *frame, const struct ct_local *locals, int count,
                   PyObject **values)
{
    for (int i = 0; i < count; i++)
        values[i] = read_one(raw(frame), &locals[i]);
}

/* `inline` is for link-time optimisation, which does not count it as large then. */
inline void ct_frame_read_some(struct ct_frame *frame, const struct ct_local *locals,
                               uint64_t slots, PyObject **values)
{
    for (; slots != 0; slots &= slots - 1) {
        int i = __builtin_ctzll(slots);
        values[i] = read_one(raw(frame), &locals[i]);
    }
}

bool ct_frame_is_exposed(struct ct_frame *frame)
{
    return raw(frame)->frame_obj != NULL;
}

bool ct_frame_is_at_start(struct ct_frame *frame)
{
    const PyCodeObject *code = (PyCodeObject *)executable(raw(frame));
    return _PyInterpreterFrame_LASTI(raw(frame)) ==
           code->_co_firsttraceable + CT_RESUME_UNITS;
}

bool ct_code_has_other_tools(PyCodeObject *code, int tool)
{
    const _PyCoMonitoringData *monitoring = code->_co_monitoring;
    if (monitoring == NULL)
        return true;
    /* A byte for each event: eight from the first one on, and eight up to the last. */
    const uint8_t *monitors = monitoring->active_monitors.tools;
    uint64_t tools, last;
    _Static_assert(CT_LAST_EVENT + 1 >= sizeof tools &&
                       CT_LAST_EVENT + 1 <= 2 * sizeof tools,
                   "the bytes overlap, or one follows the other");
    memcpy(&tools, monitors, sizeof tools);
    memcpy(&last, monitors + CT_LAST_EVENT + 1 - sizeof last, sizeof last);
    return ((tools | last) & ~(UINT64_C(0x0101010101010101) << tool)) != 0;
}

void ct_code_keep_instructions(PyCodeObject *code)
{
    /* With two tools update_instrumentation_data (Python/instrumentation.c) makes this
     * table, with nobody in it; one that there is it leaves alone. */
    _PyCoMonitoringData *monitoring = code->_co_monitoring;
    if (monitoring == NULL || monitoring->per_instruction_tools != NULL)
        return;
    size_t units = (size_t)Py_SIZE(code);
    uint8_t *tools = PyMem_Calloc(units, 1);
    const uint8_t *opcodes = monitoring->per_instruction_opcodes;
    uint8_t one = monitoring->active_monitors.tools[PY_MONITORING_EVENT_INSTRUCTION];
    for (size_t unit = 0; tools != NULL && opcodes != NULL && unit < units; unit++)
        tools[unit] = opcodes[unit] != 0 ? one : 0;
    monitoring->per_instruction_tools = tools;
}

/* The sequence or iterator that FOR_ITER is about to ask, from the top of the stack as
 * saved while a callback runs; NULL if there is none. *index is that of a sequence that
 * is iterated in place. */
static PyObject *iterated(_PyInterpreterFrame *frame, Py_ssize_t *index)
{
    *index = -1;
#if PY_VERSION_HEX >= 0x030f0000
    /* Above it lies NULL, or its index if it is a sequence iterated in place. */
    _PyStackRef ref = frame->stackpointer[-2];
    if (PyStackRef_IsTaggedInt(frame->stackpointer[-1]))
        *index = (Py_ssize_t)PyStackRef_UntagInt(frame->stackpointer[-1]);
    return PyStackRef_IsNullOrInt(ref) ? NULL : PyStackRef_AsPyObjectBorrow(ref);
#elif PY_VERSION_HEX >= 0x030e0000
    _PyStackRef ref = frame->stackpointer[-1];
    return PyStackRef_IsNull(ref) ? NULL : PyStackRef_AsPyObjectBorrow(ref);
#else
    int locals = ((PyCodeObject *)executable(frame))->co_nlocalsplus;
    return frame->stacktop > locals ? frame->localsplus[frame->stacktop - 1] : NULL;
#endif
}

int ct_frame_unit(struct ct_frame *frame)
{
    return (int)_PyInterpreterFrame_LASTI(raw(frame));
}

/* The first field of the iterators of a dict and of a set: NULL when it is exhausted.
 */
struct container_iterator {
    PyObject_HEAD PyObject *container;
};

/* An iterator of a dict's items (Objects/dictobject.c). */
struct items_iterator {
    PyObject_HEAD PyObject *dict;
    Py_ssize_t used, position;
    PyObject *result; /* the tuple it gave last, to be filled again */
};

/* An enumeration (Objects/enumobject.c). */
struct enumeration {
    PyObject_HEAD Py_ssize_t index;
    PyObject *iterator;
    PyObject *result; /* as above */
};

static bool gives_members(PyObject *iterator, struct ct_iteration *next)
{
    PyObject *container = ((const struct container_iterator *)iterator)->container;
    next->container = container;
    return container != NULL &&
           (PyDict_CheckExact(container) || PyAnySet_CheckExact(container));
}

/* A tuple of two that is filled again: its parts are let go of, the first of which, an
 * index, a text or None, dies without code. */
static bool releases_one(PyObject *result, struct ct_iteration *next)
{
    next->width = 2;
    if (result == NULL || !PyTuple_CheckExact(result) || PyTuple_GET_SIZE(result) != 2)
        return false;
    const PyObject *first = PyTuple_GET_ITEM(result, 0);
    next->released = PyTuple_GET_ITEM(result, 1);
    return first == Py_None || PyLong_CheckExact(first) || PyUnicode_CheckExact(first);
}

/* Of a list or tuple, at `index`. */
static bool gives_item(PyObject *sequence, Py_ssize_t index, struct ct_iteration *next)
{
    if (sequence == NULL)
        return false;
    next->container = sequence;
    next->is_over = index < 0 || index >= Py_SIZE(sequence);
    next->goes_on = !next->is_over;
    if (next->is_over)
        return true;
    PyObject *item = PyList_Check(sequence) ? PyList_GET_ITEM(sequence, index)
                                            : PyTuple_GET_ITEM(sequence, index);
    if (PyTuple_CheckExact(item))
        next->width = (int)PyTuple_GET_SIZE(item);
    return true;
}

static bool gives_plainly(PyObject *iterator, struct ct_iteration *next)
{
    const PyTypeObject *type = Py_TYPE(iterator);
    if (type == &PyRangeIter_Type)
        return true;
    if (type == &PyListIter_Type)
        return gives_item((PyObject *)((_PyListIterObject *)iterator)->it_seq,
                          ((_PyListIterObject *)iterator)->it_index, next);
    if (type == &PyTupleIter_Type)
        return gives_item((PyObject *)((_PyTupleIterObject *)iterator)->it_seq,
                          ((_PyTupleIterObject *)iterator)->it_index, next);
    if (type == &PyDictIterItem_Type)
        return gives_members(iterator, next) &&
               releases_one(((const struct items_iterator *)iterator)->result, next);
    return (type == &PyDictIterKey_Type || type == &PySetIter_Type) &&
           gives_members(iterator, next);
}

static bool enumerates_plainly(PyObject *iterator, struct ct_iteration *next)
{
    const struct enumeration *enumeration = (const struct enumeration *)iterator;
    return gives_plainly(enumeration->iterator, next) && next->released == NULL &&
           releases_one(enumeration->result, next);
}

bool ct_frame_iterates_plainly(struct ct_frame *frame, struct ct_iteration *next)
{
    Py_ssize_t index;
    PyObject *iterator = iterated(raw(frame), &index);
    *next = (struct ct_iteration){.width = -1};
    if (iterator == NULL)
        return false;
    if (Py_IS_TYPE(iterator, &PyEnum_Type))
        return enumerates_plainly(iterator, next);
    if (PyList_CheckExact(iterator) || PyTuple_CheckExact(iterator))
        return gives_item(iterator, index, next);
    return gives_plainly(iterator, next);
}

static Py_ssize_t collections(const struct _gc_runtime_state *gc)
{
    Py_ssize_t count = 0;
#if PY_VERSION_HEX >= 0x030f0000
    const struct gc_stats *stats = gc->generation_stats;
    count += stats->young.items[stats->young.index].collections;
    for (int i = 0; i < 2; i++)
        count += stats->old[i].items[stats->old[i].index].collections;
#else
    for (int i = 0; i < NUM_GENERATIONS; i++)
        count += gc->generation_stats[i].collections;
#endif
    return count;
}

/* Where the next call will wait; who adds one moves it on. */
static int pending_end(const struct _pending_calls *pending)
{
#if PY_VERSION_HEX >= 0x030d0000
    return pending->next;
#else
    return pending->last;
#endif
}

uint64_t ct_runtime_pulse(PyThreadState *thread)
{
    const PyInterpreterState *interpreter = thread->interp;
    uint64_t pending = (uint64_t)(pending_end(&interpreter->ceval.pending) +
                                  pending_end(&_PyRuntime.ceval.pending_mainthread));
    return 1 + interpreter->ceval.gil->switch_number +
           (uint64_t)collections(&interpreter->gc) + (pending << 48);
}

static PyObject *handler(int signal)
{
#if PY_VERSION_HEX >= 0x030d0000
    return _PyRuntime.signals.handlers[signal].func;
#else
    return (PyObject *)_Py_atomic_load_relaxed(
        &_PyRuntime.signals.handlers[signal].func);
#endif
}

static bool finds_handlers(void)
{
    const PyObject *usual = _PyRuntime.signals.default_handler;
    for (int signal = 1; signal < Py_NSIG; signal++) {
        PyObject *function = handler(signal); /* an int says default or ignored */
        if (function != usual && function != NULL && function != Py_None &&
            !PyLong_Check(function) && !PyCFunction_CheckExact(function))
            return true;
    }
    return false;
}

bool ct_runtime_has_handlers(void)
{
    /* What the runtime's table held when there were none: nearly always it still does,
     * which is found out faster than what is in it. */
    static char none[sizeof _PyRuntime.signals.handlers];
    static bool is_known;
    const void *handlers = (const void *)(uintptr_t)&_PyRuntime.signals.handlers;
    if (is_known && memcmp(none, handlers, sizeof none) == 0)
        return false;
    is_known = !finds_handlers();
    memcpy(none, handlers, sizeof none);
    return !is_known;
}

bool ct_dict_has_plain_keys(PyObject *dict)
{
    return DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
}

bool ct_runtime_interrupted(void)
{
    return _PyRuntime.signals.unhandled_keyboard_interrupt != 0;
}

void ct_runtime_drop_audit_hook(void *hook)
{
    _Py_AuditHookEntry **link = &_PyRuntime.audit_hooks.head;
    while (*link != NULL && (void *)(*link)->hookCFunction != hook)
        link = &(*link)->next;
    if (*link != NULL) /* the entry stays allocated: a walk may stand on it */
        *link = (*link)->next;
}
