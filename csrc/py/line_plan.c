/* Plans from bytecode. */
#include "py/line_plan.h"

#include "py/code_scan.h"
#include "py/harmless.h"
#include "py/opcodes.h"

#include <stdlib.h>

#define CT_PLAN_LINES 65536 /* lines of a code object that has plans */
#define CT_PLAN_STACK 16    /* values that one line has on the stack */

/* ---- the stack, so far as a line's own instructions have filled it --------------- */

enum operand_kind {
    PLAIN,    /* a scalar, or new data made of scalars only */
    OPAQUE,   /* an object that may be stored and dropped, and no more */
    SLOT,     /* what slot `number` holds */
    READ,     /* what check `number` of the code, an attribute or item, has found */
    FUNCTION, /* to be called, and known to change nothing */
    NO_SELF,  /* the NULL of a call, or the self of a method */
};

struct operand {
    enum operand_kind kind;
    int number;
    PyObject *constant; /* borrowed from the code object: a constant, or the name of a
                           builtin function; else NULL */
};

/* What is known of a line before all its instructions are. What a plan says of a slot
 * holds for the object that the line begins with; so a slot that it loads may not be
 * assigned just any object in it. */
struct draft {
    uint64_t loaded;  /* slots that the line loads */
    uint64_t objects; /* slots that it assigns objects to that may be anything, … */
    uint64_t copies;  /* … and what other slots hold, … */
    uint64_t sources; /* … which are these */
};

/* State of the walk over a code object's instructions. */
struct builder {
    struct ct_code *entry;
    struct draft *drafts;      /* owned: one for each plan */
    struct ct_line_plan *plan; /* of the line of the last instruction, or NULL */
    struct operand stack[CT_PLAN_STACK];
    int depth;

    /* A loop's head: FOR_ITER, maybe UNPACK_SEQUENCE, the stores. */
    int head_unit;                /* of the FOR_ITER; -1: the walk is in none */
    int head_width;               /* of the UNPACK_SEQUENCE, else 0 */
    int head_stores;              /* still to come */
    uint64_t head_slots;          /* stored so far */
    struct ct_line_plan *head_of; /* the plan of the whole head's line, or NULL */
};

static uint64_t bit_of(int slot)
{
    return UINT64_C(1) << slot;
}

static bool push(struct builder *builder, enum operand_kind kind, int number)
{
    if (builder->depth == CT_PLAN_STACK)
        return false;
    builder->stack[builder->depth++] = (struct operand){kind, number, NULL};
    return true;
}

/* What lies `deep` deep, 1 being the top; NULL if that was there before the line: it
 * may be no scalar, and may die. */
static struct operand *peek(struct builder *builder, int deep)
{
    return deep < 1 || deep > builder->depth ? NULL
                                             : &builder->stack[builder->depth - deep];
}

/* Demands something of an operand that was read; false for other kinds. */
static bool demand(struct builder *builder, const struct operand *operand,
                   enum ct_line_demand least)
{
    if (operand->kind != READ)
        return false;
    struct ct_line_check *check = &builder->entry->checks[operand->number];
    check->demand = check->demand < least ? least : check->demand;
    return true;
}

/* Demands that no operation on the object runs code of the program. */
static bool demand_plain(struct builder *builder, const struct operand *operand)
{
    if (operand->kind == SLOT)
        builder->plan->loads |= bit_of(operand->number);
    return operand->kind == PLAIN || operand->kind == SLOT ||
           demand(builder, operand, CT_DEMAND_SCALAR);
}

static bool pop_plain(struct builder *builder)
{
    const struct operand *top = peek(builder, 1);
    if (top == NULL || !demand_plain(builder, top))
        return false;
    builder->depth--;
    return true;
}

static bool is_object(const struct operand *operand)
{
    return operand != NULL && operand->kind <= READ;
}

/* Takes an object off that nothing is done with. */
static bool pop_any(struct builder *builder)
{
    if (!is_object(peek(builder, 1)))
        return false;
    builder->depth--;
    return true;
}

/* Where the way forks, what is on the stack is joined by what another way leaves there:
 * all of it must be plain. A call that is being made is the same on all ways. */
static bool settle(struct builder *builder)
{
    for (int i = 0; i < builder->depth; i++) {
        struct operand *operand = &builder->stack[i];
        if (!is_object(operand))
            continue;
        if (!demand_plain(builder, operand))
            return false;
        *operand = (struct operand){PLAIN, -1, NULL};
    }
    return true;
}

/* ---- instructions ---------------------------------------------------------------- */

/* A check of the line, its number among the code's; -1 if it can have none. */
static int add_check(struct builder *builder, enum ct_line_check_kind kind, int slot,
                     PyObject *name)
{
    struct ct_code *entry = builder->entry;
    struct ct_line_plan *plan = builder->plan;
    for (uint32_t i = plan->first_check; i < plan->first_check + plan->check_count;
         i++) {
        const struct ct_line_check *check = &entry->checks[i];
        if (check->kind == kind && check->slot == slot && check->name == name)
            return (int)i;
    }
    /* The checks of a line stand together, which they do not if code of another line
     * lies between. */
    if (plan->check_count == 0)
        plan->first_check = entry->check_count;
    else if (plan->first_check + plan->check_count != entry->check_count)
        return -1;
    if (plan->check_count == UINT16_MAX)
        return -1;
    struct ct_line_check *checks =
        realloc(entry->checks, (entry->check_count + 1) * sizeof *checks);
    if (checks == NULL)
        return -1;
    entry->checks = checks;
    checks[entry->check_count] =
        (struct ct_line_check){.kind = kind, .slot = slot, .name = name};
    plan->check_count++;
    return (int)entry->check_count++;
}

/* Notes what must hold of a slot's object, and takes the operand off the stack. Result:
 * the number of the check, or -1. */
static int pop_checked(struct builder *builder, enum ct_line_check_kind kind,
                       PyObject *name)
{
    const struct operand *top = peek(builder, 1);
    if (top == NULL || top->kind != SLOT)
        return -1;
    builder->depth--;
    return add_check(builder, kind, top->number, name);
}

static struct draft *draft_of(const struct builder *builder)
{
    return &builder->drafts[builder->plan - builder->entry->plans];
}

static bool load_slot(struct builder *builder, int slot)
{
    if (slot < 0 || !push(builder, SLOT, slot))
        return false;
    draft_of(builder)->loaded |= bit_of(slot);
    return true;
}

static PyObject *name_at(const struct builder *builder, int index)
{
    return PyTuple_GET_ITEM(builder->entry->code->co_names, index);
}

static bool load_local(struct builder *builder, int index)
{
    return load_slot(builder, ct_code_slot_of_local(builder->entry, index));
}

static bool load_global(struct builder *builder, int index)
{
    return load_slot(builder,
                     ct_code_slot_of_global(builder->entry, name_at(builder, index)));
}

/* A global to be called, and the NULL with it. */
static bool load_function(struct builder *builder, int index)
{
    PyObject *name = name_at(builder, index);
    if (!ct_is_harmless_builtin(name))
        return load_global(builder, index) && push(builder, NO_SELF, -1);
    if (add_check(builder, CT_CHECK_BUILTIN, -1, name) < 0 ||
        !push(builder, FUNCTION, -1))
        return false;
    peek(builder, 1)->constant = name;
    return push(builder, NO_SELF, -1);
}

static bool load_constant(struct builder *builder, int index)
{
    PyObject *constants = builder->entry->code->co_consts;
    if (index >= PyTuple_GET_SIZE(constants))
        return false;
    PyObject *constant = PyTuple_GET_ITEM(constants, index);
    if (!push(builder, ct_is_plain_constant(constant) ? PLAIN : OPAQUE, -1))
        return false;
    peek(builder, 1)->constant = constant;
    return true;
}

static bool load_attribute(struct builder *builder, int index)
{
    int check = pop_checked(builder, CT_CHECK_ATTRIBUTE, name_at(builder, index));
    return check >= 0 && push(builder, READ, check);
}

static bool load_method(struct builder *builder, int index)
{
    PyObject *name = name_at(builder, index);
    const struct operand *top = peek(builder, 1);
    if (top == NULL || !ct_is_harmless_name(name))
        return false;
    bool is_taken = top->kind == SLOT ? pop_checked(builder, CT_CHECK_METHOD, name) >= 0
                                      : pop_plain(builder);
    return is_taken && push(builder, FUNCTION, -1) && push(builder, NO_SELF, -1);
}

/* Takes an item; of a dict if its key is a text that stands in the code. */
static bool load_item(struct builder *builder)
{
    const struct operand *key = peek(builder, 1), *container = peek(builder, 2);
    PyObject *name = key == NULL ? NULL : key->constant;
    if (name == NULL || !PyUnicode_CheckExact(name) || container == NULL ||
        container->kind != SLOT)
        return pop_plain(builder) && pop_plain(builder) && push(builder, PLAIN, -1);
    builder->depth--;
    int check = pop_checked(builder, CT_CHECK_ITEM, name);
    return check >= 0 && push(builder, READ, check);
}

static bool contains(struct builder *builder)
{
    const struct operand *top = peek(builder, 1);
    bool is_taken = top != NULL && top->kind == SLOT
                        ? pop_checked(builder, CT_CHECK_MEMBERS, NULL) >= 0
                        : pop_plain(builder);
    return is_taken && pop_plain(builder) && push(builder, PLAIN, -1);
}

static bool store(struct builder *builder, int index)
{
    const struct operand *top = peek(builder, 1);
    int slot = ct_code_slot_of_local(builder->entry, index);
    if (slot < 0 || !is_object(top))
        return false;
    struct draft *draft = draft_of(builder);
    if (top->kind == SLOT) {
        draft->copies |= bit_of(slot);
        draft->sources |= bit_of(top->number);
    } else if (top->kind != PLAIN) {
        draft->objects |= bit_of(slot);
    }
    builder->depth--;
    return true;
}

static bool copy(struct builder *builder, int deep)
{
    if (peek(builder, deep) == NULL || !push(builder, PLAIN, -1))
        return false;
    *peek(builder, 1) = *peek(builder, deep + 1);
    return true;
}

static bool swap(struct builder *builder, int deep)
{
    struct operand *top = peek(builder, 1), *other = peek(builder, deep);
    if (top == NULL || other == NULL)
        return false;
    struct operand kept = *top;
    *top = *other;
    *other = kept;
    return true;
}

/* Takes what is asked for its truth or its length: for that of containers, too, no code
 * of the program runs. */
static bool pop_truth(struct builder *builder)
{
    const struct operand *top = peek(builder, 1);
    if (top != NULL && top->kind == SLOT)
        return pop_checked(builder, CT_CHECK_TRUTH, NULL) >= 0;
    if (top == NULL || !demand(builder, top, CT_DEMAND_TRUTH))
        return pop_plain(builder);
    builder->depth--;
    return true;
}

/* Takes a function, and the NULL above it, or below it in CPython 3.12, off from behind
 * the arguments. */
static bool call(struct builder *builder, int arguments)
{
    struct operand *first = peek(builder, arguments + 1);
    struct operand *function = peek(builder, arguments + 2);
    if (function == NULL)
        return false;
    if (function->kind == NO_SELF) {
        struct operand kept = *function;
        *function = *first;
        *first = kept;
    }
    if (first->kind != NO_SELF || function->kind == NO_SELF)
        return false;
    PyObject *name = function->constant;
    if (name != NULL && !ct_is_harmless_count(name, arguments))
        return false;
    bool is_length = name != NULL && ct_is_length(name);
    for (int i = 0; i < arguments; i++) {
        if (!(is_length ? pop_truth(builder) : pop_plain(builder)))
            return false;
    }
    builder->depth--;
    if (function->kind == FUNCTION)
        builder->depth--;
    else if (pop_checked(builder, CT_CHECK_FUNCTION, NULL) < 0)
        return false;
    return push(builder, PLAIN, -1);
}

/* An instruction of an effect that ct_instruction_stack_use knows. */
static bool use_stack(struct builder *builder, const struct ct_instruction *instruction,
                      bool (*pop)(struct builder *builder), enum operand_kind leaves)
{
    struct ct_stack_use use = ct_instruction_stack_use(instruction);
    for (int i = 0; i < use.takes; i++) {
        if (!pop(builder))
            return false;
    }
    for (int i = 0; i < use.leaves; i++) {
        if (!push(builder, leaves, -1))
            return false;
    }
    if (ct_instruction_jumps(instruction) && !settle(builder))
        return false;
    if (ct_instruction_ends_block(instruction))
        builder->depth = 0; /* what follows is reached from elsewhere */
    return true;
}

/* Takes an instruction into its line's plan; false if the line cannot be inert. */
static bool add_instruction(struct builder *builder,
                            const struct ct_instruction *instruction)
{
    int arg = instruction->arg;
    switch (ct_instruction_effect(instruction)) {
    case CT_EFFECT_INERT:
        return use_stack(builder, instruction, pop_plain, PLAIN);
    case CT_EFFECT_TRUTH:
        return use_stack(builder, instruction, pop_truth, PLAIN);
    case CT_EFFECT_IDENTITY:
        return use_stack(builder, instruction, pop_any, PLAIN);
    case CT_EFFECT_CONTAINS:
        return contains(builder);
    case CT_EFFECT_ITEM:
        return load_item(builder);
    case CT_EFFECT_COLLECT:
        return use_stack(builder, instruction, pop_any, OPAQUE);
    case CT_EFFECT_COPY:
        return copy(builder, arg);
    case CT_EFFECT_SWAP:
        return swap(builder, arg);
    case CT_EFFECT_CALL:
        return call(builder, arg);
    case CT_EFFECT_LOAD:
        return load_local(builder, arg);
    case CT_EFFECT_LOAD_TWO:
        return load_local(builder, arg >> 4) && load_local(builder, arg & 15);
    case CT_EFFECT_LOAD_CONSTANT:
        return load_constant(builder, arg);
    case CT_EFFECT_LOAD_NULL:
        return push(builder, NO_SELF, -1);
    case CT_EFFECT_LOAD_GLOBAL:
        return load_global(builder, arg >> 1);
    case CT_EFFECT_LOAD_FUNCTION:
        return load_function(builder, arg >> 1);
    case CT_EFFECT_LOAD_ATTRIBUTE:
        return load_attribute(builder, arg >> 1);
    case CT_EFFECT_LOAD_METHOD:
        return load_method(builder, arg >> 1);
    case CT_EFFECT_STORE:
        return store(builder, arg);
    case CT_EFFECT_STORE_LOAD:
        return store(builder, arg >> 4) && load_local(builder, arg & 15);
    case CT_EFFECT_STORE_TWO:
        return store(builder, arg >> 4) && store(builder, arg & 15);
    default:
        return false;
    }
}

/* ---- loops ----------------------------------------------------------------------- */

static void leave_head(struct builder *builder)
{
    builder->head_unit = -1;
    builder->head_of = NULL;
}

/* Stores an item or a part of it. */
static void add_head_store(struct builder *builder, int index)
{
    int slot = ct_code_slot_of_local(builder->entry, index);
    if (slot < 0)
        builder->head_of = NULL;
    else
        builder->head_slots |= bit_of(slot);
    builder->head_stores--;
}

/* Finds loops over an iterator: FOR_ITER, the stores of the item or of its parts, then
 * a body on other lines. */
static void add_loop(struct builder *builder, const struct ct_instruction *instruction)
{
    if (instruction->opcode == FOR_ITER) {
        builder->head_unit = instruction->unit;
        builder->head_of = builder->plan;
        builder->head_width = 0;
        builder->head_stores = 1;
        builder->head_slots = 0;
        return;
    }
    if (builder->head_unit < 0)
        return;
    if (builder->plan != builder->head_of && builder->head_of != NULL &&
        builder->head_stores == 0 && builder->head_of->loop_unit < 0) {
        builder->head_of->loop_unit = builder->head_unit;
        builder->head_of->needs_values = true;
        builder->head_of->loop_width = builder->head_width;
        builder->head_of->loop_slots = builder->head_slots;
    }
    enum ct_effect effect = ct_instruction_effect(instruction);
    if (builder->plan != builder->head_of) {
        leave_head(builder);
    } else if (instruction->opcode == UNPACK_SEQUENCE && builder->head_width == 0 &&
               builder->head_slots == 0 && instruction->arg > 0) {
        builder->head_width = builder->head_stores = instruction->arg;
    } else if (effect == CT_EFFECT_STORE && builder->head_stores >= 1) {
        add_head_store(builder, instruction->arg);
    } else if (effect == CT_EFFECT_STORE_TWO && builder->head_stores >= 2) {
        add_head_store(builder, instruction->arg >> 4);
        add_head_store(builder, instruction->arg & 15);
    } else {
        leave_head(builder); /* the body is on the line of the head */
    }
}

/* ---- all lines ------------------------------------------------------------------- */

/* Notes what an instruction assigns: on its line, or on any if it belongs to none. */
static void add_stores(struct builder *builder,
                       const struct ct_instruction *instruction)
{
    int locals[2];
    int count = ct_instruction_assigns(instruction, locals);
    for (int i = 0; i < count; i++) {
        int slot = ct_code_slot_of_local(builder->entry, locals[i]);
        uint64_t bit = slot < 0 ? 0 : bit_of(slot);
        if (builder->plan == NULL) {
            builder->entry->stray_stores |= bit;
        } else {
            builder->plan->stores |= bit;
            builder->plan->may_be_inert &= slot >= 0;
        }
    }
}

/* Goes on to the plan of an instruction's line, or to none. */
static void turn_to_line(struct builder *builder, int line)
{
    struct ct_line_plan *plan = ct_line_plan(builder->entry, line);
    if (builder->plan != plan)
        builder->depth = 0;
    builder->plan = plan;
}

static void walk_lines(struct builder *builder, struct ct_code_walk *walk)
{
    struct ct_instruction instruction;
    while (ct_code_walk_next(walk, &instruction)) {
        turn_to_line(builder, instruction.line);
        add_stores(builder, &instruction);
        add_loop(builder, &instruction);
        if (builder->plan == NULL)
            continue;
        builder->plan->attends |= ct_instruction_attends(&instruction);
        if (!add_instruction(builder, &instruction)) {
            builder->plan->may_be_inert = false;
            builder->depth = 0;
        }
    }
}

static void divide_slots(struct ct_code *entry)
{
    for (int slot = 0; slot < entry->slot_count; slot++) {
        bool is_local = slot < entry->local_count;
        entry->local_slots |= is_local ? bit_of(slot) : 0;
        entry->shared_slots |=
            is_local && !entry->locals[slot].is_cell ? 0 : bit_of(slot);
    }
}

/* Settles what the line assigns to slots that it loads. */
static void finish_plan(struct ct_line_plan *plan, const struct draft *draft)
{
    if ((draft->loaded & draft->objects) != 0)
        plan->may_be_inert = false;
    if ((draft->loaded & draft->copies) != 0)
        plan->loads |= draft->sources;
}

bool ct_line_plans_make(struct ct_code *entry)
{
    struct ct_code_walk walk;
    int highest = ct_code_highest_line(entry->code);
    int first = entry->code->co_firstlineno;
    if (entry->is_namespace || entry->slot_count < 1 ||
        entry->slot_count > CT_PLAN_SLOTS || first < 1 || highest < first ||
        highest - first >= CT_PLAN_LINES)
        return false;
    int count = highest - first + 1;
    struct builder builder = {.entry = entry, .head_unit = -1};
    entry->plans = calloc((size_t)count, sizeof *entry->plans);
    builder.drafts = calloc((size_t)count, sizeof *builder.drafts);
    if (entry->plans == NULL || builder.drafts == NULL ||
        ct_code_walk_begin(&walk, entry->code) < 0) {
        PyErr_Clear();
        free(builder.drafts);
        ct_line_plans_free(entry);
        return false;
    }
    entry->first_plan = first;
    entry->plan_count = count;
    for (int i = 0; i < count; i++)
        entry->plans[i] = (struct ct_line_plan){.may_be_inert = true, .loop_unit = -1};
    divide_slots(entry);
    walk_lines(&builder, &walk);
    ct_code_walk_end(&walk);
    for (int i = 0; i < count; i++)
        finish_plan(&entry->plans[i], &builder.drafts[i]);
    free(builder.drafts);
    return true;
}

void ct_line_plans_free(struct ct_code *entry)
{
    free(entry->plans);
    free(entry->checks);
    entry->plans = NULL;
    entry->checks = NULL;
    entry->plan_count = 0;
}
