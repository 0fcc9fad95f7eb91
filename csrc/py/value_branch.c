/* Finding a branch again: in the order in which the branches came, among those of the
 * same container. */
#include "py/value_branch.h"

#include "py/value.h"

/* Branches looked at for the one that comes now: some may be gone. */
#define CT_BRANCH_TRIES 4

static struct ct_branch *branch_at(const struct ct_branches *branches, size_t number)
{
    return (struct ct_branch *)(void *)branches->made.data + number;
}

static size_t branch_count(const struct ct_branches *branches)
{
    return branches->made.size / sizeof(struct ct_branch);
}

void ct_branches_begin(struct ct_encoder *encoder)
{
    struct ct_branches *branches = &encoder->branches;
    const struct ct_former *former = branches->former;
    ct_buf_clear(&branches->made);
    branches->start = encoder->out.size;
    branches->next = 0;
    branches->end =
        former != NULL && former->depth == encoder->depth_limit ? former->count : 0;
}

void ct_branches_move(struct ct_branches *branches, size_t size)
{
    for (size_t i = 0; i < branch_count(branches); i++) {
        branch_at(branches, i)->first -= (uint32_t)size;
        branch_at(branches, i)->last -= (uint32_t)size;
    }
}

/* The former branch that an object was, among those that may come now; or NULL. */
static const struct ct_branch *find(const struct ct_encoder *encoder,
                                    const PyObject *object)
{
    const struct ct_branches *branches = &encoder->branches;
    uint32_t number = branches->next;
    for (int i = 0; i < CT_BRANCH_TRIES && number < branches->end; i++) {
        const struct ct_branch *branch = &branches->former->branches[number];
        if (branch->object == object)
            return branch->records == (uint32_t)encoder->records ? branch : NULL;
        number = branch->behind;
    }
    return NULL;
}

static bool still_holds(struct ct_encoder *encoder, const struct ct_branch *branch)
{
    int nodes_left = encoder->nodes_left; /* something may be encoded once more */
    const uint8_t *words = encoder->branches.former->witness + branch->first;
    bool holds = ct_witness_holds_on(encoder, (const uint64_t *)(const void *)words,
                                     (branch->last - branch->first) / sizeof(uint64_t));
    encoder->nodes_left = nodes_left;
    return holds;
}

/* Takes a former branch, with those in it. */
static void take(struct ct_encoder *encoder, const struct ct_branch *branch)
{
    struct ct_branches *branches = &encoder->branches;
    const struct ct_former *former = branches->former;
    uint32_t number = (uint32_t)(branch - former->branches);
    uint32_t first = (uint32_t)ct_witness_part(&encoder->witness);
    uint32_t start = (uint32_t)(encoder->out.size - branches->start);
    uint32_t made = (uint32_t)branch_count(branches);
    ct_buf_append(&encoder->out, former->encoding + branch->start,
                  branch->end - branch->start);
    ct_witness_append(&encoder->witness, former->witness + branch->first,
                      branch->last - branch->first);
    encoder->nodes_left -= (int)branch->nodes;
    encoder->nodes_below += branch->nodes_below;
    encoder->has_only_scalars = false;
    for (uint32_t i = number; i < branch->behind; i++) {
        struct ct_branch moved = former->branches[i];
        moved.start += start - branch->start;
        moved.end += start - branch->start;
        moved.first += first - branch->first;
        moved.last += first - branch->first;
        moved.behind += made - number;
        ct_buf_append(&branches->made, &moved, sizeof moved);
    }
}

bool ct_branch_begin(struct ct_encoder *encoder, PyObject *object,
                     struct ct_branch_scope *scope)
{
    struct ct_branches *branches = &encoder->branches;
    const struct ct_branch *former = find(encoder, object);
    *scope = (struct ct_branch_scope){
        .number = branch_count(branches),
        .nodes_left = encoder->nodes_left,
        .nodes_below = encoder->nodes_below,
        .next = former != NULL ? former->behind : branches->next,
        .end = branches->end,
    };
    if (former != NULL && still_holds(encoder, former)) {
        take(encoder, former);
        branches->next = former->behind;
        return true;
    }
    branches->end = former != NULL ? former->behind : 0;
    branches->next =
        former != NULL ? (uint32_t)(former - branches->former->branches) + 1 : 0;
    struct ct_branch branch = {
        .object = object,
        .start = (uint32_t)(encoder->out.size - branches->start),
        .first = (uint32_t)ct_witness_part(&encoder->witness),
        .records = (uint32_t)encoder->records,
    };
    ct_buf_append(&branches->made, &branch, sizeof branch);
    return false;
}

void ct_branch_end(struct ct_encoder *encoder, const struct ct_branch_scope *scope)
{
    struct ct_branches *branches = &encoder->branches;
    branches->next = scope->next;
    branches->end = scope->end;
    if (branches->made.failed)
        return;
    struct ct_branch *branch = branch_at(branches, scope->number);
    branch->end = (uint32_t)(encoder->out.size - branches->start);
    branch->last = (uint32_t)ct_witness_part(&encoder->witness);
    branch->nodes = (uint32_t)(scope->nodes_left - encoder->nodes_left);
    branch->nodes_below = (uint32_t)(encoder->nodes_below - scope->nodes_below);
    branch->behind = (uint32_t)branch_count(branches);
}
