/* Lines that cannot change anything but the locals they assign.
 *
 * Most of a step's time would go into looking at objects that nothing can have touched.
 * A line is *inert* if running it ran no code but the interpreter's own: what it
 * combines, and hands to methods known to change nothing, are locals, constants and
 * plain attributes that hold exact ints, floats, strs, bools or None (*scalars*), and
 * nothing that it overwrites dies of it, or dies without code of the program. Which
 * lines may be inert is told by the bytecode, once per code object; whether one is, by
 * the values it begins with.
 *
 * CPython attends to signals, other threads and its collector at calls and backward
 * jumps. A line with one of these has been inert if meanwhile nothing of that happened,
 * which the runtime's counters tell (ct_runtime_pulse).
 *
 * Needs an attached thread state; runs no Python code. */
#pragma once

#include "py/code_table.h"

#include <stdbool.h>
#include <stdint.h>

/* What must hold of a slot's object for a line to be inert. */
enum ct_line_check_kind {
    CT_CHECK_ATTRIBUTE, /* its attribute `name` is plain and is as it must be */
    CT_CHECK_ITEM,      /* so is the item `name` of the dict */
    CT_CHECK_METHOD,    /* calling its method `name` with scalars changes nothing */
    CT_CHECK_FUNCTION,  /* nor does calling it */
    CT_CHECK_TRUTH,     /* finding out whether it is true runs no code of the program */
    CT_CHECK_MEMBERS,   /* nor does looking for a scalar in it */
    CT_CHECK_BUILTIN, /* of no slot: the name `name` is that of the builtin function */
};

/* What an attribute or item must be. */
enum ct_line_demand { CT_DEMAND_NOTHING, CT_DEMAND_TRUTH, CT_DEMAND_SCALAR };

struct ct_line_check {
    enum ct_line_check_kind kind;
    enum ct_line_demand demand; /* ATTRIBUTE, ITEM */
    int slot;
    PyObject *name;       /* borrowed from the code object; or NULL */
    bool is_plain;        /* ATTRIBUTE: reading it runs no code; others: holds … */
    unsigned int version; /* … for this class; 0: none yet; … */
    int index;            /* ATTRIBUTE: place among the inline values, or -1 … */
    Py_ssize_t offset;    /* … with its place in the object (a member of `__slots__`) */
    const PyMethodDef *method; /* … FUNCTION: for this one; … */
    const PyObject *globals;   /* … BUILTIN: for these globals … */
    uint64_t generation;       /* … as long as ct_globals_generation is this */
};

struct ct_line_plan {
    uint64_t loads;      /* slots that must hold scalars for the line to be inert */
    uint64_t stores;     /* slots that its instructions assign */
    uint64_t loop_slots; /* those that FOR_ITER's item goes to, one or its parts, … */
    int loop_unit;       /* … at this code unit; -1: there is none */
    int loop_width;      /* how many parts, 0 if it is not unpacked */
    uint32_t first_check;
    uint16_t check_count;
    bool may_be_inert;
    bool needs_values; /* masks of what the slots show do not tell, but their objects */
    bool attends;      /* to signals and other threads: a call, a jump back */
};

/* Slots are counted in 64 bits; code with more has no plans. */
#define CT_PLAN_SLOTS 64

/* Whether an object is of one of the types that count as scalars. */
static inline bool ct_is_scalar_type(const PyTypeObject *type)
{
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type ||
           type == &PyBool_Type || type == Py_TYPE(Py_None);
}

/* Makes the plans of an entry; false when memory is out or it can have none. */
bool ct_line_plans_make(struct ct_code *entry);
void ct_line_plans_free(struct ct_code *entry);

/* The plan of a line, or NULL. */
static inline struct ct_line_plan *ct_line_plan(const struct ct_code *entry, int line)
{
    int i = line - entry->first_plan;
    return i < 0 || i >= entry->plan_count ? NULL : &entry->plans[i];
}

/* What a line begins with; of hidden variables, too, what they hold. */
struct ct_line_start {
    struct ct_frame *frame;
    struct ct_globals *globals; /* watches the dicts that builtins are looked up in */
    uint64_t scalars;           /* slots that hold scalars */
    uint64_t others;            /* slots that hold other objects: `values` says which */
    PyObject *const *values;
};

/* Whether the line of `plan`, about to run, is inert, unless it attends to something
 * else meanwhile. */
bool ct_line_is_inert(struct ct_code *entry, const struct ct_line_plan *plan,
                      const struct ct_line_start *start);

/* What can be told of that from two masks alone: that the line is inert, or that it is
 * not. */
enum ct_line_answer { CT_LINE_INERT, CT_LINE_ACTIVE, CT_LINE_UNKNOWN };

static inline enum ct_line_answer ct_line_ask(const struct ct_line_plan *plan,
                                              uint64_t scalars, uint64_t unset)
{
    if (plan->needs_values)
        return CT_LINE_UNKNOWN;
    if (!plan->may_be_inert || (plan->loads & ~scalars) != 0)
        return CT_LINE_ACTIVE;
    return plan->check_count == 0 && (plan->stores & ~(scalars | unset)) == 0
               ? CT_LINE_INERT
               : CT_LINE_UNKNOWN;
}
