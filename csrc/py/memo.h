/* Encodings of objects that were shown before, to show them again.
 *
 * The same objects come back in other frames and other variables: `self`, what a
 * generator has in sight when it goes on, the items that a loop goes over. What was
 * encoded of an object is kept with its witness, and taken again if that still holds,
 * which is found out many times faster than the value is encoded. Kept by address
 * alone, like everything that a witness tells: no reference.
 *
 * A memo belongs to one thread. */
#pragma once

#include "py/value.h"

#include <stdbool.h>

struct ct_memo_entry;

struct ct_memo {
    struct ct_memo_entry *entries; /* owned; NULL until something is kept */
    size_t size;                   /* bytes kept */
};

/* Forgets all. Zeroed memory is an empty memo, and so is one that has forgotten. */
void ct_memo_fini(struct ct_memo *memo);

/* What ct_encode does, from the memo if it can be; keeps what is worth it. `stale`: an
 * encoding of the object that is known to hold no more, or nothing. */
bool ct_memo_encode(struct ct_memo *memo, struct ct_encoder *encoder, PyObject *object,
                    struct ct_text stale);
