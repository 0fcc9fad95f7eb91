/* Making a directory with its parents, and taking it back. */
#pragma once

#include "base/status.h"

#include <stddef.h>

struct ct_directory {
    char *path;         /* owned */
    size_t kept_length; /* bytes of `path` that name what existed before */
};

/* Makes the absolute `path` with its parents (mode 0777 less the umask). An existing
 * directory is fine; anything else that is in the way is CT_ERR_IO. */
CT_NODISCARD enum ct_status ct_directory_make(struct ct_directory *directory,
                                              const char *path, struct ct_error *err);
/* Removes the directories that were made, as far as they are empty. */
void ct_directory_unmake(struct ct_directory *directory);
void ct_directory_fini(struct ct_directory *directory);
