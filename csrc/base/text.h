/* A borrowed piece of text or bytes: pointer and size, not terminated. */
#pragma once

#include <stddef.h>
#include <string.h>

struct ct_text {
    const char *bytes; /* borrowed */
    size_t size;       /* bytes */
};

#define CT_TEXT(literal) ((struct ct_text){(literal), sizeof(literal) - 1})

static inline struct ct_text ct_text_of(const char *terminated)
{
    return (struct ct_text){terminated, strlen(terminated)};
}
