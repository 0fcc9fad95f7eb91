/* Where the file of some code comes from.
 *
 * The standard library is found from the interpreter's own paths, so that virtual
 * environments, Debian's layout and archives come out right, and a project below a
 * folder that only looks like the library does, too. In a frozen application, which has
 * all its modules in one place, the library is told by the names of its modules. */
#pragma once

#include "py/compat.h"

#include <stdbool.h>

enum ct_origin {
    CT_ORIGIN_FILE,      /* a project or third-party code */
    CT_ORIGIN_STDLIB,    /* the standard library */
    CT_ORIGIN_SYNTHETIC, /* in no file: `<string>`, `<frozen …>` */
    CT_ORIGIN_RECORDER,  /* the recorder itself */
};

#define CT_STDLIB_PLACES 6

struct ct_scope {
    char *program_path; /* owned: co_filename of the program's main code, or NULL; as
                           all paths here in the file system's encoding */
    char *packages[2];  /* owned: the directory of the recorder's Python code, as it was
                           found and free of symlinks, with a slash */
    char *stdlib[CT_STDLIB_PLACES]; /* owned: directories (with a slash) or archives;
                                       NULL: none */
    PyObject *stdlib_names;         /* owned: of a frozen application, else NULL */
};

/* Looks the interpreter's directories up. `package` is the directory of the
 * recorder's Python code, as it was found; `program_path` may be NULL; both are copied.
 * -1 with an exception on failure. */
int ct_scope_init(struct ct_scope *scope, const char *package,
                  const char *program_path);
void ct_scope_fini(struct ct_scope *scope);

/* Of a file (co_filename in the file system's encoding). */
enum ct_origin ct_scope_origin(const struct ct_scope *scope, const char *filename);

/* Whether it is the program's main file. */
bool ct_scope_is_program(const struct ct_scope *scope, const char *filename);
