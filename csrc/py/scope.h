/* Which code is recorded.
 *
 * The rules that hold without any filter file: the standard library, frozen and
 * synthetic code and the recorder itself are not recorded; third-party code is; the
 * program's main file is, wherever it lies. */
#pragma once

#include "py/compat.h"

#include <stdbool.h>

struct ct_scope {
    char *
        program_path; /* owned UTF-8: co_filename of the program's main code, or NULL */
    char *package;    /* owned: the recorder's own directory, with a slash */
    char *stdlib[3];  /* owned: directories (with a slash) or archives; NULL: none */
};

/* Looks the interpreter's directories up. `package` is the recorder's own directory,
 * `program_path` may be NULL; both are copied. -1 with an exception on failure. */
int ct_scope_init(struct ct_scope *scope, const char *package,
                  const char *program_path);
void ct_scope_fini(struct ct_scope *scope);

/* Whether code of this file (co_filename in the file system's encoding) is recorded. */
bool ct_scope_records(const struct ct_scope *scope, const char *filename);
