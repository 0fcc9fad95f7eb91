/* One string table a kind of definition. Where a definition is more than a text, its
 * key is made of its parts: fixed-size ones as they are, texts with their size. */
#include "trace/intern.h"

void ct_intern_fini(struct ct_intern *intern)
{
    ct_strtab_fini(&intern->paths);
    ct_strtab_fini(&intern->functions);
    ct_strtab_fini(&intern->types);
    ct_strtab_fini(&intern->names);
    ct_buf_fini(&intern->key);
}

/* The id of `key`; *is_new says that its definition must be written. */
static uint32_t add(struct ct_intern *intern, struct ct_strtab *table,
                    struct ct_text key, bool *is_new)
{
    uint32_t count = table->count;
    uint32_t id = intern->key.failed ? CT_NO_ID : ct_strtab_add(table, key);
    intern->failed |= id == CT_NO_ID;
    *is_new = table->count > count;
    return id;
}

static struct ct_text key_text(const struct ct_intern *intern)
{
    return (struct ct_text){(const char *)intern->key.data, intern->key.size};
}

static void key_append(struct ct_intern *intern, struct ct_text text)
{
    ct_buf_append(&intern->key, &text.size, sizeof text.size);
    ct_buf_append_text(&intern->key, text);
}

uint32_t ct_intern_path(struct ct_intern *intern, struct ct_text path)
{
    bool is_new;
    uint32_t id = add(intern, &intern->paths, path, &is_new);
    if (is_new)
        intern->writer->ops->path(intern->writer, path);
    return id;
}

uint32_t ct_intern_function(struct ct_intern *intern, uint32_t path_id, int64_t line,
                            struct ct_text name)
{
    bool is_new;
    ct_buf_clear(&intern->key);
    ct_buf_append(&intern->key, &path_id, sizeof path_id);
    ct_buf_append(&intern->key, &line, sizeof line);
    ct_buf_append_text(&intern->key, name);
    uint32_t id = add(intern, &intern->functions, key_text(intern), &is_new);
    if (is_new)
        intern->writer->ops->function(intern->writer, path_id, line, name);
    return id;
}

uint32_t ct_intern_name(struct ct_intern *intern, struct ct_text name)
{
    bool is_new;
    uint32_t id = add(intern, &intern->names, name, &is_new);
    if (is_new)
        intern->writer->ops->name(intern->writer, name);
    return id;
}

static uint32_t intern_type(struct ct_intern *intern, const struct ct_type *type)
{
    bool is_new;
    ct_buf_clear(&intern->key);
    ct_buf_append_byte(&intern->key, (uint8_t)type->kind);
    key_append(intern, type->lang_type);
    for (size_t i = 0; i < type->field_count; i++)
        key_append(intern, type->fields[i]);
    uint32_t id = add(intern, &intern->types, key_text(intern), &is_new);
    if (is_new)
        intern->writer->ops->type(intern->writer, type);
    return id;
}

uint32_t ct_intern_type(struct ct_intern *intern, enum ct_type_kind kind,
                        struct ct_text lang_type)
{
    struct ct_type type = {.kind = kind, .lang_type = lang_type};
    return intern_type(intern, &type);
}

uint32_t ct_intern_struct(struct ct_intern *intern, struct ct_text lang_type,
                          const struct ct_text *fields, size_t field_count)
{
    struct ct_type type = {
        .kind = CT_KIND_STRUCT,
        .lang_type = lang_type,
        .field_count = field_count,
        .fields = fields,
        .field_type = ct_intern_type(intern, CT_KIND_ANY, CT_TEXT("object")),
    };
    return intern_type(intern, &type);
}
