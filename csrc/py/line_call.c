/* Calls, by what is called. */
#include "py/line_call.h"

#include "py/harmless.h"

static bool pop_all_plain(struct ct_line_stack *stack, int count)
{
    for (; count > 0; count--) {
        if (!ct_stack_pop_plain(stack))
            return false;
    }
    return true;
}

/* Takes a class, or a tuple of classes, that isinstance asks for. */
static bool pop_classes(struct ct_line_stack *stack)
{
    const struct ct_operand *top = ct_stack_peek(stack, 1);
    if (top == NULL || top->kind != CT_OPERAND_TUPLE || stack->class_count == 0)
        return ct_stack_pop_checked(stack, CT_CHECK_CLASS, NULL) >= 0;
    stack->depth--;
    for (int i = 0; i < stack->class_count; i++) {
        struct ct_line_check check =
            ct_operand_check(&stack->classes[i], CT_CHECK_CLASS, NULL);
        if (ct_stack_add_check(stack, check) < 0)
            return false;
    }
    return true;
}

static bool call_isinstance(struct ct_line_stack *stack)
{
    if (!pop_classes(stack))
        return false;
    return ct_operand_can_be_checked(ct_stack_peek(stack, 1))
               ? ct_stack_pop_checked(stack, CT_CHECK_INSTANCE, NULL) >= 0
               : ct_stack_pop_plain(stack);
}

/* Pops the arguments of a builtin function, the function below them not yet. */
static bool pop_arguments(struct ct_line_stack *stack, PyObject *name, int count)
{
    if (ct_is_length(name))
        return count == 1 && ct_stack_pop_truth(stack);
    if (ct_is_isinstance(name))
        return count == 2 && call_isinstance(stack);
    return ct_is_harmless_count(name, count) && pop_all_plain(stack, count);
}

/* What is called lies under the arguments; what it leaves in their place. */
static bool call_builtin(struct ct_line_stack *stack, PyObject *name, int count)
{
    int check;
    if (!ct_is_enumerate(name)) {
        if (!pop_arguments(stack, name, count))
            return false;
        stack->depth -= 2;
        return ct_stack_push_plain(stack);
    }
    if (count != 1 || !ct_stack_pop_iterable(stack, &check))
        return false;
    stack->depth -= 2;
    return ct_stack_push(stack, CT_OPERAND_ENUMERATED, check);
}

static bool call_method(struct ct_line_stack *stack, const struct ct_operand *method,
                        int count)
{
    enum ct_dict_method kind = ct_dict_method_of(method->constant);
    if (kind == CT_DICT_GET && count == 2) { /* what it gives instead may be anything */
        if (!ct_stack_pop_any(stack))
            return false;
        count--;
    }
    if (!pop_all_plain(stack, count))
        return false;
    int check = method->number;
    stack->depth -= 2;
    if (kind == CT_DICT_ITEMS && check >= 0)
        return ct_stack_push(stack, CT_OPERAND_ENUMERATED, check);
    return kind == CT_DICT_GET ? ct_stack_push_opaque(stack)
                               : ct_stack_push_plain(stack);
}

static bool call_growing(struct ct_line_stack *stack, int count)
{
    if (count != 1 || !ct_stack_pop_any(stack))
        return false;
    stack->depth -= 2;
    return ct_stack_push_plain(stack);
}

/* The function that is called with so many operands above it and its NULL, which lies
 * below it in CPython 3.12; or NULL. */
static const struct ct_operand *callee(struct ct_line_stack *stack, int arguments)
{
    struct ct_operand *first = ct_stack_peek(stack, arguments + 1);
    struct ct_operand *function = ct_stack_peek(stack, arguments + 2);
    if (function == NULL)
        return NULL;
    if (function->kind == CT_OPERAND_NO_SELF) {
        struct ct_operand kept = *function;
        *function = *first;
        *first = kept;
    }
    return first->kind == CT_OPERAND_NO_SELF ? function : NULL;
}

/* Ends the head of the line at a call that may run any code. */
static void end_head(struct ct_line_stack *stack, const struct ct_operand *function,
                     const struct ct_instruction *instruction)
{
    struct ct_line_plan *plan = stack->plan;
    const struct ct_line_draft *draft = stack->draft;
    plan->head.is_closed = true;
    if ((draft->loaded & draft->objects) != 0 || ct_line_asks_grown(stack->entry, plan))
        return;
    plan->head = (struct ct_line_head){
        .is_closed = true,
        .unit = instruction->unit,
        .end = instruction->end,
        .loads = plan->loads,
        .stores = plan->stores,
        .checks = plan->check_count,
        .callee = -1,
    };
    if ((draft->loaded & draft->copies) != 0)
        plan->head.loads |= draft->sources;
    if (function != NULL && function->kind == CT_OPERAND_METHOD)
        plan->head.callee = function->number;
    for (uint32_t i = 0; i < plan->check_count; i++) {
        struct ct_line_check *check = &stack->entry->checks[plan->first_check + i];
        check->head_demand = check->demand;
    }
}

static bool is_known(const struct ct_operand *function)
{
    return function != NULL &&
           (function->kind == CT_OPERAND_BUILTIN ||
            function->kind == CT_OPERAND_GROWS ||
            (function->kind == CT_OPERAND_METHOD && function->number < 0));
}

bool ct_line_call(struct ct_line_stack *stack, const struct ct_instruction *instruction)
{
    int arguments = instruction->arg;
    const struct ct_operand *function = callee(stack, arguments);
    if (!stack->plan->head.is_closed && !is_known(function))
        end_head(stack, function, instruction);
    if (function == NULL)
        return false;
    switch (function->kind) {
    case CT_OPERAND_BUILTIN:
        return call_builtin(stack, function->constant, arguments);
    case CT_OPERAND_METHOD:
        return call_method(stack, function, arguments);
    case CT_OPERAND_GROWS:
        return call_growing(stack, arguments);
    case CT_OPERAND_SLOT:
        if (!pop_all_plain(stack, arguments))
            return false;
        stack->depth--;
        return ct_stack_pop_checked(stack, CT_CHECK_FUNCTION, NULL) >= 0 &&
               ct_stack_push_plain(stack);
    default:
        return false;
    }
}

void ct_line_call_named(struct ct_line_stack *stack,
                        const struct ct_instruction *instruction)
{
    if (!stack->plan->head.is_closed)
        end_head(stack, callee(stack, instruction->arg + 1), instruction);
}
