/* A directory of its own for a test that writes files. */
#pragma once

#include <stdbool.h>

struct workspace {
    char dir[64];
    char file[80]; /* a path in it */
};

/* Aborts on failure. */
void workspace_make(struct workspace *space);

/* Whether nothing, or nothing but `file`, is in the directory. */
bool workspace_is_empty(const struct workspace *space);
bool workspace_has_only_file(const struct workspace *space);

/* Removes it with what is in it. */
void workspace_remove(struct workspace *space);
