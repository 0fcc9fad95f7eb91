/* What the tape has defined: its paths, functions, names, classes, shapes and codes.
 *
 * Ids here are the tape's; each entry remembers the id it has got in the trace file, or
 * CT_NO_ID while the file has not needed it. Texts are copied, for the tape's segments
 * are unmapped behind the reader; the copies live until the next definition. */
#pragma once

#include "base/buf.h"
#include "base/text.h"
#include "tape/record_reader.h"
#include "trace/intern.h"

#include <stdbool.h>
#include <stdint.h>

/* A stretch of `texts`. */
struct ct_def_text {
    size_t offset, size;
};

/* A stretch of `lists`: name ids. */
struct ct_def_list {
    size_t first, count;
};

struct ct_def_name { /* also a path */
    struct ct_def_text text;
    uint32_t file_id;
};

struct ct_def_function {
    struct ct_def_text name;
    uint32_t path;
    uint32_t file_id;
    int64_t line; /* ≥ 1 */
};

/* The kinds of type a class can be, by the values it is the class of. */
enum ct_def_class_kind {
    CT_DEF_SEQ,
    CT_DEF_SET,
    CT_DEF_INT,
    CT_DEF_FLOAT,
    CT_DEF_STRING,
    CT_DEF_BOOL,
    CT_DEF_RAW,
    CT_DEF_TUPLE,
    CT_DEF_CLASS_KINDS,
};

struct ct_def_class {
    struct ct_def_text name;
    uint32_t types[CT_DEF_CLASS_KINDS]; /* file ids of the types of this name */
};

struct ct_def_shape {
    struct ct_def_list fields;
    uint32_t class;
    uint32_t file_id; /* of its type */
};

struct ct_def_code {
    struct ct_def_list names;
    uint32_t function;
};

struct ct_defs {
    struct ct_buf texts; /* bytes */
    struct ct_buf lists; /* uint32_t */
    struct ct_buf paths, functions, names, classes, shapes,
        codes;            /* the structs above */
    struct ct_buf fields; /* scratch: struct ct_text */
};

/* False when memory is out. */
bool ct_defs_init(struct ct_defs *defs);
void ct_defs_fini(struct ct_defs *defs);

/* Takes a definition record; false when memory is out. */
bool ct_defs_add(struct ct_defs *defs, const struct ct_tape_record *record);

static inline struct ct_text ct_defs_text(const struct ct_defs *defs,
                                          struct ct_def_text text)
{
    return text.size == 0 /* there may be no texts at all */
               ? CT_TEXT("")
               : (struct ct_text){(const char *)defs->texts.data + text.offset,
                                  text.size};
}

/* Entries by tape id. The pointers die at the next definition. */
static inline struct ct_def_name *ct_defs_path(const struct ct_defs *defs, uint64_t id)
{
    return (struct ct_def_name *)(void *)defs->paths.data + id;
}

static inline struct ct_def_function *ct_defs_function(const struct ct_defs *defs,
                                                       uint64_t id)
{
    return (struct ct_def_function *)(void *)defs->functions.data + id;
}

static inline struct ct_def_name *ct_defs_name(const struct ct_defs *defs, uint64_t id)
{
    return (struct ct_def_name *)(void *)defs->names.data + id;
}

static inline struct ct_def_code *ct_defs_code(const struct ct_defs *defs, uint64_t id)
{
    return (struct ct_def_code *)(void *)defs->codes.data + id;
}

/* The name ids of a list. */
static inline const uint32_t *ct_defs_list(const struct ct_defs *defs,
                                           struct ct_def_list list)
{
    return (const uint32_t *)(const void *)defs->lists.data + list.first;
}

/* Ids in the file, defined there now if they are new. */
uint32_t ct_defs_file_path(struct ct_defs *defs, struct ct_intern *intern,
                           uint64_t path);
uint32_t ct_defs_file_function(struct ct_defs *defs, struct ct_intern *intern,
                               uint64_t function);
uint32_t ct_defs_file_name(struct ct_defs *defs, struct ct_intern *intern,
                           uint64_t name);
uint32_t ct_defs_file_class(struct ct_defs *defs, struct ct_intern *intern,
                            uint64_t class, enum ct_def_class_kind kind);
uint32_t ct_defs_file_shape(struct ct_defs *defs, struct ct_intern *intern,
                            uint64_t shape);

/* Python's name of a class. */
struct ct_text ct_defs_class_name(const struct ct_defs *defs, uint64_t class);

/* The number of fields of a shape. */
size_t ct_defs_shape_size(const struct ct_defs *defs, uint64_t shape);
