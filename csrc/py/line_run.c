/* Instructions, by their effects. */
#include "py/line_run.h"

#include "py/harmless.h"
#include "py/line_call.h"
#include "py/opcodes.h"

/* ---- loads and stores ------------------------------------------------------------ */

static bool load_slot(struct ct_line_stack *stack, int slot)
{
    if (slot < 0 || !ct_stack_push(stack, CT_OPERAND_SLOT, slot))
        return false;
    stack->draft->loaded |= ct_slot_bit(slot);
    return true;
}

static PyObject *name_at(const struct ct_line_stack *stack, int index)
{
    return PyTuple_GET_ITEM(stack->entry->code->co_names, index);
}

static bool load_local(struct ct_line_stack *stack, int index)
{
    return load_slot(stack, ct_code_slot_of_local(stack->entry, index));
}

static bool load_global(struct ct_line_stack *stack, int index)
{
    PyObject *name = name_at(stack, index);
    stack->plan->uses_globals = true;
    if (!load_slot(stack, ct_code_slot_of_global(stack->entry, name)))
        return false;
    ct_stack_peek(stack, 1)->constant = name;
    return true;
}

/* Pushes what is to be called, and the NULL of the call. */
static bool push_function(struct ct_line_stack *stack, enum ct_operand_kind kind,
                          int number, PyObject *name)
{
    if (!ct_stack_push(stack, kind, number))
        return false;
    ct_stack_peek(stack, 1)->constant = name;
    return ct_stack_push(stack, CT_OPERAND_NO_SELF, -1);
}

/* A global to be called, and the NULL with it. */
static bool load_function(struct ct_line_stack *stack, int index)
{
    PyObject *name = name_at(stack, index);
    if (!ct_is_harmless_builtin(name))
        return load_global(stack, index) &&
               ct_stack_push(stack, CT_OPERAND_NO_SELF, -1);
    stack->plan->uses_globals = true;
    return ct_stack_add_general_check(stack, CT_CHECK_BUILTIN, name) >= 0 &&
           push_function(stack, CT_OPERAND_BUILTIN, -1, name);
}

static bool load_constant(struct ct_line_stack *stack, int index)
{
    PyObject *constants = stack->entry->code->co_consts;
    if (index >= PyTuple_GET_SIZE(constants))
        return false;
    PyObject *constant = PyTuple_GET_ITEM(constants, index);
    if (!(ct_is_plain_constant(constant) ? ct_stack_push_plain(stack)
                                         : ct_stack_push_opaque(stack)))
        return false;
    ct_stack_peek(stack, 1)->constant = constant;
    return true;
}

static bool load_attribute(struct ct_line_stack *stack, int index)
{
    int check = ct_stack_pop_checked(stack, CT_CHECK_ATTRIBUTE, name_at(stack, index));
    return check >= 0 && ct_stack_push(stack, CT_OPERAND_READ, check);
}

/* A method that makes its object longer: of a list that only a local of the frame
 * holds, and no other value that is shown. */
static bool load_growing(struct ct_line_stack *stack, PyObject *name)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    int slot = top->number;
    const struct ct_code *entry = stack->entry;
    if (top->kind != CT_OPERAND_SLOT || slot >= entry->local_count ||
        entry->locals[slot].is_cell ||
        ct_stack_pop_checked(stack, CT_CHECK_GROWS, NULL) < 0)
        return false;
    stack->plan->grows |= ct_slot_bit(slot);
    return push_function(stack, CT_OPERAND_GROWS, slot, name);
}

static bool load_method(struct ct_line_stack *stack, int index)
{
    PyObject *name = name_at(stack, index);
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    if (top == NULL)
        return false;
    if (ct_is_append(name))
        return load_growing(stack, name);
    bool is_harmless = ct_is_harmless_name(name);
    int check = -1;
    if (ct_operand_can_be_checked(top))
        check = ct_stack_pop_checked(stack, CT_CHECK_METHOD, name);
    else if (!is_harmless || !ct_stack_pop_plain(stack))
        return false;
    stack->plan->may_be_inert &= is_harmless;
    return push_function(stack, CT_OPERAND_METHOD, check, name);
}

/* Takes a container and the key that it is asked for off; *number is that of the check
 * of this, or -1 if both are plain. */
static bool pop_with_key(struct ct_line_stack *stack,
                         const struct ct_operand *container,
                         const struct ct_operand *key, enum ct_line_check_kind kind,
                         int *number)
{
    *number = -1;
    if (!ct_operand_can_be_checked(container))
        return ct_stack_pop_plain(stack) && ct_stack_pop_plain(stack);
    struct ct_line_check check = ct_operand_check(container, kind, NULL);
    if (!ct_stack_take_key(stack, key, &check))
        return false;
    stack->depth -= 2;
    *number = ct_stack_add_check(stack, check);
    return *number >= 0;
}

/* Takes an item. */
static bool load_item(struct ct_line_stack *stack)
{
    int check;
    if (!pop_with_key(stack, ct_stack_peek(stack, 2), ct_stack_peek(stack, 1),
                      CT_CHECK_ITEM, &check))
        return false;
    return check < 0 ? ct_stack_push_plain(stack)
                     : ct_stack_push(stack, CT_OPERAND_READ, check);
}

static bool contains(struct ct_line_stack *stack)
{
    int check;
    return pop_with_key(stack, ct_stack_peek(stack, 1), ct_stack_peek(stack, 2),
                        CT_CHECK_MEMBERS, &check) &&
           ct_stack_push_plain(stack);
}

static bool store(struct ct_line_stack *stack, int index)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    int slot = ct_code_slot_of_local(stack->entry, index);
    if (slot < 0 || !ct_operand_is_object(top))
        return false;
    struct ct_line_draft *draft = stack->draft;
    if (top->kind == CT_OPERAND_SLOT) {
        draft->copies |= ct_slot_bit(slot);
        draft->sources |= ct_slot_bit(top->number);
    } else if (top->kind != CT_OPERAND_PLAIN) {
        draft->objects |= ct_slot_bit(slot);
    }
    stack->depth--;
    return true;
}

static bool copy(struct ct_line_stack *stack, int deep)
{
    if (ct_stack_peek(stack, deep) == NULL || !ct_stack_push_plain(stack))
        return false;
    *ct_stack_peek(stack, 1) = *ct_stack_peek(stack, deep + 1);
    return true;
}

static bool swap(struct ct_line_stack *stack, int deep)
{
    struct ct_operand *other = ct_stack_peek_below(stack, deep),
                      *top = ct_stack_peek(stack, 1);
    if (top == NULL || other == NULL)
        return false;
    struct ct_operand kept = *top;
    *top = *other;
    *other = kept;
    return true;
}

/* Makes a tuple or list. */
static bool collect(struct ct_line_stack *stack, int count)
{
    uint64_t slots = 0;
    bool is_plain = true;
    stack->class_count = 0;
    for (int i = 0; i < count; i++) {
        const struct ct_operand *item = ct_stack_peek(stack, 1);
        if (!ct_stack_pop_any(stack))
            return false;
        if (item->kind == CT_OPERAND_SLOT)
            slots |= ct_slot_bit(item->number);
        else if (item->kind == CT_OPERAND_TUPLE)
            slots |= item->slots;
        else
            is_plain = is_plain && item->kind == CT_OPERAND_PLAIN;
        if (stack->class_count == i && i < CT_PLAN_CLASSES &&
            item->kind == CT_OPERAND_SLOT)
            stack->classes[stack->class_count++] = *item;
    }
    if (stack->class_count < count)
        stack->class_count = 0;
    if (!is_plain)
        return ct_stack_push_opaque(stack);
    if (!ct_stack_push(stack, CT_OPERAND_TUPLE, -1))
        return false;
    ct_stack_peek(stack, 1)->slots = slots;
    return true;
}

/* Makes a dict of keys that are scalars, which lie in a tuple on the top or in between.
 */
static bool collect_map(struct ct_line_stack *stack, int count, bool has_tuple)
{
    if (has_tuple && !ct_stack_pop_plain(stack))
        return false;
    for (int i = 0; i < count; i++) {
        if (!ct_stack_pop_any(stack) || (!has_tuple && !ct_stack_pop_plain(stack)))
            return false;
    }
    return ct_stack_push_opaque(stack);
}

/* ---- iteration ------------------------------------------------------------------- */

static bool iterate(struct ct_line_stack *stack, int unit)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    int check;
    if (stack->plan->iter_unit < 0)
        stack->plan->iter_unit = unit;
    if (top != NULL && top->kind == CT_OPERAND_ENUMERATED) {
        check = top->number;
        stack->depth--;
        return ct_stack_push(stack, CT_OPERAND_PAIRED, check);
    }
    return ct_stack_pop_iterable(stack, &check) &&
           ct_stack_push(stack, CT_OPERAND_ITERATED, check);
}

static bool next(struct ct_line_stack *stack)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    if (top == NULL || !ct_stack_settle(stack))
        return false;
    if (top->kind == CT_OPERAND_PAIRED)
        return ct_stack_push(stack, CT_OPERAND_PAIR, -1);
    if (top->kind != CT_OPERAND_ITERATED)
        return false;
    return top->number < 0 ? ct_stack_push_plain(stack)
                           : ct_stack_push(stack, CT_OPERAND_NEXT, top->number);
}

static bool unpack(struct ct_line_stack *stack, int count)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    enum ct_operand_kind kind = CT_OPERAND_OPAQUE;
    if (top == NULL)
        return false;
    if (top->kind == CT_OPERAND_PLAIN) {
        kind = CT_OPERAND_PLAIN;
    } else if (top->kind == CT_OPERAND_NEXT) {
        struct ct_line_check *check = &stack->entry->checks[top->number];
        if (count == 0 || (check->width != 0 && check->width != count))
            return false;
        check->width = count;
    } else if (top->kind != CT_OPERAND_PAIR || count != 2) {
        return false;
    }
    stack->depth--;
    for (; count > 0; count--) {
        if (!ct_stack_push(stack, kind, -1))
            return false;
    }
    return true;
}

/* Takes off what is dropped: an object, or the iterator of the loop that the line
 * leaves. */
static bool drop(struct ct_line_stack *stack, int opcode)
{
    const struct ct_operand *top = ct_stack_peek_below(stack, 1);
    if (top == NULL || top->kind != CT_OPERAND_BELOW)
        return ct_stack_pop_any(stack);
    if (opcode != CT_POP_LOOP)
        return false;
    stack->depth--;
    stack->plan->below_unit = stack->first_unit;
    return true;
}

/* ---- instructions ---------------------------------------------------------------- */

/* An instruction of an effect that ct_instruction_stack_use knows. */
static bool use_stack(struct ct_line_stack *stack,
                      const struct ct_instruction *instruction,
                      bool (*pop)(struct ct_line_stack *stack))
{
    struct ct_stack_use use = ct_instruction_stack_use(instruction);
    for (int i = 0; i < use.takes; i++) {
        if (!pop(stack))
            return false;
    }
    for (int i = 0; i < use.leaves; i++) {
        if (!ct_stack_push_plain(stack))
            return false;
    }
    if (ct_instruction_jumps(instruction) && !ct_stack_settle(stack))
        return false;
    if (ct_instruction_ends_block(instruction)) { /* the rest is reached otherwise */
        stack->depth = 0;
        stack->first_unit = -1;
    }
    return true;
}

static bool run(struct ct_line_stack *stack, const struct ct_instruction *instruction)
{
    int arg = instruction->arg;
    switch (ct_instruction_effect(instruction)) {
    case CT_EFFECT_INERT:
        return use_stack(stack, instruction, ct_stack_pop_plain);
    case CT_EFFECT_TRUTH:
        return use_stack(stack, instruction, ct_stack_pop_truth);
    case CT_EFFECT_IDENTITY:
        return use_stack(stack, instruction, ct_stack_pop_any);
    case CT_EFFECT_CONTAINS:
        return contains(stack);
    case CT_EFFECT_ITEM:
        return load_item(stack);
    case CT_EFFECT_COLLECT:
        return collect(stack, arg);
    case CT_EFFECT_COPY:
        return copy(stack, arg);
    case CT_EFFECT_SWAP:
        return swap(stack, arg);
    case CT_EFFECT_CALL:
        return ct_line_call(stack, instruction);
    case CT_EFFECT_CALL_NAMED:
        ct_line_call_named(stack, instruction);
        return false;
    case CT_EFFECT_LOAD:
        return load_local(stack, arg);
    case CT_EFFECT_LOAD_TWO:
        return load_local(stack, arg >> 4) && load_local(stack, arg & 15);
    case CT_EFFECT_LOAD_CONSTANT:
        return load_constant(stack, arg);
    case CT_EFFECT_LOAD_NULL:
        return ct_stack_push(stack, CT_OPERAND_NO_SELF, -1);
    case CT_EFFECT_LOAD_GLOBAL:
        return load_global(stack, arg >> 1);
    case CT_EFFECT_LOAD_FUNCTION:
        return load_function(stack, arg >> 1);
    case CT_EFFECT_LOAD_ATTRIBUTE:
        return load_attribute(stack, arg >> 1);
    case CT_EFFECT_LOAD_METHOD:
        return load_method(stack, arg >> 1);
    case CT_EFFECT_STORE:
        return store(stack, arg);
    case CT_EFFECT_STORE_LOAD:
        return store(stack, arg >> 4) && load_local(stack, arg & 15);
    case CT_EFFECT_STORE_TWO:
        return store(stack, arg >> 4) && store(stack, arg & 15);
    case CT_EFFECT_ITERATE:
        return iterate(stack, instruction->unit);
    case CT_EFFECT_NEXT:
        return next(stack);
    case CT_EFFECT_UNPACK:
        return unpack(stack, arg);
    case CT_EFFECT_COLLECT_MAP:
        return collect_map(stack, arg, false);
    case CT_EFFECT_COLLECT_NAMED:
        return collect_map(stack, arg, true);
    case CT_EFFECT_LOOP_END: /* a plain iterator's end passes it by */
        stack->leaves_loop = CT_LOOP_END_POPS;
        return true;
    case CT_EFFECT_POP:
        return drop(stack, instruction->opcode);
    case CT_EFFECT_YIELD:
        return ct_stack_pop_any(stack) && ct_stack_push_opaque(stack);
    case CT_EFFECT_FAIL: /* the error makes the line one that may change anything */
        stack->is_failing = true;
        return true;
    default:
        return false;
    }
}

bool ct_line_run(struct ct_line_stack *stack, const struct ct_instruction *instruction)
{
    enum ct_effect effect = ct_instruction_effect(instruction);
    bool was_end = stack->leaves_loop;
    stack->leaves_loop = false;
    if (was_end && effect == CT_EFFECT_POP)
        return true;
    if (!stack->is_failing)
        return run(stack, instruction);
    if (effect == CT_EFFECT_RAISE) {
        stack->is_failing = false;
        stack->depth = 0;
        stack->first_unit = -1;
    }
    return effect != CT_EFFECT_YIELD;
}

void ct_line_turn(struct ct_line_stack *stack, struct ct_line_plan *plan,
                  struct ct_line_draft *draft, int unit)
{
    if (stack->plan != plan) {
        stack->depth = 0;
        stack->first_unit = unit;
        stack->has_below = stack->is_failing = stack->leaves_loop = false;
    }
    stack->plan = plan;
    stack->draft = draft;
}
