/* Open addressing with linear probing; places hold numbers, entries hold hashes, so
 * growing never looks at the strings again. */
#include "base/strtab.h"

#include <stdlib.h>

#define FIRST_PLACES 64u
#define LAST_COUNT                                                                     \
    (UINT32_MAX / 4) /* strings at most: places are counted in 32 bits                 \
                      */

struct ct_strtab_entry {
    size_t offset;
    size_t size;
    uint32_t hash;
};

/* FNV-1a, its upper half folded in. */
static uint32_t hash_of(struct ct_text text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (uint8_t)text.bytes[i]) * 0x100000001b3u;
    return (uint32_t)(hash ^ hash >> 32);
}

static struct ct_strtab_entry *entry_at(const struct ct_strtab *table, uint32_t number)
{
    return (struct ct_strtab_entry *)(void *)table->entries.data + number;
}

void ct_strtab_fini(struct ct_strtab *table)
{
    ct_buf_fini(&table->bytes);
    ct_buf_fini(&table->entries);
    free(table->places);
    memset(table, 0, sizeof *table);
}

struct ct_text ct_strtab_get(const struct ct_strtab *table, uint32_t number)
{
    const struct ct_strtab_entry *entry = entry_at(table, number);
    if (entry->size == 0) /* there may be no bytes at all */
        return CT_TEXT("");
    return (struct ct_text){(const char *)table->bytes.data + entry->offset,
                            entry->size};
}

/* The place of `text`, or the free one where it belongs. */
static uint32_t find_place(const struct ct_strtab *table, struct ct_text text,
                           uint32_t hash)
{
    uint32_t place = hash & table->mask;
    for (; table->places[place] != 0; place = (place + 1) & table->mask) {
        uint32_t number = table->places[place] - 1;
        const struct ct_strtab_entry *entry = entry_at(table, number);
        if (entry->hash == hash && entry->size == text.size &&
            (text.size == 0 ||
             memcmp(table->bytes.data + entry->offset, text.bytes, text.size) == 0))
            break;
    }
    return place;
}

uint32_t ct_strtab_find(const struct ct_strtab *table, struct ct_text text)
{
    if (table->places == NULL)
        return CT_STRTAB_NONE;
    uint32_t number = table->places[find_place(table, text, hash_of(text))];
    return number == 0 ? CT_STRTAB_NONE : number - 1;
}

/* Keeps at least a quarter of the places free. */
static bool make_room(struct ct_strtab *table)
{
    if (table->places != NULL && table->count < table->mask / 4 * 3)
        return true;
    if (table->count >= LAST_COUNT)
        return false;
    uint32_t mask = table->places == NULL ? FIRST_PLACES - 1 : table->mask * 2 + 1;
    uint32_t *places = calloc((size_t)mask + 1, sizeof *places);
    if (places == NULL)
        return false;
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t place = entry_at(table, i)->hash & mask;
        while (places[place] != 0)
            place = (place + 1) & mask;
        places[place] = i + 1;
    }
    free(table->places);
    table->places = places;
    table->mask = mask;
    return true;
}

uint32_t ct_strtab_add(struct ct_strtab *table, struct ct_text text)
{
    if (!make_room(table))
        return CT_STRTAB_NONE;
    uint32_t hash = hash_of(text);
    uint32_t place = find_place(table, text, hash);
    if (table->places[place] != 0)
        return table->places[place] - 1;
    struct ct_strtab_entry entry = {table->bytes.size, text.size, hash};
    ct_buf_append_text(&table->bytes, text);
    if (!table->bytes.failed)
        ct_buf_append(&table->entries, &entry, sizeof entry);
    if (table->bytes.failed || table->entries.failed)
        return CT_STRTAB_NONE;
    table->places[place] = ++table->count;
    return table->count - 1;
}
