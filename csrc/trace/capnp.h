/* Cap'n Proto objects in words: structs, lists, texts, values (trace-formats.md 4).
 *
 * Building is a walk through memory that is large enough: `*next` is the first free
 * word, every function takes what it needs there, moves `*next` on, and sets the
 * pointer word `slot` that refers to it. How many words a value takes is asked
 * beforehand. */
#pragma once

#include "base/text.h"
#include "trace/model.h"

#include <stdint.h>

/* Sizes of a struct: data words and pointer words. */
struct ct_shape {
    uint16_t data, pointers;
};

#define CT_SHAPE_ID                                                                    \
    ((struct ct_shape){1, 0}) /* PathId, Line, ThreadId and the like                   \
                               */
#define CT_SHAPE_VALUE ((struct ct_shape){3, 3})
#define CT_SHAPE_FULL_VALUE ((struct ct_shape){0, 2})

/* Pointers with offset 0; `ct_pointer_to` puts the offset of the object in. */
static inline uint64_t ct_pointer_struct(struct ct_shape shape)
{
    return (uint64_t)shape.data << 32 | (uint64_t)shape.pointers << 48;
}

static inline uint64_t ct_pointer_bytes(uint64_t count)
{
    return 1 | (2 | count << 3) << 32;
}

static inline uint64_t ct_pointer_list(uint64_t words)
{
    return 1 | (7 | words << 3) << 32;
}

/* `distance`: words from the end of the pointer to the object. */
static inline uint64_t ct_pointer_to(uint64_t pointer, int64_t distance)
{
    return pointer | (uint32_t)((uint64_t)distance << 2);
}

static inline uint64_t ct_list_tag(uint64_t count, struct ct_shape shape)
{
    return (uint32_t)(count << 2) | ct_pointer_struct(shape);
}

/* Words of a text of `bytes` bytes, its NUL included. */
static inline uint64_t ct_text_words(uint64_t bytes)
{
    return bytes / 8 + 1;
}

/* A struct of zeros; `slot` may be NULL if the pointer to it stands elsewhere. */
uint64_t *ct_capnp_struct(uint64_t **next, uint64_t *slot, struct ct_shape shape);

/* A list of `count` structs of zeros: the first one. */
uint64_t *ct_capnp_list(uint64_t **next, uint64_t *slot, uint64_t count,
                        struct ct_shape shape);

/* A struct that is one data word. */
void ct_capnp_id(uint64_t **next, uint64_t *slot, uint64_t id);

void ct_capnp_text(uint64_t **next, uint64_t *slot, struct ct_text text);

/* Words of a text without a pointer to it in the same words. */
void ct_capnp_text_words(uint64_t **next, struct ct_text text);

/* Where words are built: `words[0]` is to be the word `place` of all payloads. */
struct ct_capnp_room {
    const uint64_t *words;
    uint64_t place;
    uint64_t known_words; /* that a reader visits below what was built, in subtrees that
                             are known: added to */
};

/* A ValueRecord with everything below it but the lists of known subtrees:
 * ct_capnp_value_words(value) words. */
uint64_t ct_capnp_value_words(const struct ct_tree *value);
void ct_capnp_value(uint64_t **next, uint64_t *slot, const struct ct_tree *value,
                    struct ct_capnp_room *room);
