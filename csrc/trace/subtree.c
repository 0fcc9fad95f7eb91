/* Where the value before has a container, the next value mostly has the same or a
 * changed one. So both are gone through side by side: no search, and no more than two
 * comparisons a container, most of which end at an early byte. */
#include "trace/subtree.h"

#include "trace/limits.h"

static uint32_t count_found(const struct ct_subtrees *subtrees)
{
    return (uint32_t)(subtrees->found->size / sizeof(struct ct_subtree));
}

static struct ct_subtree *found(const struct ct_subtrees *subtrees)
{
    return (struct ct_subtree *)(void *)subtrees->found->data;
}

static uint32_t offset(const struct ct_subtrees *subtrees, const uint8_t *at)
{
    return (uint32_t)(at - subtrees->value);
}

/* Copies the subtree of the value before, and those in it, to what has been found. */
static void copy(struct ct_subtrees *subtrees, uint32_t index, const uint8_t *at)
{
    const struct ct_subtree *from = subtrees->earlier->subtrees + index;
    uint32_t place = count_found(subtrees), count = from->next - index;
    uint32_t moved = offset(subtrees, at) - from->value_at; /* modulo 2³² */
    ct_buf_append(subtrees->found, from, count * sizeof *from);
    if (subtrees->found->failed)
        return;
    struct ct_subtree *copies = found(subtrees) + place;
    copies[0].kept = subtrees->earlier->record + from->at; /* nobody asks those in it */
    for (uint32_t i = 0; i < count; i++) {
        copies[i].next += place - index;
        copies[i].value_at += moved;
    }
}

bool ct_subtrees_keep(struct ct_subtrees *subtrees, struct ct_span *in,
                      struct ct_node *node, bool *is_cut)
{
    size_t left = (size_t)(in->end - in->at);
    uint32_t index = subtrees->expected;
    for (int i = 0; i < 2 && index < subtrees->expected_end; i++) {
        const struct ct_subtree *from = subtrees->earlier->subtrees + index;
        const uint8_t *bytes = subtrees->earlier->value + from->value_at;
        if (from->value_size <= left && memcmp(bytes, in->at, from->value_size) == 0) {
            *node = (struct ct_node){.kind = from->kind,
                                     .subtree = count_found(subtrees) + 1,
                                     .type_id = from->type_id,
                                     .of.count = from->count};
            *is_cut = from->is_cut;
            copy(subtrees, index, in->at);
            in->at += from->value_size;
            subtrees->expected = from->next;
            return true;
        }
        index = from->next;
    }
    return false;
}

struct ct_open_subtree ct_subtrees_open(struct ct_subtrees *subtrees,
                                        const struct ct_span *in)
{
    const struct ct_subtree room = {0};
    struct ct_open_subtree open = {
        .from = in->at,
        .index = count_found(subtrees),
        .expected = subtrees->expected,
        .expected_behind = subtrees->expected,
        .expected_end = subtrees->expected_end,
    };
    if (open.expected < open.expected_end) {
        open.expected_behind = subtrees->earlier->subtrees[open.expected].next;
        subtrees->expected++;
        subtrees->expected_end = open.expected_behind;
    }
    ct_buf_append(subtrees->found, &room, sizeof room);
    return open;
}

static bool is_container(const struct ct_node *node)
{
    return node->kind == CT_NODE_SEQUENCE || node->kind == CT_NODE_TUPLE ||
           node->kind == CT_NODE_STRUCT;
}

void ct_subtrees_close(struct ct_subtrees *subtrees, const struct ct_open_subtree *open,
                       const struct ct_span *in, struct ct_node *node, bool is_cut)
{
    size_t size = (size_t)(in->at - open->from);
    subtrees->expected_end = open->expected_end;
    if (size < CT_SUBTREE_MIN || !is_container(node)) {
        subtrees->found->size = open->index * sizeof(struct ct_subtree);
        subtrees->expected = open->expected;
        return;
    }
    subtrees->expected = open->expected_behind;
    if (subtrees->found->failed)
        return;
    node->subtree = open->index + 1;
    found(subtrees)[open->index] = (struct ct_subtree){
        .value_at = offset(subtrees, open->from),
        .value_size = (uint32_t)size,
        .next = count_found(subtrees),
        .count = node->of.count,
        .type_id = (uint32_t)node->type_id,
        .kind = (uint8_t)node->kind,
        .is_cut = is_cut,
    };
}
