/* The list of a record's containers, between decoder, writer and memo. */
#include "trace/subtree.h"

#include "trace/limits.h"

void ct_subtrees_fini(struct ct_subtrees *subtrees)
{
    ct_buf_fini(&subtrees->found);
    ct_rendered_fini(&subtrees->memo);
}

void ct_subtrees_clear(struct ct_subtrees *subtrees, uint32_t generation)
{
    ct_buf_clear(&subtrees->found);
    if (subtrees->generation != generation || ct_rendered_is_full(&subtrees->memo))
        ct_rendered_clear(&subtrees->memo);
    subtrees->generation = generation;
}

/* The place of the next one, to be set there; NULL when memory is out. */
static struct ct_subtree *next_subtree(struct ct_subtrees *subtrees)
{
    struct ct_buf *found = &subtrees->found;
    if (!ct_buf_reserve(found, sizeof(struct ct_subtree)))
        return NULL;
    found->size += sizeof(struct ct_subtree);
    return ct_subtree_at(subtrees, ct_subtree_count(subtrees) - 1);
}

uint32_t ct_subtrees_keep(struct ct_subtrees *subtrees,
                          const struct ct_rendered_entry *known)
{
    struct ct_subtree *subtree = next_subtree(subtrees);
    uint32_t count = ct_subtree_count(subtrees);
    if (subtree != NULL)
        *subtree = (struct ct_subtree){
            .is_known = true,
            .text = ct_rendered_made(&subtrees->memo, known),
            .size = known->made_size,
            .place = known->place,
            .words = known->words,
        };
    return count;
}

uint32_t ct_subtrees_open(struct ct_subtrees *subtrees)
{
    uint32_t index = ct_subtree_count(subtrees);
    next_subtree(subtrees);
    return index;
}

static bool is_container(const struct ct_node *node)
{
    return node->kind == CT_NODE_SEQUENCE || node->kind == CT_NODE_TUPLE ||
           node->kind == CT_NODE_STRUCT;
}

void ct_subtrees_close(struct ct_subtrees *subtrees, uint32_t index,
                       struct ct_span value, struct ct_node *node, bool is_cut)
{
    size_t size = (size_t)(value.end - value.at);
    if (size < CT_RENDERED_MIN || !is_container(node)) {
        subtrees->found.size = index * sizeof(struct ct_subtree);
        return;
    }
    if (subtrees->found.failed)
        return;
    node->subtree = index + 1;
    *ct_subtree_at(subtrees, index) = (struct ct_subtree){
        .value = value,
        .count = node->of.count,
        .type_id = (uint32_t)node->type_id,
        .kind = (uint8_t)node->kind,
        .is_cut = is_cut,
    };
}

void ct_subtrees_remember(struct ct_subtrees *subtrees, const struct ct_buf *record)
{
    if (subtrees == NULL || subtrees->generation == 0 || record->failed)
        return;
    uint32_t count = ct_subtree_count(subtrees);
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_subtree *subtree = ct_subtree_at(subtrees, i);
        size_t value_size = (size_t)(subtree->value.end - subtree->value.at);
        if (subtree->is_known || value_size > CT_RENDERED_MAX ||
            subtree->size > UINT32_MAX)
            continue;
        const struct ct_rendered_entry entry = {
            .value_size = (uint32_t)value_size,
            .made_size = (uint32_t)subtree->size,
            .place = subtree->place,
            .words = subtree->words,
            .count = subtree->count,
            .type_id = subtree->type_id,
            .kind = subtree->kind,
            .is_cut = subtree->is_cut,
        };
        ct_rendered_add(&subtrees->memo, &entry, subtree->value.at,
                        record->data + subtree->at);
    }
}
