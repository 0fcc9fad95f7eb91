/* Lines that cannot change anything but the locals they assign.
 *
 * Most of a step's time would go into looking at objects that nothing can have touched.
 * A line is *inert* if running it ran no code but the interpreter's own arithmetic:
 * only locals, constants and plain attributes that hold exact ints, floats, strs, bools
 * or None are combined, and only such values are overwritten. No finalizer, no other
 * thread and no signal handler can have run in it, since CPython attends to those at
 * calls and backward jumps alone. Which lines may be inert is told by the bytecode,
 * once per code object; whether one is, by the values it begins with.
 *
 * Needs an attached thread state; runs no Python code. */
#pragma once

#include "py/code_table.h"

#include <stdbool.h>
#include <stdint.h>

/* A `local.name` that a line reads. */
struct ct_line_attribute {
    int slot;
    PyObject *name;       /* borrowed from the code object */
    unsigned int version; /* of the class for which the rest holds; 0: none yet */
    bool is_plain;        /* reading it runs no code */
    int index;            /* place among the inline values, or -1 … */
    Py_ssize_t offset;    /* … with its place in the object (a member of `__slots__`) */
};

struct ct_line_plan {
    uint64_t loads;  /* slots that must hold scalars for the line to be inert */
    uint64_t stores; /* slots that its instructions assign: scalars or nothing before */
    int loop_unit;   /* code unit of a FOR_ITER whose item goes to … or -1 */
    int loop_slot;   /* … this slot */
    uint32_t first_attribute;
    uint16_t attribute_count;
    bool may_be_inert;
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

/* Whether the line of `plan`, about to run, is inert. Of the slots, those in the mask
 * `scalars` hold scalars and those in `unset` nothing; the rest hold `values`. */
bool ct_line_is_inert(struct ct_code *entry, const struct ct_line_plan *plan,
                      struct ct_frame *frame, PyObject *const *values, uint64_t scalars,
                      uint64_t unset);
