/* What the instructions of a line have on the stack, as far as a line plan must know:
 * the walk that makes one runs them on operands instead of objects (line_run.h).
 *
 * Used where plans are made alone. Functions that take operands off or push some are
 * false if they cannot, and then no line that does it is inert. Needs an attached
 * thread state; runs no Python code. */
#pragma once

#include "py/line_plan.h"

#define CT_PLAN_STACK 16  /* values that one line has on the stack */
#define CT_PLAN_CLASSES 8 /* classes in a tuple that isinstance is asked for */

enum ct_operand_kind {
    CT_OPERAND_PLAIN,  /* a scalar, or new data made of scalars only */
    CT_OPERAND_OPAQUE, /* an object that may be stored and dropped, and no more */
    CT_OPERAND_NEXT,   /* the same: an item of what check `number` is about, or of … */
    CT_OPERAND_PAIR,   /* … an enumeration of it: a tuple of two */
    CT_OPERAND_TUPLE,  /* a new tuple or list of plain data and what is in `slots` */
    CT_OPERAND_SLOT,   /* what slot `number` holds */
    CT_OPERAND_READ, /* what check `number` of the code, an attribute or item, finds */
    /* No objects for a line to store: */
    CT_OPERAND_BUILTIN,    /* a function that changes nothing … */
    CT_OPERAND_METHOD,     /* … nor does this method, of what check `number` is about */
    CT_OPERAND_GROWS,      /* this one changes the object of slot `number` */
    CT_OPERAND_NO_SELF,    /* the NULL of a call, or the self of a method */
    CT_OPERAND_ENUMERATED, /* an enumeration, or items of a dict, that check `number` is
                              about; -1: of plain data */
    CT_OPERAND_ITERATED,   /* an iterator over that, and … */
    CT_OPERAND_PAIRED,     /* … over an enumeration */
    CT_OPERAND_BELOW,      /* what the line finds on the stack when it begins */
};

struct ct_operand {
    enum ct_operand_kind kind;
    int number;
    PyObject *constant; /* borrowed from the code object: a constant, the name of a
                           global or of a function to be called; else NULL */
    uint64_t slots;     /* TUPLE */
};

/* What is known of a line before all its instructions are. What a plan says of a slot
 * holds for the object that the line begins with; so a slot that it loads may not be
 * assigned just any object in it. */
struct ct_line_draft {
    uint64_t loaded;  /* slots that the line loads */
    uint64_t objects; /* slots that it assigns objects to that may be anything, … */
    uint64_t copies;  /* … and what other slots hold, … */
    uint64_t sources; /* … which are these */
};

struct ct_line_stack {
    struct ct_code *entry;
    struct ct_line_plan *plan; /* of the line of the last instruction, or NULL */
    struct ct_line_draft *draft;
    struct ct_operand operands[CT_PLAN_STACK];
    int depth;
    struct ct_operand classes[CT_PLAN_CLASSES]; /* of the tuple or list made last, … */
    int class_count;  /* … if it has nothing but what is in slots; else 0 */
    int first_unit;   /* where the line began; -1: not all that was run comes after */
    bool has_below;   /* it has looked at what was on the stack then */
    bool is_failing;  /* it is on the way to an AssertionError */
    bool leaves_loop; /* it is behind the body of a loop */
};

bool ct_stack_push(struct ct_line_stack *stack, enum ct_operand_kind kind, int number);
bool ct_stack_push_plain(struct ct_line_stack *stack);
bool ct_stack_push_opaque(struct ct_line_stack *stack);

/* What lies `deep` deep, 1 being the top; NULL if that was there before the line: it
 * may be no scalar, and may die. */
struct ct_operand *ct_stack_peek(struct ct_line_stack *stack, int deep);
/* The same; what the line found on the stack when it began may be looked at once. */
struct ct_operand *ct_stack_peek_below(struct ct_line_stack *stack, int deep);

/* Whether it is an object that a line may store or drop; false for NULL. */
static inline bool ct_operand_is_object(const struct ct_operand *operand)
{
    return operand != NULL && operand->kind <= CT_OPERAND_READ;
}

/* Demands that no operation on the object runs code of the program. */
bool ct_stack_demand_plain(struct ct_line_stack *stack,
                           const struct ct_operand *operand);

/* Takes an object off: that is plain; that nothing is done with; that is asked for its
 * truth or its length; that is gone over, *check being that of what it is, or -1 if it
 * is plain. */
bool ct_stack_pop_plain(struct ct_line_stack *stack);
bool ct_stack_pop_any(struct ct_line_stack *stack);
bool ct_stack_pop_truth(struct ct_line_stack *stack);
bool ct_stack_pop_iterable(struct ct_line_stack *stack, int *check);

/* Where the way forks, what is on the stack is joined by what another way leaves there:
 * all of it must be plain. A call that is being made is the same on all ways, and so is
 * an iterator. */
bool ct_stack_settle(struct ct_line_stack *stack);

/* Whether there can be a check of an operand, maybe NULL: its object is known when the
 * line begins. */
static inline bool ct_operand_can_be_checked(const struct ct_operand *operand)
{
    return operand != NULL &&
           (operand->kind == CT_OPERAND_SLOT || operand->kind == CT_OPERAND_READ);
}

/* A check of that object, to be added. */
struct ct_line_check ct_operand_check(const struct ct_operand *operand,
                                      enum ct_line_check_kind kind, PyObject *name);
/* Lets a check look for the key that an operand is: a scalar, of which it is told as
 * much as is known. */
bool ct_stack_take_key(struct ct_line_stack *stack, const struct ct_operand *key,
                       struct ct_line_check *check);

/* Whether a check of the line, so far, is about what is in a list that it makes longer,
 * or it makes that list itself. */
bool ct_line_asks_grown(const struct ct_code *entry, const struct ct_line_plan *plan);

/* Adds a check to the line; one of no object; one of the object on the top, which is
 * taken off. Result: its number among the code's, or -1 if the line can have none. */
int ct_stack_add_check(struct ct_line_stack *stack, struct ct_line_check wanted);
int ct_stack_add_general_check(struct ct_line_stack *stack,
                               enum ct_line_check_kind kind, PyObject *global);
int ct_stack_pop_checked(struct ct_line_stack *stack, enum ct_line_check_kind kind,
                         PyObject *name);
