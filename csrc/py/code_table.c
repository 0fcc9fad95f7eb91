/* The table of code objects: lookup, lifetime, and the ids of names and paths.
 *
 * How an entry is filled is in code_entry.c. */
#include "py/code_table.h"

#include "py/code_entry.h"
#include "py/text.h"

#include <stdlib.h>

/* The place in the extra slots of code objects. CPython has some 250 for the whole
 * interpreter and takes none back, so it is asked for once per process. */
static Py_ssize_t extra_index = -1;

/* Hangs on code objects that are the program's own although no entry exists yet. */
static const char adopted;

static void unlink_entry(struct ct_code *entry)
{
    *entry->link = entry->next;
    if (entry->next != NULL)
        entry->next->link = entry->link;
}

/* CPython calls this when a code object dies or its extra is replaced. */
static void release_extra(void *extra)
{
    if (extra == NULL || extra == &adopted)
        return;
    struct ct_code *entry = extra;
    entry->code = NULL;
    if (entry->open_frames > 0)
        return; /* freed with the table */
    unlink_entry(entry);
    ct_code_entry_free(entry);
}

static void *get_extra(PyCodeObject *code)
{
    void *extra = NULL;
    if (extra_index < 0 ||
        PyUnstable_Code_GetExtra((PyObject *)code, extra_index, &extra) < 0)
        return NULL;
    return extra;
}

static int set_extra(PyCodeObject *code, const void *extra)
{
    if (extra_index < 0)
        extra_index = PyUnstable_Eval_RequestCodeExtraIndex(release_extra);
    if (extra_index < 0) {
        PyErr_SetString(PyExc_RuntimeError, "no room in the extras of code objects");
        return -1;
    }
    return PyUnstable_Code_SetExtra((PyObject *)code, extra_index, (void *)extra);
}

void ct_code_table_init(struct ct_code_table *table, int globals_mode)
{
    memset(table, 0, sizeof *table);
    table->globals_mode = globals_mode;
    ct_sources_init(&table->sources);
}

void ct_code_table_fini(struct ct_code_table *table)
{
    while (table->first != NULL) {
        struct ct_code *entry = table->first;
        entry->open_frames = 0;
        if (entry->code != NULL && set_extra(entry->code, NULL) == 0)
            continue; /* release_extra has freed it */
        PyErr_Clear();
        unlink_entry(entry);
        ct_code_entry_free(entry);
    }
    ct_strtab_fini(&table->names);
    ct_strtab_fini(&table->paths);
    ct_sources_fini(&table->sources);
    free(table->path_lines);
}

struct ct_code *ct_code_table_find(PyCodeObject *code)
{
    void *extra = get_extra(code);
    return extra == &adopted ? NULL : extra;
}

struct ct_code *ct_code_table_add(struct ct_code_table *table, struct ct_stream *stream,
                                  PyCodeObject *code, struct ct_frame *frame)
{
    struct ct_code *entry = ct_code_entry_new(table, stream, code, frame);
    if (entry == NULL)
        return NULL;
    entry->next = table->first;
    if (entry->next != NULL)
        entry->next->link = &entry->next;
    entry->link = &table->first;
    table->first = entry;
    if (set_extra(code, entry) < 0) {
        unlink_entry(entry);
        ct_code_entry_free(entry);
        return NULL;
    }
    return entry;
}

int ct_code_table_adopt(PyCodeObject *code)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (!PyCode_Check(constant))
            continue;
        if (set_extra((PyCodeObject *)constant, &adopted) < 0 ||
            ct_code_table_adopt((PyCodeObject *)constant) < 0)
            return -1;
    }
    return 0;
}

bool ct_code_table_is_adopted(PyCodeObject *code)
{
    return get_extra(code) == &adopted;
}

/* Writes `tag id text`. */
static bool define(struct ct_stream *stream, enum ct_record tag, uint64_t id,
                   struct ct_text text)
{
    if (!ct_stream_reserve(stream, 1 + CT_VARINT_MAX + ct_stream_text_size(text)))
        return false;
    *stream->cursor++ = (uint8_t)tag;
    ct_stream_number(stream, id);
    ct_stream_text(stream, text);
    return true;
}

uint64_t ct_code_table_name(struct ct_code_table *table, struct ct_stream *stream,
                            PyObject *name)
{
    struct ct_buf buf = {0};
    struct ct_text text;
    if (PyUnicode_IS_ASCII(name)) {
        text =
            (struct ct_text){PyUnicode_DATA(name), (size_t)PyUnicode_GET_LENGTH(name)};
    } else {
        ct_text_append_all(&buf, name);
        text = (struct ct_text){(char *)buf.data, buf.size};
    }
    uint32_t count = table->names.count;
    uint32_t number = buf.failed ? CT_STRTAB_NONE : ct_strtab_add(&table->names, text);
    bool is_defined = number < count || (number != CT_STRTAB_NONE &&
                                         define(stream, CT_REC_NAME, number, text));
    ct_buf_fini(&buf);
    return is_defined ? number : CT_ID_NONE;
}

uint64_t ct_code_table_path(struct ct_code_table *table, struct ct_stream *stream,
                            struct ct_text path)
{
    uint32_t count = table->paths.count;
    uint32_t id = ct_strtab_add(&table->paths, path);
    if (id == CT_STRTAB_NONE)
        return CT_ID_NONE;
    if (id < count)
        return id;
    if (table->paths.count > table->path_capacity) {
        size_t capacity = table->path_capacity == 0 ? 64 : table->path_capacity * 2;
        int64_t *lines = realloc(table->path_lines, capacity * sizeof *lines);
        if (lines == NULL)
            return CT_ID_NONE;
        table->path_lines = lines;
        table->path_capacity = capacity;
    }
    table->path_lines[id] = CT_PATH_LINES_UNKNOWN;
    return define(stream, CT_REC_PATH, id, path) ? id : CT_ID_NONE;
}
