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

struct gap;

/* State of the walk over a code object's instructions. */
struct builder {
    struct ct_code *entry;
    struct ct_line_draft *drafts; /* owned: one for each plan */
    struct gap *gaps;             /* owned */
    struct ct_line_stack stack;
    struct loop_head head;
    struct ct_line_plan *ended; /* of the loop whose end has been passed; or NULL */
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

/* Finds out whether the line of a loop's head goes on behind the loop. */
static void add_loop_end(struct builder *builder,
                         const struct ct_instruction *instruction)
{
    enum ct_effect effect = ct_instruction_effect(instruction);
    if (effect == CT_EFFECT_LOOP_END)
        builder->ended = builder->stack.plan;
    else if (builder->ended != builder->stack.plan)
        builder->ended = NULL;
    else if (builder->ended != NULL && effect != CT_EFFECT_POP &&
             !ct_instruction_passes(instruction))
        builder->ended->ends_blind = true;
}

/* ---- instructions of no line ----------------------------------------------------- */

/* What an instruction does that belongs to no line, so that no event tells of it. */
enum gap_kind {
    GAP_NONE,   /* it belongs to one */
    GAP_PASSES, /* nothing; `next` comes behind it, … */
    GAP_LOOPS,  /* … when the interpreter has attended to signals and other threads */
    GAP_ENDS,   /* leaves the frame */
    GAP_ACTS,   /* anything */
};

struct gap {
    enum gap_kind kind;
    int next; /* code unit */
};

#define CT_GAP_LENGTH 16 /* instructions of no line that follow each other */

static struct gap gap_of(const struct ct_instruction *instruction)
{
    int target = ct_instruction_target(instruction);
    if (instruction->line > 0)
        return (struct gap){GAP_NONE, 0};
    if (!ct_instruction_passes(instruction))
        return (struct gap){GAP_ACTS, 0};
    if (target >= 0)
        return (struct gap){
            ct_instruction_attends(instruction) ? GAP_LOOPS : GAP_PASSES, target};
    if (ct_instruction_ends_block(instruction))
        return (struct gap){GAP_ENDS, 0};
    return (struct gap){GAP_PASSES, instruction->end};
}

/* By code unit, owned; NULL when memory is out. */
static struct gap *find_gaps(PyCodeObject *code)
{
    struct ct_code_walk walk;
    struct ct_instruction instruction;
    struct gap *gaps = calloc((size_t)Py_SIZE(code) + 1, sizeof *gaps);
    if (gaps == NULL || ct_code_walk_begin(&walk, code) < 0) {
        PyErr_Clear();
        free(gaps);
        return NULL;
    }
    while (ct_code_walk_next(&walk, &instruction))
        gaps[instruction.unit] = gap_of(&instruction);
    ct_code_walk_end(&walk);
    return gaps;
}

/* The line goes on at a code unit: what belongs to no line there is done under it. */
static void go_on_at(const struct builder *builder, int unit)
{
    struct ct_line_plan *plan = builder->stack.plan;
    for (int i = 0; i < CT_GAP_LENGTH && unit < Py_SIZE(builder->entry->code); i++) {
        struct gap gap = builder->gaps[unit];
        if (gap.kind == GAP_NONE || gap.kind == GAP_ENDS)
            return;
        plan->attends |= gap.kind == GAP_LOOPS;
        if (gap.kind == GAP_ACTS)
            break;
        unit = gap.next;
    }
    plan->may_be_inert = false;
    plan->ends_blind = true;
    plan->head.is_closed = true;
}

/* Follows the ways that lead on from an instruction. */
static void add_gaps(const struct builder *builder,
                     const struct ct_instruction *instruction)
{
    int target = ct_instruction_target(instruction);
    if (target >= 0)
        go_on_at(builder, target);
    if (!ct_instruction_ends_block(instruction))
        go_on_at(builder, instruction->end);
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
        add_loop_end(builder, &instruction);
        if (builder->stack.plan == NULL)
            continue;
        builder->stack.plan->attends |= ct_instruction_attends(&instruction);
        add_gaps(builder, &instruction);
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

/* Settles what the line changes of slots that it loads, or looks up keys in. */
static void finish_plan(const struct ct_code *entry, struct ct_line_plan *plan,
                        const struct ct_line_draft *draft)
{
    uint64_t cells = entry->shared_slots & entry->local_slots;
    if ((draft->loaded & draft->objects) != 0 || ct_line_asks_grown(entry, plan))
        plan->may_be_inert = false;
    if ((draft->loaded & draft->copies) != 0)
        plan->loads |= draft->sources;
    if (plan->ends_blind)
        plan->loop_unit = -1;
    plan->suits_scalars =
        plan->iter_unit < 0 && plan->below_unit < 0 && plan->grows == 0;
    for (uint32_t i = 0; i < plan->check_count; i++) {
        struct ct_line_check *check = &entry->checks[plan->first_check + i];
        if (check->key >= 0 && (plan->stores & ct_slot_bit(check->key)) != 0)
            check->key = -1; /* it is another one by then */
        plan->asked |= check->slot < 0 ? 0 : ct_slot_bit(check->slot);
        plan->suits_scalars &= check->slot >= 0;
    }
    plan->changes = plan->stores | plan->grows;
    if ((plan->changes & cells) != 0)
        plan->changes |= cells; /* one may be that of several variables */
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
    builder.gaps = find_gaps(entry->code);
    if (entry->plans == NULL || builder.drafts == NULL || builder.gaps == NULL ||
        ct_code_walk_begin(&walk, entry->code) < 0) {
        PyErr_Clear();
        free(builder.gaps);
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
    free(builder.gaps);
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
