/* A list of slots, most recently changed first, and a choice from it at each step. */
#include "py/selection.h"

#include "py/namespace.h"
#include "py/policy.h"

#include <stdlib.h>

#define CT_NO_SLOT UINT32_MAX

struct rank {
    const PyObject *object; /* what the slot held at the last step: identity only */
    uint32_t newer, older;  /* slots, or CT_NO_SLOT */
    bool is_chosen;
};

struct ct_selection {
    struct rank *ranks; /* owned, by slot */
    uint32_t count, capacity;
    uint32_t newest;
    uint32_t chosen; /* how many are chosen so far, while choosing */
};

struct ct_selection *ct_selection_new(void)
{
    struct ct_selection *selection = calloc(1, sizeof *selection);
    if (selection != NULL)
        selection->newest = CT_NO_SLOT;
    return selection;
}

void ct_selection_free(struct ct_selection *selection)
{
    if (selection == NULL)
        return;
    free(selection->ranks);
    free(selection);
}

static void put_first(struct ct_selection *selection, uint32_t slot)
{
    struct rank *rank = &selection->ranks[slot];
    rank->newer = CT_NO_SLOT;
    rank->older = selection->newest;
    if (selection->newest != CT_NO_SLOT)
        selection->ranks[selection->newest].newer = slot;
    selection->newest = slot;
}

void ct_selection_touch(struct ct_selection *selection, uint32_t slot)
{
    struct rank *rank = &selection->ranks[slot];
    if (selection->newest == slot)
        return;
    selection->ranks[rank->newer].older = rank->older;
    if (rank->older != CT_NO_SLOT)
        selection->ranks[rank->older].newer = rank->newer;
    put_first(selection, slot);
}

static bool reserve(struct ct_selection *selection, uint32_t count)
{
    if (count > selection->capacity) {
        uint32_t capacity = count + count / 2;
        struct rank *ranks = realloc(selection->ranks, capacity * sizeof *ranks);
        if (ranks == NULL)
            return false;
        selection->ranks = ranks;
        selection->capacity = capacity;
    }
    for (; selection->count < count; selection->count++) {
        selection->ranks[selection->count] = (struct rank){.object = NULL};
        put_first(selection, selection->count);
    }
    return true;
}

static void choose(struct ct_selection *selection, const struct ct_thread *thread,
                   uint32_t slot)
{
    struct rank *rank = &selection->ranks[slot];
    if (thread->values[slot] == NULL || rank->is_chosen ||
        selection->chosen >= (uint32_t)thread->policy->max_variables)
        return;
    rank->is_chosen = true;
    selection->chosen++;
}

/* The first mention on `line`, or the end. */
static int find_line(const struct ct_code *code, int line)
{
    int low = 0, high = code->mention_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (code->mentions[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void choose_mentioned(struct ct_selection *selection,
                             const struct ct_thread *thread,
                             const struct ct_shadow *top, int line)
{
    const struct ct_code *code = top->code;
    for (int i = find_line(code, line);
         i < code->mention_count && code->mentions[i].line == line; i++) {
        int slot = code->mentions[i].slot;
        if (slot < 0 && top->names != NULL)
            slot = ct_namespace_slot(top->names, code->mentions[i].name);
        if (slot >= 0)
            choose(selection, thread, (uint32_t)slot);
    }
}

bool ct_selection_apply(struct ct_selection *selection, struct ct_thread *thread,
                        struct ct_shadow *top, int line, uint32_t bound, uint64_t *more)
{
    if (!reserve(selection, top->slot_count))
        return false;
    for (uint32_t slot = 0; slot < top->slot_count; slot++) {
        struct rank *rank = &selection->ranks[slot];
        rank->is_chosen = false;
        if (rank->object != thread->values[slot]) {
            rank->object = thread->values[slot];
            ct_selection_touch(selection, slot);
        }
    }
    *more = 0;
    if (bound <= (uint32_t)thread->policy->max_variables)
        return true;
    if (!ct_code_find_mentions(top->code))
        return false;
    selection->chosen = 0;
    choose_mentioned(selection, thread, top, line);
    for (uint32_t slot = selection->newest; slot != CT_NO_SLOT;
         slot = selection->ranks[slot].older)
        choose(selection, thread, slot);
    for (uint32_t slot = 0; slot < top->slot_count; slot++) {
        if (!selection->ranks[slot].is_chosen)
            thread->values[slot] = NULL;
    }
    *more = bound - selection->chosen;
    return true;
}
