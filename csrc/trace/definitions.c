/* Tables by tape id, filled from definition records that the tape reader has checked.
 *
 * Called by the replay only. Never writes to the trace file but through intern.h. */
#include "trace/definitions.h"

#include "tape/record.h"

static struct ct_def_text add_text(struct ct_defs *defs, struct ct_text text)
{
    struct ct_def_text place = {defs->texts.size, text.size};
    ct_buf_append_text(&defs->texts, text);
    return place;
}

static struct ct_def_list add_list(struct ct_defs *defs,
                                   const struct ct_tape_record *record)
{
    struct ct_def_list list = {defs->lists.size / sizeof(uint32_t),
                               (size_t)record->count};
    struct ct_span in = record->body;
    for (size_t i = 0; i < list.count; i++) {
        uint32_t name = (uint32_t)ct_span_number(&in);
        ct_buf_append(&defs->lists, &name, sizeof name);
    }
    return list;
}

static void add_class(struct ct_defs *defs, struct ct_text name)
{
    struct ct_def_class class = {.name = add_text(defs, name)};
    for (int i = 0; i < CT_DEF_CLASS_KINDS; i++)
        class.types[i] = CT_NO_ID;
    ct_buf_append(&defs->classes, &class, sizeof class);
}

static bool is_failed(const struct ct_defs *defs)
{
    return defs->texts.failed || defs->lists.failed || defs->paths.failed ||
           defs->functions.failed || defs->names.failed || defs->classes.failed ||
           defs->shapes.failed || defs->codes.failed;
}

bool ct_defs_init(struct ct_defs *defs)
{
    /* by enum ct_class */
    static const char *const names[CT_CLASS_FIRST] = {
        "None",       "bool",   "int",       "float", "str",   "tuple",
        "list",       "set",    "frozenset", "dict",  "bytes", "bytearray",
        "memoryview", "object", "",          "",
    };
    memset(defs, 0, sizeof *defs);
    for (int i = 0; i < CT_CLASS_FIRST; i++)
        add_class(defs, ct_text_of(names[i]));
    return !is_failed(defs);
}

void ct_defs_fini(struct ct_defs *defs)
{
    struct ct_buf *const tables[] = {
        &defs->texts,   &defs->lists,  &defs->paths, &defs->functions, &defs->names,
        &defs->classes, &defs->shapes, &defs->codes, &defs->fields,
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        ct_buf_fini(tables[i]);
}

static void add_name(struct ct_defs *defs, struct ct_buf *table, struct ct_text text)
{
    struct ct_def_name name = {add_text(defs, text), CT_NO_ID};
    ct_buf_append(table, &name, sizeof name);
}

static void add_function(struct ct_defs *defs, const struct ct_tape_record *record)
{
    struct ct_def_function function = {
        .name = add_text(defs, record->text),
        .path = (uint32_t)record->of,
        .file_id = CT_NO_ID,
        .line = record->line < 1 ? 1 : record->line,
    };
    ct_buf_append(&defs->functions, &function, sizeof function);
}

static void add_shape(struct ct_defs *defs, const struct ct_tape_record *record)
{
    struct ct_def_shape shape = {
        .fields = add_list(defs, record),
        .class = (uint32_t)record->of,
        .file_id = CT_NO_ID,
    };
    ct_buf_append(&defs->shapes, &shape, sizeof shape);
}

static void add_code(struct ct_defs *defs, const struct ct_tape_record *record)
{
    struct ct_def_code code = {add_list(defs, record), (uint32_t)record->of};
    ct_buf_append(&defs->codes, &code, sizeof code);
}

bool ct_defs_add(struct ct_defs *defs, const struct ct_tape_record *record)
{
    switch (record->kind) {
    case CT_REC_PATH:
        add_name(defs, &defs->paths, record->text);
        break;
    case CT_REC_FUNCTION:
        add_function(defs, record);
        break;
    case CT_REC_NAME:
        add_name(defs, &defs->names, record->text);
        break;
    case CT_REC_CLASS:
        add_class(defs, record->text);
        break;
    case CT_REC_SHAPE:
        add_shape(defs, record);
        break;
    case CT_REC_CODE:
        add_code(defs, record);
        break;
    default:
        break;
    }
    return !is_failed(defs);
}

static struct ct_def_class *class_at(const struct ct_defs *defs, uint64_t id)
{
    return (struct ct_def_class *)(void *)defs->classes.data + id;
}

static struct ct_def_shape *shape_at(const struct ct_defs *defs, uint64_t id)
{
    return (struct ct_def_shape *)(void *)defs->shapes.data + id;
}

struct ct_text ct_defs_class_name(const struct ct_defs *defs, uint64_t class)
{
    return ct_defs_text(defs, class_at(defs, class)->name);
}

size_t ct_defs_shape_size(const struct ct_defs *defs, uint64_t shape)
{
    return shape_at(defs, shape)->fields.count;
}

uint32_t ct_defs_file_path(struct ct_defs *defs, struct ct_intern *intern,
                           uint64_t path)
{
    struct ct_def_name *entry = ct_defs_path(defs, path);
    if (entry->file_id == CT_NO_ID)
        entry->file_id = ct_intern_path(intern, ct_defs_text(defs, entry->text));
    return entry->file_id;
}

uint32_t ct_defs_file_function(struct ct_defs *defs, struct ct_intern *intern,
                               uint64_t function)
{
    struct ct_def_function *entry = ct_defs_function(defs, function);
    if (entry->file_id == CT_NO_ID) {
        uint32_t path_id = ct_defs_file_path(defs, intern, entry->path);
        entry->file_id = ct_intern_function(intern, path_id, entry->line,
                                            ct_defs_text(defs, entry->name));
    }
    return entry->file_id;
}

uint32_t ct_defs_file_name(struct ct_defs *defs, struct ct_intern *intern,
                           uint64_t name)
{
    struct ct_def_name *entry = ct_defs_name(defs, name);
    if (entry->file_id == CT_NO_ID)
        entry->file_id = ct_intern_name(intern, ct_defs_text(defs, entry->text));
    return entry->file_id;
}

uint32_t ct_defs_file_class(struct ct_defs *defs, struct ct_intern *intern,
                            uint64_t class, enum ct_def_class_kind kind)
{
    static const enum ct_type_kind kinds[CT_DEF_CLASS_KINDS] = {
        [CT_DEF_SEQ] = CT_KIND_SEQ,       [CT_DEF_SET] = CT_KIND_SET,
        [CT_DEF_INT] = CT_KIND_INT,       [CT_DEF_FLOAT] = CT_KIND_FLOAT,
        [CT_DEF_STRING] = CT_KIND_STRING, [CT_DEF_BOOL] = CT_KIND_BOOL,
        [CT_DEF_RAW] = CT_KIND_RAW,       [CT_DEF_TUPLE] = CT_KIND_TUPLE,
    };
    struct ct_def_class *entry = class_at(defs, class);
    if (entry->types[kind] == CT_NO_ID)
        entry->types[kind] =
            ct_intern_type(intern, kinds[kind], ct_defs_text(defs, entry->name));
    return entry->types[kind];
}

uint32_t ct_defs_file_shape(struct ct_defs *defs, struct ct_intern *intern,
                            uint64_t shape)
{
    struct ct_def_shape *entry = shape_at(defs, shape);
    if (entry->file_id != CT_NO_ID)
        return entry->file_id;
    const uint32_t *names = ct_defs_list(defs, entry->fields);
    ct_buf_clear(&defs->fields);
    for (size_t i = 0; i < entry->fields.count; i++) {
        struct ct_text name = ct_defs_text(defs, ct_defs_name(defs, names[i])->text);
        ct_buf_append(&defs->fields, &name, sizeof name);
    }
    if (defs->fields.failed) {
        intern->failed = true;
        return CT_NO_ID;
    }
    entry->file_id = ct_intern_struct(
        intern, ct_defs_class_name(defs, entry->class),
        (const struct ct_text *)(const void *)defs->fields.data, entry->fields.count);
    return entry->file_id;
}
