/* A set of byte strings, numbered from 0 in the order in which they came.
 *
 * Used wherever a trace writes a definition once and an id ever after. Strings are
 * never removed. Texts given out are borrowed and die at the next `ct_strtab_add`. */
#pragma once

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define CT_STRTAB_NONE UINT32_MAX /* no such string; for add: memory is out */

/* Zeroed memory is an empty table. */
struct ct_strtab {
    struct ct_buf bytes;   /* the strings, one behind the other */
    struct ct_buf entries; /* struct ct_strtab_entry, by number */
    uint32_t *places;      /* owned: number + 1 of the entry in each place, 0 = free */
    uint32_t mask;         /* places - 1; places are a power of two */
    uint32_t count;        /* strings */
};

void ct_strtab_fini(struct ct_strtab *table);

/* The number of a string that is in the table, else CT_STRTAB_NONE. */
uint32_t ct_strtab_find(const struct ct_strtab *table, struct ct_text text);

/* The number of a string, which joins the table if it is new. */
uint32_t ct_strtab_add(struct ct_strtab *table, struct ct_text text);

/* The string of a number below `count`. */
struct ct_text ct_strtab_get(const struct ct_strtab *table, uint32_t number);
