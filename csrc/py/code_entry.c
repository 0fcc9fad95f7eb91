/* Filling the entry of a code object: names, lines, path, variables.
 *
 * Done once per code object, at its first event; may allocate and read the source. */
#include "py/code_entry.h"

#include "py/code_scan.h"
#include "py/filter_code.h"
#include "py/line_plan.h"
#include "py/module_name.h"
#include "py/policy.h"
#include "py/text.h"

#include <stdlib.h>

#define CT_GENERATED_SUFFIX " (generated)" /* trace-formats.md 2.6: not in its file */

void ct_code_entry_free(struct ct_code *entry)
{
    free(entry->locals);
    free(entry->global_names);
    free(entry->global_values);
    free(entry->arg_slots);
    free(entry->name_ids);
    free(entry->mentions);
    ct_line_plans_free(entry);
    free(entry->unit_lines);
    free(entry->line_loops);
    free(entry->actions);
    free(entry);
}

static bool is_shown_local(const struct ct_code *entry, PyObject *name, int kind)
{
    if (PyUnicode_GET_LENGTH(name) > 0 && PyUnicode_READ_CHAR(name, 0) == '.')
        return false; /* the interpreter's own */
    return !entry->is_namespace || (kind & CT_KIND_HIDDEN) != 0;
}

/* The variables that lie in the frame, in the order of their slots. */
static bool find_locals(struct ct_code *entry, PyCodeObject *code)
{
    int count = code->co_nlocalsplus;
    const uint8_t *kinds = (const uint8_t *)PyBytes_AS_STRING(code->co_localspluskinds);
    entry->locals = calloc((size_t)count + 1, sizeof *entry->locals);
    if (entry->locals == NULL)
        return false;
    for (int i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, i);
        if (is_shown_local(entry, name, kinds[i]))
            entry->locals[entry->local_count++] = (struct ct_local){
                i, (kinds[i] & (CT_KIND_CELL | CT_KIND_FREE)) != 0, name};
    }
    return true;
}

int ct_code_slot_of_local(const struct ct_code *entry, int index)
{
    for (int slot = 0; slot < entry->local_count; slot++) {
        if (entry->locals[slot].index == index)
            return slot;
    }
    return -1;
}

int ct_code_slot_of_global(const struct ct_code *entry, PyObject *name)
{
    for (int i = 0; i < entry->global_count; i++) {
        if (entry->global_names[i] == name)
            return entry->local_count + i;
    }
    return -1;
}

/* Arguments lie in the frame as positional, keyword-only, *args, **kwargs; the
 * signature has *args before the keyword-only ones. */
static bool find_arguments(struct ct_code *entry, PyCodeObject *code)
{
    int positional = code->co_argcount, keyword = code->co_kwonlyargcount;
    int has_star = (code->co_flags & CO_VARARGS) != 0;
    int has_double = (code->co_flags & CO_VARKEYWORDS) != 0;
    int count = positional + keyword + has_star + has_double;
    entry->arg_slots = calloc((size_t)count + 1, sizeof *entry->arg_slots);
    if (entry->arg_slots == NULL)
        return false;
    for (int i = 0; i < count; i++) {
        int index = i;
        if (has_star && i == positional)
            index = positional + keyword;
        else if (has_star && i > positional && i <= positional + keyword)
            index = i - 1;
        int slot = ct_code_slot_of_local(entry, index);
        if (slot >= 0)
            entry->arg_slots[entry->arg_count++] = slot;
    }
    return true;
}

static bool has_global(const struct ct_code *entry, PyObject *name)
{
    for (int i = 0; i < entry->global_count; i++) {
        if (entry->global_names[i] == name)
            return true;
    }
    return false;
}

/* Walks over the instructions: finds the globals that a function's code mentions, and
 * whether it has loops. */
static bool scan(struct ct_code *entry, PyCodeObject *code, bool wants_globals)
{
    Py_ssize_t count = PyTuple_GET_SIZE(code->co_names);
    entry->global_names = calloc((size_t)count + 1, sizeof *entry->global_names);
    entry->global_values = calloc((size_t)count + 1, sizeof *entry->global_values);
    struct ct_code_walk walk;
    if (entry->global_names == NULL || entry->global_values == NULL ||
        ct_code_walk_begin(&walk, code) < 0)
        return false;
    struct ct_instruction instruction;
    while (ct_code_walk_next(&walk, &instruction)) {
        struct ct_mention mention = ct_instruction_mention(&instruction);
        entry->has_loops |= ct_instruction_is_loop(&instruction);
        if (!wants_globals || mention.kind != CT_MENTION_GLOBAL ||
            mention.first >= count)
            continue;
        PyObject *name = PyTuple_GET_ITEM(code->co_names, mention.first);
        if (!ct_text_is_dunder(name) && !has_global(entry, name))
            entry->global_names[entry->global_count++] = name;
    }
    ct_code_walk_end(&walk);
    return true;
}

static bool name_slots(struct ct_code_table *table, struct ct_stream *stream,
                       struct ct_code *entry)
{
    entry->slot_count = entry->local_count + entry->global_count;
    entry->name_ids = calloc((size_t)entry->slot_count + 1, sizeof *entry->name_ids);
    if (entry->name_ids == NULL)
        return false;
    for (int slot = 0; slot < entry->slot_count; slot++) {
        PyObject *name = slot < entry->local_count
                             ? entry->locals[slot].name
                             : entry->global_names[slot - entry->local_count];
        entry->name_ids[slot] = ct_names_id(table->names, stream, name);
        if (entry->name_ids[slot] == CT_ID_NONE)
            return false;
    }
    return true;
}

/* Finds the definition's line and the path its steps go to. */
static uint64_t place(struct ct_code_table *table, struct ct_stream *stream,
                      struct ct_code *entry, PyCodeObject *code)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(code->co_filename);
    if (encoded == NULL)
        return CT_ID_NONE;
    const char *file = PyBytes_AS_STRING(encoded);
    entry->line = code->co_firstlineno;
    if (PyUnicode_GET_LENGTH(code->co_name) > 0 &&
        PyUnicode_READ_CHAR(code->co_name, 0) != '<' &&
        !ct_text_equals(code->co_name, "__annotate__")) /* these have no decorators */
        entry->line =
            (int)ct_sources_definition_line(&table->sources, file, entry->line);
    struct ct_buf path = {0};
    ct_text_append_all(&path, code->co_filename);
    struct ct_text text = {(char *)path.data, path.size};
    uint64_t id = path.failed ? CT_ID_NONE : ct_code_table_path(table, stream, text);
    if (id != CT_ID_NONE) {
        if (table->path_lines[id] == CT_PATH_LINES_UNKNOWN)
            table->path_lines[id] = ct_sources_line_count(&table->sources, file);
        if (table->path_lines[id] >= 0 &&
            ct_code_highest_line(code) > table->path_lines[id]) {
            ct_buf_append_text(&path, CT_TEXT(CT_GENERATED_SUFFIX));
            text = (struct ct_text){(char *)path.data, path.size};
            id = path.failed ? CT_ID_NONE : ct_code_table_path(table, stream, text);
        }
    }
    ct_buf_fini(&path);
    Py_DECREF(encoded);
    return id;
}

/* `co_qualname`; a module's body goes by the module's name in angle brackets. */
static void append_function_name(struct ct_buf *out, PyCodeObject *code,
                                 struct ct_frame *frame, bool is_from_globals)
{
    if (!ct_text_equals(code->co_name, "<module>")) {
        ct_text_append_all(out, code->co_qualname);
        return;
    }
    PyObject *globals = ct_frame_globals(frame);
    PyObject *name = NULL;
    if (is_from_globals && globals != NULL && PyDict_Check(globals) &&
        ct_dict_has_plain_keys(globals))
        name = ct_text_item(globals, "__name__");
    ct_buf_append_byte(out, '<');
    if (name != NULL && PyUnicode_Check(name))
        ct_text_append_all(out, name);
    else
        ct_module_name_append(out, code->co_filename);
    ct_buf_append_byte(out, '>');
}

static bool write_records(struct ct_stream *stream, struct ct_code *entry,
                          struct ct_text name)
{
    size_t size = 1 + 3 * CT_VARINT_MAX + ct_stream_text_size(name) + 1 +
                  ((size_t)entry->slot_count + 3) * CT_VARINT_MAX;
    if (!ct_stream_reserve(stream, size))
        return false;
    *stream->cursor++ = CT_REC_FUNCTION;
    ct_stream_number(stream, entry->id);
    ct_stream_number(stream, entry->path_id);
    ct_stream_number(stream, ct_zigzag(entry->line));
    ct_stream_text(stream, name);
    *stream->cursor++ = CT_REC_CODE;
    ct_stream_number(stream, entry->id);
    ct_stream_number(stream, entry->id);
    ct_stream_number(stream, (uint64_t)entry->slot_count);
    for (int slot = 0; slot < entry->slot_count; slot++)
        ct_stream_number(stream, entry->name_ids[slot]);
    return true;
}

static bool fill(struct ct_code_table *table, struct ct_stream *stream,
                 struct ct_code *entry, PyCodeObject *code, struct ct_frame *frame,
                 const struct ct_class_place *class_place, PyTypeObject *owner,
                 const struct ct_judgement *judgement)
{
    entry->is_namespace = (code->co_flags & CO_OPTIMIZED) == 0;
    if (!find_locals(entry, code) || !find_arguments(entry, code))
        return false;
    bool wants_globals = !entry->is_namespace && table->globals_mode == CT_GLOBALS_USED;
    if (!scan(entry, code, wants_globals))
        return false;
    if (!name_slots(table, stream, entry) || !ct_filter_attach(entry, judgement))
        return false;
    struct ct_buf name = {0};
    if (class_place != NULL) {
        entry->path_id = class_place->path_id;
        entry->line = class_place->line;
        entry->is_generated = true;
        entry->has_plans = true; /* none: its steps are not on its own lines */
        ct_text_append_all(&name, ((PyHeapTypeObject *)owner)->ht_qualname);
        ct_buf_append_byte(&name, '.');
        PyObject *method = ct_generated_name(owner, code);
        ct_text_append_all(&name, method != NULL ? method : code->co_name);
    } else {
        entry->path_id = place(table, stream, entry, code);
        append_function_name(&name, code, frame, table->names_from_globals);
    }
    if (entry->path_id == CT_ID_NONE)
        name.failed = true;
    entry->id = table->next_id++;
    bool is_written =
        !name.failed &&
        write_records(stream, entry, (struct ct_text){(char *)name.data, name.size});
    ct_buf_fini(&name);
    return is_written;
}

struct ct_code *ct_code_entry_new(struct ct_code_table *table, struct ct_stream *stream,
                                  PyCodeObject *code, struct ct_frame *frame,
                                  const struct ct_class_place *class_place,
                                  PyTypeObject *owner,
                                  const struct ct_judgement *judgement)
{
    struct ct_code *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    entry->code = code;
    if (!fill(table, stream, entry, code, frame, class_place, owner, judgement)) {
        ct_code_entry_free(entry);
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return NULL;
    }
    return entry;
}

static int compare_lines(const void *a, const void *b)
{
    const struct ct_line_mention *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static void add_mention(struct ct_code *entry, int line, int slot, PyObject *name)
{
    if (line > 0 && (slot >= 0 || name != NULL))
        entry->mentions[entry->mention_count++] =
            (struct ct_line_mention){line, slot, name};
}

bool ct_code_find_mentions(struct ct_code *entry)
{
    struct ct_code_walk walk;
    if (entry->mentions != NULL)
        return true;
    if (ct_code_walk_begin(&walk, entry->code) < 0)
        return false;
    size_t units = (size_t)PyBytes_GET_SIZE(walk.bytes) / 2;
    entry->mentions = malloc((2 * units + 1) * sizeof *entry->mentions);
    struct ct_instruction instruction;
    PyObject *names = entry->code->co_names;
    while (entry->mentions != NULL && ct_code_walk_next(&walk, &instruction)) {
        struct ct_mention mention = ct_instruction_mention(&instruction);
        if (mention.kind == CT_MENTION_LOCAL) {
            add_mention(entry, instruction.line,
                        ct_code_slot_of_local(entry, mention.first), NULL);
            if (mention.second >= 0)
                add_mention(entry, instruction.line,
                            ct_code_slot_of_local(entry, mention.second), NULL);
        } else if (mention.kind != CT_MENTION_NONE &&
                   mention.first < PyTuple_GET_SIZE(names)) {
            PyObject *name = PyTuple_GET_ITEM(names, mention.first);
            add_mention(entry, instruction.line, ct_code_slot_of_global(entry, name),
                        name);
        }
    }
    ct_code_walk_end(&walk);
    if (entry->mentions == NULL)
        return false;
    qsort(entry->mentions, (size_t)entry->mention_count, sizeof *entry->mentions,
          compare_lines);
    return true;
}
