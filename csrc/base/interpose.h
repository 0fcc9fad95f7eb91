/* Putting functions of ours in front of those of shared libraries, in this process.
 *
 * A program and its libraries call each other through tables of addresses (GOT) that
 * the dynamic linker fills. What is replaced is the address in those tables, of every
 * object but the recorder's own; no code is changed, and objects that are loaded later
 * keep the functions until they are looked at, too. Calls inside one library do not go
 * through the tables. ELF of 64 bits with relocations of the kinds that are known here;
 * elsewhere nothing is replaced. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ct_interposed {
    const char *name; /* of the function */
    void *hook;       /* what is called in its place */
    void *original;   /* filled: what was called before; NULL: there is no such one */
};

/* Finds the originals. */
void ct_interpose_find(struct ct_interposed *functions, size_t count);
/* Has every object call the hooks. Cheap where nothing has been loaded since. */
void ct_interpose_begin(const struct ct_interposed *functions, size_t count);
/* Has every object call the originals again. */
void ct_interpose_end(const struct ct_interposed *functions, size_t count);

/* Stores a pointer where writing may be forbidden. */
bool ct_interpose_store(void **place, void *value);
