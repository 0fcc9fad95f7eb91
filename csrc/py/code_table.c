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

/* How many recordings there have been. An odd extra is a recording's mark on code that
 * its filter skips; those of earlier recordings say nothing. */
static uintptr_t recordings;

static bool is_mark(const void *extra)
{
    return extra == &adopted || ((uintptr_t)extra & 1) != 0;
}

static void unlink_entry(struct ct_code *entry)
{
    *entry->link = entry->next;
    if (entry->next != NULL)
        entry->next->link = entry->link;
}

/* CPython calls this when a code object dies or its extra is replaced. */
static void release_extra(void *extra)
{
    if (extra == NULL || is_mark(extra))
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

void ct_code_table_init(struct ct_code_table *table, struct ct_names *names,
                        int globals_mode)
{
    memset(table, 0, sizeof *table);
    table->names = names;
    ct_globals_init(&table->globals);
    table->globals_mode = globals_mode;
    table->skip_mark = 2 * ++recordings + 1;
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
    ct_globals_fini(&table->globals);
    ct_strtab_fini(&table->paths);
    ct_sources_fini(&table->sources);
    ct_class_places_fini(&table->classes);
    free(table->path_lines);
}

struct ct_code *ct_code_table_find(PyCodeObject *code)
{
    void *extra = get_extra(code);
    return is_mark(extra) ? NULL : extra;
}

/* Hangs a new entry on its code object. */
static struct ct_code *keep(struct ct_code_table *table, struct ct_code *entry)
{
    if (entry == NULL)
        return NULL;
    entry->next = table->first;
    if (entry->next != NULL)
        entry->next->link = &entry->next;
    entry->link = &table->first;
    table->first = entry;
    if (set_extra(entry->code, entry) == 0)
        return entry;
    unlink_entry(entry);
    ct_code_entry_free(entry);
    return NULL;
}

struct ct_code *ct_code_table_add(struct ct_code_table *table, struct ct_stream *stream,
                                  PyCodeObject *code, struct ct_frame *frame,
                                  const struct ct_judgement *judgement)
{
    struct ct_code *entry = keep(
        table, ct_code_entry_new(table, stream, code, frame, NULL, NULL, judgement));
    if (entry != NULL && entry->is_namespace &&
        !ct_text_equals(code->co_name, "<module>"))
        ct_class_places_add(&table->classes, frame, entry->path_id, entry->line);
    return entry;
}

struct ct_code *ct_code_table_add_generated(struct ct_code_table *table,
                                            struct ct_stream *stream,
                                            PyCodeObject *code, struct ct_frame *frame,
                                            const struct ct_class_place *place,
                                            PyTypeObject *owner,
                                            const struct ct_judgement *judgement)
{
    return keep(table,
                ct_code_entry_new(table, stream, code, frame, place, owner, judgement));
}

bool ct_code_table_is_skipped(const struct ct_code_table *table, PyCodeObject *code)
{
    return (uintptr_t)get_extra(code) == table->skip_mark;
}

bool ct_code_table_skip(struct ct_code_table *table, PyCodeObject *code)
{
    if (ct_code_table_is_skipped(table, code))
        return true;
    if (set_extra(code, (void *)table->skip_mark) < 0)
        PyErr_Clear();
    return false;
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
    return ct_names_define(stream, CT_REC_PATH, id, path) ? id : CT_ID_NONE;
}
