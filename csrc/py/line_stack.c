/* The operands on a line's stack, and the checks of what they stand for. */
#include "py/line_stack.h"

#include <stdlib.h>
#include <string.h>

/* ---- operands -------------------------------------------------------------------- */

bool ct_stack_push(struct ct_line_stack *stack, enum ct_operand_kind kind, int number)
{
    if (stack->depth == CT_PLAN_STACK)
        return false;
    stack->operands[stack->depth++] = (struct ct_operand){kind, number, NULL, 0};
    return true;
}

bool ct_stack_push_plain(struct ct_line_stack *stack)
{
    return ct_stack_push(stack, CT_OPERAND_PLAIN, -1);
}

bool ct_stack_push_opaque(struct ct_line_stack *stack)
{
    return ct_stack_push(stack, CT_OPERAND_OPAQUE, -1);
}

struct ct_operand *ct_stack_peek(struct ct_line_stack *stack, int deep)
{
    return deep < 1 || deep > stack->depth ? NULL
                                           : &stack->operands[stack->depth - deep];
}

struct ct_operand *ct_stack_peek_below(struct ct_line_stack *stack, int deep)
{
    if (deep != stack->depth + 1 || stack->has_below || stack->first_unit < 0 ||
        stack->depth == CT_PLAN_STACK)
        return ct_stack_peek(stack, deep);
    memmove(stack->operands + 1, stack->operands,
            (size_t)stack->depth++ * sizeof *stack->operands);
    stack->operands[0] = (struct ct_operand){CT_OPERAND_BELOW, -1, NULL, 0};
    stack->has_below = true;
    return &stack->operands[0];
}

/* Demands something of an operand that was read; false for other kinds. */
static bool demand(struct ct_line_stack *stack, const struct ct_operand *operand,
                   enum ct_line_demand least)
{
    if (operand->kind != CT_OPERAND_READ)
        return false;
    struct ct_line_check *check = &stack->entry->checks[operand->number];
    check->demand = check->demand < least ? least : check->demand;
    return true;
}

bool ct_stack_demand_plain(struct ct_line_stack *stack,
                           const struct ct_operand *operand)
{
    switch (operand->kind) {
    case CT_OPERAND_SLOT:
        stack->plan->loads |= ct_slot_bit(operand->number);
        return true;
    case CT_OPERAND_TUPLE:
        stack->plan->loads |= operand->slots;
        return true;
    default:
        return operand->kind == CT_OPERAND_PLAIN ||
               demand(stack, operand, CT_DEMAND_SCALAR);
    }
}

bool ct_stack_pop_plain(struct ct_line_stack *stack)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    if (top == NULL || !ct_stack_demand_plain(stack, top))
        return false;
    stack->depth--;
    return true;
}

bool ct_stack_pop_any(struct ct_line_stack *stack)
{
    if (!ct_operand_is_object(ct_stack_peek(stack, 1)))
        return false;
    stack->depth--;
    return true;
}

bool ct_stack_settle(struct ct_line_stack *stack)
{
    for (int i = 0; i < stack->depth; i++) {
        struct ct_operand *operand = &stack->operands[i];
        if (!ct_operand_is_object(operand))
            continue;
        if (!ct_stack_demand_plain(stack, operand))
            return false;
        *operand = (struct ct_operand){CT_OPERAND_PLAIN, -1, NULL, 0};
    }
    return true;
}

/* ---- checks ---------------------------------------------------------------------- */

struct ct_line_check ct_operand_check(const struct ct_operand *operand,
                                      enum ct_line_check_kind kind, PyObject *name)
{
    bool is_slot = operand->kind == CT_OPERAND_SLOT;
    return (struct ct_line_check){
        .kind = kind,
        .slot = is_slot ? operand->number : -1,
        .parent = is_slot ? -1 : operand->number,
        /* No function that is harmless to call is a definition. */
        .global = is_slot && kind != CT_CHECK_FUNCTION ? operand->constant : NULL,
        .key = -1,
        .name = name,
    };
}

static bool is_same_check(const struct ct_line_check *one,
                          const struct ct_line_check *other)
{
    return one->kind == other->kind && one->slot == other->slot &&
           one->parent == other->parent && one->key == other->key &&
           one->name == other->name && one->global == other->global;
}

int ct_stack_add_check(struct ct_line_stack *stack, struct ct_line_check wanted)
{
    struct ct_code *entry = stack->entry;
    struct ct_line_plan *plan = stack->plan;
    for (uint32_t i = plan->first_check; i < plan->first_check + plan->check_count;
         i++) {
        if (is_same_check(&entry->checks[i], &wanted))
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
    checks[entry->check_count] = wanted;
    plan->check_count++;
    return (int)entry->check_count++;
}

int ct_stack_add_general_check(struct ct_line_stack *stack,
                               enum ct_line_check_kind kind, PyObject *global)
{
    struct ct_line_check check = {
        .kind = kind, .slot = -1, .parent = -1, .global = global, .key = -1};
    return ct_stack_add_check(stack, check);
}

int ct_stack_pop_checked(struct ct_line_stack *stack, enum ct_line_check_kind kind,
                         PyObject *name)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    if (!ct_operand_can_be_checked(top))
        return -1;
    stack->depth--;
    return ct_stack_add_check(stack, ct_operand_check(top, kind, name));
}

bool ct_stack_take_key(struct ct_line_stack *stack, const struct ct_operand *key,
                       struct ct_line_check *check)
{
    if (!ct_operand_is_object(key) || !ct_stack_demand_plain(stack, key))
        return false;
    if (key->kind == CT_OPERAND_SLOT)
        check->key = key->number;
    else if (key->constant != NULL && ct_is_scalar_type(Py_TYPE(key->constant)))
        check->name = key->constant;
    return true;
}

bool ct_stack_pop_truth(struct ct_line_stack *stack)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    if (top != NULL && top->kind == CT_OPERAND_SLOT)
        return ct_stack_pop_checked(stack, CT_CHECK_TRUTH, NULL) >= 0;
    if (top == NULL || !demand(stack, top, CT_DEMAND_TRUTH))
        return ct_stack_pop_plain(stack);
    stack->depth--;
    return true;
}

bool ct_stack_pop_iterable(struct ct_line_stack *stack, int *check)
{
    *check = -1;
    if (!ct_operand_can_be_checked(ct_stack_peek(stack, 1)))
        return ct_stack_pop_plain(stack);
    *check = ct_stack_pop_checked(stack, CT_CHECK_ITERABLE, NULL);
    return *check >= 0;
}

bool ct_line_asks_grown(const struct ct_code *entry, const struct ct_line_plan *plan)
{
    if ((plan->grows & (plan->stores | plan->loads)) != 0)
        return true;
    for (uint32_t i = 0; i < plan->check_count; i++) {
        const struct ct_line_check *check = &entry->checks[plan->first_check + i];
        if (check->slot >= 0 && (plan->grows & ct_slot_bit(check->slot)) != 0 &&
            check->kind != CT_CHECK_GROWS)
            return true;
    }
    return false;
}
