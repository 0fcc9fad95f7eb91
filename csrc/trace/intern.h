/* Hands out the ids of a trace file and writes each definition once.
 *
 * An id is the number of its record among those of its kind (trace-formats.md 2.1), so
 * the definition is written to the writer at the moment its id is first asked for: just
 * before the record that needs it. Never asks for an id that is not used then. */
#pragma once

#include "base/strtab.h"
#include "trace/writer.h"

#include <stdbool.h>
#include <stdint.h>

#define CT_NO_ID CT_STRTAB_NONE

/* Zeroed memory and a writer are a file without definitions. */
struct ct_intern {
    struct ct_writer *writer; /* borrowed */
    struct ct_strtab paths, functions, types, names;
    struct ct_buf key; /* scratch */
    bool failed;       /* memory is out; ids given since are CT_NO_ID */
};

void ct_intern_fini(struct ct_intern *intern);

uint32_t ct_intern_path(struct ct_intern *intern, struct ct_text path);
uint32_t ct_intern_function(struct ct_intern *intern, uint32_t path_id, int64_t line,
                            struct ct_text name);
uint32_t ct_intern_name(struct ct_intern *intern, struct ct_text name);

/* Any type but a struct's. */
uint32_t ct_intern_type(struct ct_intern *intern, enum ct_type_kind kind,
                        struct ct_text lang_type);
/* A struct's type, after the type `object` of its fields. */
uint32_t ct_intern_struct(struct ct_intern *intern, struct ct_text lang_type,
                          const struct ct_text *fields, size_t field_count);
