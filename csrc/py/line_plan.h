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

/* What must hold of an object for a line to be inert. */
enum ct_line_check_kind {
    CT_CHECK_ATTRIBUTE, /* its attribute `name` is plain and is as it must be */
    CT_CHECK_ITEM,      /* so is its item of that key: in a list, tuple or dict */
    CT_CHECK_METHOD,    /* calling its method `name` with scalars changes nothing */
    CT_CHECK_FUNCTION,  /* nor does calling it */
    CT_CHECK_TRUTH,     /* finding out whether it is true runs no code of the program */
    CT_CHECK_MEMBERS,   /* nor does looking for the key in it */
    CT_CHECK_ITERABLE,  /* nor does going over it; its items are tuples of `width` */
    CT_CHECK_INSTANCE,  /* nor does asking for its class */
    CT_CHECK_CLASS,     /* it is a class without a metaclass, or a tuple of such */
    CT_CHECK_GROWS,     /* it is a list that nothing but its slot holds */
    CT_CHECK_BUILTIN,   /* `global` is the name of the builtin function */
};

/* What an attribute or item must be. */
enum ct_line_demand { CT_DEMAND_NOTHING, CT_DEMAND_TRUTH, CT_DEMAND_SCALAR };

/* The beginning of a line, up to the first call that may run code of the program. */
struct ct_line_head {
    bool is_closed;  /* no call can be its end any more */
    int unit, end;   /* code units of the call; unit -1: there is none */
    uint64_t loads;  /* slots that must hold scalars for it to be inert so far */
    uint64_t stores; /* slots that it assigns */
    uint16_t checks; /* how many of the line's checks must hold … */
    int callee;      /* … of which this one only finds what is called; or -1 */
    uint8_t unused;  /* how often in a row no recorded code was called there */
};

/* A head that is not used so often is not looked at any more: C code is called. */
#define CT_HEAD_PATIENCE 16

/* How the objects of a class have an attribute. */
enum ct_line_access {
    CT_ACCESS_CODE,   /* by running code, so far as can be told */
    CT_ACCESS_OWN,    /* they store it, inline or in their dict; or the class does */
    CT_ACCESS_MEMBER, /* as a member of `__slots__` */
    CT_ACCESS_FIELD,  /* as a field of a named tuple */
    CT_ACCESS_SCALAR, /* it is computed, a scalar */
    CT_ACCESS_MODULE, /* in the dict of a module */
    CT_ACCESS_CLASS,  /* they are classes, and it is in the dict of one of their MRO */
};

struct ct_line_check {
    enum ct_line_check_kind kind;
    enum ct_line_demand demand;      /* ATTRIBUTE, ITEM */
    enum ct_line_demand head_demand; /* the same, by the line's head */
    int slot;                        /* of the object; -1: it is of none, … */
    int parent;       /* … but what this check of the code has found; or -1 */
    PyObject *global; /* the name of the slot's global, borrowed; or NULL: definitions
                         are not in the slot */
    int key;          /* ITEM, MEMBERS: slot of the key; -1: none, or it is … */
    PyObject *name;   /* … this; borrowed from the code object; or NULL */
    int width;        /* ITERABLE; 0: its items may be anything */

    /* ATTRIBUTE, ITEM: what the evaluation that runs has found, borrowed; NULL: it
     * cannot be told; None stands for any scalar. */
    PyObject *found;

    /* Remembered from earlier ones. ATTRIBUTE, and METHOD that is called: how objects
     * of the class `version` have it (0: of none yet); objects are borrowed. */
    unsigned int version;
    enum ct_line_access access;
    int index;         /* OWN: place among the inline values, or -1 */
    Py_ssize_t offset; /* MEMBER: place in the object; FIELD: in the tuple */
    PyObject
        *of_class; /* OWN: what the class has, or NULL; CLASS: what the object, a
                      class of this version, has. FUNCTION: the class of its self */
    unsigned int class_version;

    /* Whether it is fulfilled: METHOD, INSTANCE for a class; FUNCTION for a C function;
     * BUILTIN for globals. */
    bool is_plain;
    unsigned int method_version; /* of that class */
    const PyMethodDef *function;

    /* What `global` is bound to in these globals, or in the builtins, as long as
     * ct_globals_generation is the same. Borrowed. */
    PyObject *globals, *bound;
    uint64_t generation;
};

struct ct_line_plan {
    uint64_t loads;   /* slots that must hold scalars for the line to be inert */
    uint64_t stores;  /* slots that its instructions assign */
    uint64_t grows;   /* slots whose lists they make longer */
    uint64_t changes; /* slots that may show something else behind it, if it is inert */
    uint64_t asked;   /* slots that its checks are about */
    uint64_t loop_slots; /* those that FOR_ITER's item goes to, one or its parts, … */
    int loop_unit;       /* … at this code unit; -1: there is none */
    int loop_width;      /* how many parts, 0 if it is not unpacked */
    int below_unit;      /* where a line begins that leaves a loop; -1: it does not */
    int iter_unit; /* where it makes an iterator; begun behind that it is not inert; -1
                    */
    uint32_t first_check;
    uint16_t check_count;
    struct ct_line_head head;
    bool may_be_inert;
    bool suits_scalars; /* all its checks are fulfilled if `asked` hold scalars */
    bool needs_values; /* masks of what the slots show do not tell, but their objects */
    bool attends;      /* to signals and other threads: a call, a jump back */
    bool uses_globals; /* looks up globals or builtins: in exact dicts, or by code */
    bool ends_blind;   /* behind it, or its loop, follows what no event tells of */
};

/* Slots are counted in 64 bits; code with more has no plans. */
#define CT_PLAN_SLOTS 64

static inline uint64_t ct_slot_bit(int slot)
{
    return UINT64_C(1) << slot;
}

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

/* Whether the line changes nothing until it makes the call that its head ends with. */
bool ct_line_has_inert_head(struct ct_code *entry, const struct ct_line_plan *plan,
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
    return plan->suits_scalars && (plan->asked & ~scalars) == 0 &&
                   (plan->stores & ~(scalars | unset)) == 0
               ? CT_LINE_INERT
               : CT_LINE_UNKNOWN;
}
