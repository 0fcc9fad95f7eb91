/* Plans from bytecode: what each line's instructions leave on the stack decides
 * (line_run.c). */
#include "py/line_plan.h"

#include "py/code_scan.h"
#include "py/line_run.h"
#include "py/opcodes.h"

#include <stdlib.h>

#define CT_PLAN_LINES 65536 /* lines of a code object that has plans */

/* A loop's head: FOR_ITER, maybe UNPACK_SEQUENCE, the stores. */
struct loop_head {
    struct ct_line_plan *plan; /* of the whole head's line, or NULL */
    int unit;                  /* of the FOR_ITER; -1: the walk is in none */
    int width;                 /* of the UNPACK_SEQUENCE, else 0 */
    int stores;                /* still to come */
    uint64_t slots;            /* stored so far */
};

/* State of the walk over a code object's instructions. */
struct builder {
    struct ct_code *entry;
    struct ct_line_draft *drafts; /* owned: one for each plan */
    struct ct_line_stack stack;
    struct loop_head head;
};

/* ---- loops ----------------------------------------------------------------------- */

static void leave_head(struct builder *builder)
{
    builder->head.unit = -1;
    builder->head.plan = NULL;
}

/* Stores an item or a part of it. */
static void add_head_store(struct builder *builder, int index)
{
    int slot = ct_code_slot_of_local(builder->entry, index);
    if (slot < 0)
        builder->head.plan = NULL;
    else
        builder->head.slots |= ct_slot_bit(slot);
    builder->head.stores--;
}

/* Finds loops over an iterator: FOR_ITER, the stores of the item or of its parts, then
 * a body on other lines. */
static void add_loop(struct builder *builder, const struct ct_instruction *instruction)
{
    if (instruction->opcode == FOR_ITER) {
        builder->head.unit = instruction->unit;
        builder->head.plan = builder->stack.plan;
        builder->head.width = 0;
        builder->head.stores = 1;
        builder->head.slots = 0;
        return;
    }
    if (builder->head.unit < 0)
        return;
    if (builder->stack.plan != builder->head.plan && builder->head.plan != NULL &&
        builder->head.stores == 0 && builder->head.plan->loop_unit < 0) {
        builder->head.plan->loop_unit = builder->head.unit;
        builder->head.plan->needs_values = true;
        builder->head.plan->loop_width = builder->head.width;
        builder->head.plan->loop_slots = builder->head.slots;
    }
    enum ct_effect effect = ct_instruction_effect(instruction);
    if (builder->stack.plan != builder->head.plan) {
        leave_head(builder);
    } else if (instruction->opcode == UNPACK_SEQUENCE && builder->head.width == 0 &&
               builder->head.slots == 0 && instruction->arg > 0) {
        builder->head.width = builder->head.stores = instruction->arg;
    } else if (effect == CT_EFFECT_STORE && builder->head.stores >= 1) {
        add_head_store(builder, instruction->arg);
    } else if (effect == CT_EFFECT_STORE_TWO && builder->head.stores >= 2) {
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
        uint64_t bit = slot < 0 ? 0 : ct_slot_bit(slot);
        if (builder->stack.plan == NULL) {
            builder->entry->stray_stores |= bit;
        } else {
            builder->stack.plan->stores |= bit;
            builder->stack.plan->may_be_inert &= slot >= 0;
        }
    }
}

/* Goes on to the plan of an instruction's line, or to none. */
static void turn_to_line(struct builder *builder,
                         const struct ct_instruction *instruction)
{
    struct ct_line_plan *plan = ct_line_plan(builder->entry, instruction->line);
    ct_line_turn(&builder->stack, plan,
                 plan == NULL ? NULL : &builder->drafts[plan - builder->entry->plans],
                 instruction->unit);
}

static void walk_lines(struct builder *builder, struct ct_code_walk *walk)
{
    struct ct_instruction instruction;
    while (ct_code_walk_next(walk, &instruction)) {
        turn_to_line(builder, &instruction);
        add_stores(builder, &instruction);
        add_loop(builder, &instruction);
        if (builder->stack.plan == NULL)
            continue;
        builder->stack.plan->attends |= ct_instruction_attends(&instruction);
        if (!ct_line_run(&builder->stack, &instruction)) {
            builder->stack.plan->may_be_inert = false;
            builder->stack.plan->head.is_closed = true;
            builder->stack.depth = 0;
        }
    }
}

static void divide_slots(struct ct_code *entry)
{
    for (int slot = 0; slot < entry->slot_count; slot++) {
        bool is_local = slot < entry->local_count;
        entry->local_slots |= is_local ? ct_slot_bit(slot) : 0;
        entry->shared_slots |=
            is_local && !entry->locals[slot].is_cell ? 0 : ct_slot_bit(slot);
    }
}

/* Whether a check is about what is in a list that the line makes longer. */
static bool asks_grown(const struct ct_code *entry, const struct ct_line_plan *plan)
{
    for (uint32_t i = 0; i < plan->check_count; i++) {
        const struct ct_line_check *check = &entry->checks[plan->first_check + i];
        if (check->slot >= 0 && (plan->grows & ct_slot_bit(check->slot)) != 0 &&
            check->kind != CT_CHECK_GROWS)
            return true;
    }
    return false;
}

/* Settles what the line changes of slots that it loads. */
static void finish_plan(const struct ct_code *entry, struct ct_line_plan *plan,
                        const struct ct_line_draft *draft)
{
    if ((draft->loaded & draft->objects) != 0 || asks_grown(entry, plan))
        plan->may_be_inert = false;
    if ((draft->loaded & draft->copies) != 0)
        plan->loads |= draft->sources;
    plan->suits_scalars = plan->iter_unit < 0;
    for (uint32_t i = 0; i < plan->check_count; i++) {
        const struct ct_line_check *check = &entry->checks[plan->first_check + i];
        plan->asked |= check->slot < 0 ? 0 : ct_slot_bit(check->slot);
        plan->suits_scalars &= check->slot >= 0;
    }
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
    struct builder builder = {.entry = entry, .stack.entry = entry, .head.unit = -1};
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
        entry->plans[i] = (struct ct_line_plan){.may_be_inert = true,
                                                .loop_unit = -1,
                                                .iter_unit = -1,
                                                .below_unit = -1,
                                                .head.unit = -1};
    divide_slots(entry);
    walk_lines(&builder, &walk);
    ct_code_walk_end(&walk);
    for (int i = 0; i < count; i++)
        finish_plan(entry, &entry->plans[i], &builder.drafts[i]);
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
