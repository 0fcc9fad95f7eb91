/* Where code stands, as the selectors of trace filters see it: module, file, name.
 *
 * Filled by filter.c once per code object. May look at the file system and at sys.path;
 * runs no Python code. Needs an attached thread state. */
#pragma once

#include "base/buf.h"
#include "base/strtab.h"
#include "py/pattern.h"
#include "py/scope.h"

#define CT_PLACE_MODULES 5 /* the main program goes by several names */
#define CT_PLACE_PATHS 3   /* as the code has it, without symlinks, and by its origin */

/* What is asked about; all borrowed, UTF-8 but for `file`. */
struct ct_place_source {
    const char *file;        /* in the file system's encoding; NULL: none */
    enum ct_origin origin;   /* of the file */
    struct ct_text module;   /* `__name__`; empty: it is not known, or there is none */
    bool has_no_module;      /* the globals have no `__name__`: Jinja's templates */
    struct ct_text qualname; /* inside the module */
    struct ct_text bare;     /* its last part: the name alone */
};

/* Names, each with the text behind it. Zeroed memory is an empty place. */
struct ct_code_place {
    struct ct_name modules[CT_PLACE_MODULES], objects[CT_PLACE_MODULES];
    struct ct_name paths[CT_PLACE_PATHS], bare;
    struct ct_buf texts[2 * CT_PLACE_MODULES + CT_PLACE_PATHS + 1];
    int module_count, path_count;
    bool is_known; /* all names are, and none is too long to be matched */
};

/* Files met so far with their paths without symlinks. Zeroed memory is empty. */
struct ct_place_files {
    struct ct_strtab names;
    struct ct_buf paths;   /* array of owned char *, by number of the name */
    bool is_out_of_memory; /* a name or path could not be kept */
};

/* False when memory is out. */
bool ct_place_set(struct ct_code_place *place, struct ct_place_files *files,
                  const struct ct_place_source *source);
void ct_place_fini(struct ct_code_place *place);
void ct_place_files_fini(struct ct_place_files *files);
