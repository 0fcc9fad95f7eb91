/* Sets of eight entries, of which the oldest makes place. Values of one class mostly
 * begin alike, so a set is looked through with one comparison of bytes an entry, which
 * mostly ends early. */
#include "trace/rendered.h"

#include "base/hash.h"
#include "trace/limits.h"

#include <stdlib.h>
#include <string.h>

#define SETS 1024u
#define WAYS 8u
#define SEEN 2048u

struct set {
    uint32_t keys[WAYS]; /* of the entries; 0: none */
    struct ct_rendered_entry entries[WAYS];
    uint32_t oldest; /* its place, modulo WAYS */
};

struct ct_rendered_store {
    struct set sets[SETS];
    uint32_t seen[SEEN]; /* of longer values that have come once: half a hash */
    size_t used;         /* of: */
    uint8_t bytes[CT_RENDERED_SIZE]; /* values, each with what was made of it behind */
};

static uint32_t key_of(const uint8_t *value)
{
    return (uint32_t)ct_hash_bytes(value, CT_RENDERED_MIN, 0) | 1;
}

static struct set *set_of(struct ct_rendered_store *store, uint32_t key)
{
    return &store->sets[key / 2 % SETS];
}

void ct_rendered_fini(struct ct_rendered *memo)
{
    free(memo->store);
    memo->store = NULL;
}

bool ct_rendered_is_full(const struct ct_rendered *memo)
{
    return memo->store != NULL && memo->store->used > CT_RENDERED_SIZE / 4 * 3;
}

void ct_rendered_clear(struct ct_rendered *memo)
{
    if (memo->store == NULL)
        return;
    memset(memo->store->sets, 0, sizeof memo->store->sets);
    memo->store->used = 0;
}

const struct ct_rendered_entry *ct_rendered_find(const struct ct_rendered *memo,
                                                 const struct ct_span *in)
{
    struct ct_rendered_store *store = memo->store;
    size_t left = (size_t)(in->end - in->at);
    if (left < CT_RENDERED_MIN || store == NULL)
        return NULL;
    uint32_t key = key_of(in->at);
    const struct set *set = set_of(store, key);
    for (uint32_t i = set->oldest + WAYS; i-- != set->oldest;) { /* the newest first */
        const struct ct_rendered_entry *entry = &set->entries[i % WAYS];
        if (set->keys[i % WAYS] == key && entry->value_size <= left &&
            memcmp(store->bytes + entry->at, in->at, entry->value_size) == 0)
            return entry;
    }
    return NULL;
}

const uint8_t *ct_rendered_made(const struct ct_rendered *memo,
                                const struct ct_rendered_entry *entry)
{
    return memo->store->bytes + entry->at + entry->value_size;
}

/* Whether a longer value has come before, as far as is remembered. */
static bool has_come(struct ct_rendered_store *store, const uint8_t *value, size_t size)
{
    uint64_t hash = ct_hash_bytes(value, size, 0);
    uint32_t *seen = &store->seen[hash % SEEN];
    uint32_t half = (uint32_t)(hash >> 32);
    bool has = *seen == half;
    *seen = half;
    return has;
}

void ct_rendered_add(struct ct_rendered *memo, const struct ct_rendered_entry *entry,
                     const uint8_t *value, const uint8_t *made)
{
    if (memo->store == NULL)
        memo->store = calloc(1, sizeof *memo->store);
    struct ct_rendered_store *store = memo->store;
    size_t value_size = entry->value_size, made_size = entry->made_size;
    if (store == NULL || value_size + made_size > CT_RENDERED_SIZE - store->used ||
        (value_size + made_size > CT_RENDERED_SHORT &&
         !has_come(store, value, value_size)))
        return;
    uint32_t key = key_of(value);
    struct set *set = set_of(store, key);
    uint32_t place = set->oldest++ % WAYS;
    uint8_t *at = store->bytes + store->used;
    set->keys[place] = key;
    set->entries[place] = *entry;
    set->entries[place].at = (uint32_t)store->used;
    memcpy(at, value, value_size);
    memcpy(at + value_size, made, made_size);
    store->used += value_size + made_size;
}
