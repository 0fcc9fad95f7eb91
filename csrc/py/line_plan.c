/* Plans from bytecode, and the check of attributes. */
#include "py/line_plan.h"

#include "py/class_table.h"
#include "py/code_scan.h"
#include "py/object.h"
#include "py/opcodes.h"

#include <stdlib.h>

#define CT_PLAN_LINES 65536 /* lines of a code object that has plans */

/* State of the walk over a code object's instructions. */
struct builder {
    bool is_after_loop;        /* the last instruction was the FOR_ITER at … */
    int loop_unit;             /* … this code unit, … */
    int loop_slot;             /* … and its item has just been stored here, in … */
    struct ct_line_plan *loop; /* … this plan, or NULL */
    struct ct_code *entry;
    struct ct_line_plan *plan; /* of the line of the last instruction, or NULL */
    int depth;                 /* how many values at least its line has on the stack */
    int pending[2];            /* slots of the locals on top of the stack, the topmost
                                  first, that nothing has used yet; -1: none */
};

static void forget(struct builder *builder)
{
    builder->pending[0] = builder->pending[1] = -1;
}

/* The local on top of the stack is gone. */
static void forget_top(struct builder *builder)
{
    builder->pending[0] = builder->pending[1];
    builder->pending[1] = -1;
}

/* The locals on top of the stack are used as values. */
static void settle(struct builder *builder)
{
    for (int i = 0; i < 2; i++) {
        if (builder->pending[i] >= 0 && builder->plan != NULL)
            builder->plan->loads |= UINT64_C(1) << builder->pending[i];
    }
    forget(builder);
}

static void add_load(struct builder *builder, int index)
{
    int slot = ct_code_slot_of_local(builder->entry, index);
    if (slot < 0)
        builder->plan->may_be_inert = false;
    if (builder->pending[1] >= 0)
        builder->plan->loads |= UINT64_C(1) << builder->pending[1];
    builder->pending[1] = builder->pending[0];
    builder->pending[0] = slot;
}

static void add_global(struct builder *builder, PyObject *name)
{
    int slot = ct_code_slot_of_global(builder->entry, name);
    if (slot < 0)
        builder->plan->may_be_inert = false;
    else
        builder->plan->loads |= UINT64_C(1) << slot;
}

static void add_constant(struct builder *builder, int index)
{
    PyObject *constants = builder->entry->code->co_consts;
    if (index >= PyTuple_GET_SIZE(constants) ||
        !ct_is_scalar_type(Py_TYPE(PyTuple_GET_ITEM(constants, index))))
        builder->plan->may_be_inert = false;
}

static bool add_attribute(struct builder *builder, PyObject *name)
{
    struct ct_code *entry = builder->entry;
    struct ct_line_plan *plan = builder->plan;
    if (builder->pending[0] < 0 || plan->attribute_count == UINT16_MAX)
        return false;
    /* The attributes of a line stand together, which they do not if code of another
     * line lies between. */
    if (plan->attribute_count == 0)
        plan->first_attribute = entry->attribute_count;
    else if (plan->first_attribute + plan->attribute_count != entry->attribute_count)
        return false;
    struct ct_line_attribute *attributes =
        realloc(entry->attributes, (entry->attribute_count + 1) * sizeof *attributes);
    if (attributes == NULL)
        return false;
    entry->attributes = attributes;
    attributes[entry->attribute_count++] =
        (struct ct_line_attribute){.slot = builder->pending[0], .name = name};
    plan->attribute_count++;
    builder->pending[0] = -1; /* what it was replaced by is a scalar */
    return true;
}

/* Keeps count of what the line has put on the stack. False if the instruction takes
 * more than that: what lies below may be no scalar, and may die of it. */
static bool use_stack(struct builder *builder, const struct ct_instruction *instruction)
{
    struct ct_stack_use use = ct_instruction_stack_use(instruction);
    if (builder->depth < use.takes)
        return false;
    builder->depth += use.leaves - use.takes;
    if (ct_instruction_ends_block(instruction))
        builder->depth = 0; /* what follows is reached from elsewhere */
    return true;
}

/* Takes an instruction into its line's plan; false if the line cannot be inert. */
static bool add_instruction(struct builder *builder,
                            const struct ct_instruction *instruction)
{
    PyObject *names = builder->entry->code->co_names;
    int arg = instruction->arg;
    enum ct_effect effect = ct_instruction_effect(instruction);
    if (!use_stack(builder, instruction))
        return false;
    if (effect == CT_EFFECT_LOAD_ATTRIBUTE)
        return add_attribute(builder, PyTuple_GET_ITEM(names, arg >> 1));
    if (effect == CT_EFFECT_IDENTITIES)
        forget(builder);
    else if (effect == CT_EFFECT_IDENTITY)
        forget_top(builder);
    else if (effect != CT_EFFECT_LOAD && effect != CT_EFFECT_LOAD_TWO)
        settle(builder);
    switch (effect) {
    case CT_EFFECT_LOAD:
        add_load(builder, arg);
        break;
    case CT_EFFECT_LOAD_TWO:
        add_load(builder, arg >> 4);
        add_load(builder, arg & 15);
        break;
    case CT_EFFECT_LOAD_CONSTANT:
        add_constant(builder, arg);
        break;
    case CT_EFFECT_LOAD_GLOBAL:
        add_global(builder, PyTuple_GET_ITEM(names, arg >> 1));
        break;
    case CT_EFFECT_STORE_LOAD:
        add_load(builder, arg & 15);
        break;
    case CT_EFFECT_STORE:
    case CT_EFFECT_STORE_TWO:
    case CT_EFFECT_INERT:
    case CT_EFFECT_IDENTITY:
    case CT_EFFECT_IDENTITIES:
        break;
    default:
        return false;
    }
    return true;
}

/* Finds loops over an iterator: FOR_ITER, then a store of the item, then a body on
 * other lines. */
static void add_loop(struct builder *builder, const struct ct_instruction *instruction)
{
    struct ct_line_plan *loop = builder->loop;
    if (loop != NULL && builder->plan != loop && loop->loop_unit < 0) {
        loop->loop_unit = builder->loop_unit;
        loop->loop_slot = builder->loop_slot;
    }
    builder->loop = NULL;
    if (builder->is_after_loop && instruction->opcode == STORE_FAST) {
        builder->loop_slot = ct_code_slot_of_local(builder->entry, instruction->arg);
        builder->loop = builder->loop_slot < 0 ? NULL : builder->plan;
    }
    builder->is_after_loop = instruction->opcode == FOR_ITER;
    if (builder->is_after_loop)
        builder->loop_unit = instruction->unit;
}

/* Notes what an instruction assigns: on its line, or on any if it belongs to none. */
static void add_stores(struct builder *builder,
                       const struct ct_instruction *instruction)
{
    int locals[2];
    int count = ct_instruction_assigns(instruction, locals);
    for (int i = 0; i < count; i++) {
        int slot = ct_code_slot_of_local(builder->entry, locals[i]);
        uint64_t bit = slot < 0 ? 0 : UINT64_C(1) << slot;
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
    if (builder->plan != plan || plan == NULL) {
        settle(builder);
        builder->depth = 0;
    }
    builder->plan = plan;
}

static void walk_lines(struct builder *builder, struct ct_code_walk *walk)
{
    struct ct_instruction instruction;
    while (ct_code_walk_next(walk, &instruction)) {
        turn_to_line(builder, instruction.line);
        add_stores(builder, &instruction);
        if (builder->plan == NULL)
            continue;
        add_loop(builder, &instruction);
        if (!add_instruction(builder, &instruction)) {
            builder->plan->may_be_inert = false;
            forget(builder);
        }
    }
    settle(builder);
}

bool ct_line_plans_make(struct ct_code *entry)
{
    struct ct_code_walk walk;
    int highest = ct_code_highest_line(entry->code);
    int first = entry->code->co_firstlineno;
    entry->has_plans = true;
    if (entry->is_namespace || entry->slot_count < 1 ||
        entry->slot_count > CT_PLAN_SLOTS || first < 1 || highest < first ||
        highest - first >= CT_PLAN_LINES)
        return false;
    int count = highest - first + 1;
    entry->plans = calloc((size_t)count, sizeof *entry->plans);
    if (entry->plans == NULL || ct_code_walk_begin(&walk, entry->code) < 0) {
        PyErr_Clear();
        ct_line_plans_free(entry);
        return false;
    }
    entry->first_plan = first;
    entry->plan_count = count;
    for (int i = 0; i < count; i++)
        entry->plans[i] = (struct ct_line_plan){.may_be_inert = true, .loop_unit = -1};
    for (int slot = 0; slot < entry->slot_count; slot++) {
        uint64_t bit = UINT64_C(1) << slot;
        bool is_local = slot < entry->local_count;
        entry->local_slots |= is_local ? bit : 0;
        entry->shared_slots |= is_local && !entry->locals[slot].is_cell ? 0 : bit;
    }
    struct builder builder = {.entry = entry, .pending = {-1, -1}};
    walk_lines(&builder, &walk);
    ct_code_walk_end(&walk);
    return true;
}

void ct_line_plans_free(struct ct_code *entry)
{
    free(entry->plans);
    free(entry->attributes);
    entry->plans = NULL;
    entry->attributes = NULL;
    entry->plan_count = 0;
}

/* Finds out how objects of a class keep the attribute. */
static void look_up(struct ct_line_attribute *attribute, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    attribute->is_plain = false;
    attribute->index = -1;
    attribute->version = type->tp_version_tag;
    if (type->tp_getattro != PyObject_GenericGetAttr)
        return;
    PyObject *found = ct_class_find(type, attribute->name);
    if (found == NULL) {
        attribute->index = ct_object_inline_index(object, attribute->name);
        attribute->is_plain = attribute->index >= 0;
    } else if (Py_IS_TYPE(found, &PyMemberDescr_Type) &&
               ((PyMemberDescrObject *)found)->d_member->type == Py_T_OBJECT_EX &&
               PyType_IsSubtype(type, ((PyDescrObject *)found)->d_type)) {
        attribute->offset = ((PyMemberDescrObject *)found)->d_member->offset;
        attribute->is_plain = true;
    }
}

static bool is_scalar_attribute(struct ct_line_attribute *attribute, PyObject *object)
{
    unsigned int version = Py_TYPE(object)->tp_version_tag;
    if (version == 0)
        return false;
    if (attribute->version != version)
        look_up(attribute, object);
    if (!attribute->is_plain)
        return false;
    PyObject *value = attribute->index >= 0
                          ? ct_object_inline_item(object, attribute->index)
                          : *(PyObject **)((char *)object + attribute->offset);
    return value != NULL && ct_is_scalar_type(Py_TYPE(value));
}

static inline bool has(uint64_t slots, int slot)
{
    return (slots >> slot & 1) != 0;
}

bool ct_line_is_inert(struct ct_code *entry, const struct ct_line_plan *plan,
                      struct ct_frame *frame, PyObject *const *values, uint64_t scalars,
                      uint64_t unset)
{
    uint64_t others = ~(scalars | unset); /* slots of which `values` says something */
    /* About to take the next item of a plain iterator into a slot whose present object
     * that does not free? */
    if (plan->loop_unit >= 0 &&
        (!has(others, plan->loop_slot) || Py_REFCNT(values[plan->loop_slot]) > 1) &&
        ct_frame_iterates_plainly(frame, plan->loop_unit))
        return true;
    if (!plan->may_be_inert || (plan->loads & ~scalars) != 0 ||
        (plan->stores & others) != 0)
        return false;
    for (int k = 0; k < plan->attribute_count; k++) {
        struct ct_line_attribute *attribute =
            &entry->attributes[plan->first_attribute + (uint32_t)k];
        if (!has(others, attribute->slot) ||
            !is_scalar_attribute(attribute, values[attribute->slot]))
            return false;
    }
    return true;
}
