/* Building of Cap'n Proto objects (capnp.h). Values recurse as deep as they nest, which
 * the recorder keeps below CT_VALUE_MAX_DEPTH. */
#include "trace/capnp.h"

#include "trace/subtree.h"

#include <string.h>

#define VALUE_WORDS 6 /* CT_SHAPE_VALUE */

enum value_tag {
    TAG_INT = 0,
    TAG_FLOAT = 1,
    TAG_BOOL = 2,
    TAG_STRING = 3,
    TAG_SEQUENCE = 4,
    TAG_TUPLE = 5,
    TAG_STRUCT = 6,
    TAG_RAW = 9,
    TAG_ERROR = 10,
    TAG_NONE = 11,
    TAG_BIGINT = 13,
};

static uint64_t *take(uint64_t **next, uint64_t *slot, uint64_t pointer)
{
    uint64_t *object = *next;
    if (slot != NULL)
        *slot = ct_pointer_to(pointer, object - (slot + 1));
    return object;
}

uint64_t *ct_capnp_struct(uint64_t **next, uint64_t *slot, struct ct_shape shape)
{
    uint64_t *object = take(next, slot, ct_pointer_struct(shape));
    size_t words = (size_t)shape.data + shape.pointers;
    memset(object, 0, words * 8);
    *next += words;
    return object;
}

uint64_t *ct_capnp_list(uint64_t **next, uint64_t *slot, uint64_t count,
                        struct ct_shape shape)
{
    uint64_t words = count * ((uint64_t)shape.data + shape.pointers);
    uint64_t *tag = take(next, slot, ct_pointer_list(words));
    *tag = ct_list_tag(count, shape);
    memset(tag + 1, 0, words * 8);
    *next += 1 + words;
    return tag + 1;
}

void ct_capnp_id(uint64_t **next, uint64_t *slot, uint64_t id)
{
    *take(next, slot, ct_pointer_struct(CT_SHAPE_ID)) = id;
    *next += 1;
}

/* `words` words of bytes, zeros behind the text. */
static void copy_bytes(uint64_t **next, struct ct_text text, uint64_t words)
{
    if (words != 0)
        (*next)[words - 1] = 0;
    if (text.size != 0)
        memcpy(*next, text.bytes, text.size);
    *next += words;
}

void ct_capnp_text_words(uint64_t **next, struct ct_text text)
{
    copy_bytes(next, text, ct_text_words(text.size));
}

void ct_capnp_text(uint64_t **next, uint64_t *slot, struct ct_text text)
{
    take(next, slot, ct_pointer_bytes(text.size + 1));
    ct_capnp_text_words(next, text);
}

/* ---- values ------------------------------------------------------------------- */

static uint64_t words_below(const struct ct_tree *tree, uint32_t at)
{
    const struct ct_node *nodes = tree->nodes, *node = &nodes[at];
    const struct ct_subtree *subtree = ct_subtree_of(tree, node);
    uint64_t words = 1; /* TypeId */
    switch (node->kind) {
    case CT_NODE_NONE:
    case CT_NODE_BOOL:
    case CT_NODE_INT:
    case CT_NODE_FLOAT:
        break;
    case CT_NODE_STRING:
    case CT_NODE_RAW:
    case CT_NODE_ERROR:
        words += ct_text_words(node->of.text.size);
        break;
    case CT_NODE_BIGINT:
        words += (node->of.text.size + 7) / 8;
        break;
    case CT_NODE_SEQUENCE:
    case CT_NODE_TUPLE:
    case CT_NODE_STRUCT:
        if (subtree != NULL && subtree->is_known)
            break;
        words += 1; /* the list's tag */
        for (uint32_t left = node->of.count, child = at + 1; left != 0; left--) {
            words += VALUE_WORDS + words_below(tree, child);
            child = nodes[child].next;
        }
        break;
    }
    return words;
}

/* A value being built. */
struct filling {
    const struct ct_tree *tree;
    struct ct_capnp_room *room;
};

static uint64_t place_of(const struct filling *filling, const uint64_t *word)
{
    return filling->room->place + (uint64_t)(word - filling->room->words);
}

static void fill_value(uint64_t **next, uint64_t *value, const struct filling *filling,
                       uint32_t at);

static void fill_list(uint64_t **next, uint64_t *slot, const struct filling *filling,
                      uint32_t at)
{
    const struct ct_node *nodes = filling->tree->nodes;
    uint32_t count = nodes[at].of.count, child = at + 1;
    uint64_t *value = ct_capnp_list(next, slot, count, CT_SHAPE_VALUE);
    for (; count != 0; count--, value += VALUE_WORDS) {
        fill_value(next, value, filling, child);
        child = nodes[child].next;
    }
}

/* A pointer to the list of a known subtree. */
static void point_to(uint64_t *slot, const struct filling *filling, uint32_t count,
                     const struct ct_subtree *subtree)
{
    int64_t distance = (int64_t)(subtree->place - place_of(filling, slot + 1));
    *slot = ct_pointer_to(ct_pointer_list((uint64_t)count * VALUE_WORDS), distance);
    filling->room->known_words += subtree->words - 1; /* its type id is here again */
}

static void fill_container(uint64_t **next, uint64_t *slot, uint64_t *type,
                           const struct filling *filling, uint32_t at)
{
    const struct ct_node *node = &filling->tree->nodes[at];
    struct ct_subtree *subtree = ct_subtree_of(filling->tree, node);
    if (subtree != NULL && subtree->is_known) {
        point_to(slot, filling, node->of.count, subtree);
        ct_capnp_id(next, type, node->type_id);
        return;
    }
    const uint64_t *from = *next;
    uint64_t known_words = filling->room->known_words;
    fill_list(next, slot, filling, at);
    ct_capnp_id(next, type, node->type_id);
    if (subtree != NULL) {
        subtree->place = place_of(filling, from);
        subtree->words = (uint32_t)((uint64_t)(*next - from) +
                                    filling->room->known_words - known_words);
    }
}

/* Sets the zeros at `value`, a ValueRecord, and takes what is below it. */
static void fill_value(uint64_t **next, uint64_t *value, const struct filling *filling,
                       uint32_t at)
{
    const struct ct_node *node = &filling->tree->nodes[at];
    uint64_t *data = value, *tag = value + 1, *content = value + 3, *type = value + 4;
    switch (node->kind) {
    case CT_NODE_NONE:
        *tag = TAG_NONE;
        type = content;
        break;
    case CT_NODE_BOOL:
        *data = node->flag;
        *tag = TAG_BOOL;
        type = content;
        break;
    case CT_NODE_INT:
        *data = (uint64_t)node->of.integer;
        *tag = TAG_INT;
        type = content;
        break;
    case CT_NODE_FLOAT:
        memcpy(data, &node->of.real, sizeof *data);
        *tag = TAG_FLOAT;
        type = content;
        break;
    case CT_NODE_BIGINT:
        *data = node->flag;
        *tag = TAG_BIGINT;
        take(next, content, ct_pointer_bytes(node->of.text.size));
        copy_bytes(next, node->of.text, (node->of.text.size + 7) / 8);
        break;
    case CT_NODE_STRING:
    case CT_NODE_RAW:
    case CT_NODE_ERROR:
        *tag = node->kind == CT_NODE_STRING ? TAG_STRING
               : node->kind == CT_NODE_RAW  ? TAG_RAW
                                            : TAG_ERROR;
        ct_capnp_text(next, content, node->of.text);
        break;
    case CT_NODE_SEQUENCE:
    case CT_NODE_TUPLE:
    case CT_NODE_STRUCT:
        *tag = node->kind == CT_NODE_SEQUENCE ? TAG_SEQUENCE
               : node->kind == CT_NODE_TUPLE  ? TAG_TUPLE
                                              : TAG_STRUCT;
        fill_container(next, content, type, filling, at);
        return;
    }
    ct_capnp_id(next, type, node->type_id);
}

uint64_t ct_capnp_value_words(const struct ct_tree *value)
{
    return VALUE_WORDS + words_below(value, 0);
}

void ct_capnp_value(uint64_t **next, uint64_t *slot, const struct ct_tree *value,
                    struct ct_capnp_room *room)
{
    const struct filling filling = {value, room};
    uint64_t *record = ct_capnp_struct(next, slot, CT_SHAPE_VALUE);
    fill_value(next, record, &filling, 0);
}
