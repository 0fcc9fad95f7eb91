/* Asking where code comes from and what the filters say of it, once per code object. */
#include "py/recorder_code.h"

#include "py/failure.h"
#include "py/far_lines.h"
#include "py/filter_code.h"
#include "py/text.h"

#include <sys/stat.h>

/* Files of which it is said that their code is not recorded. */
#define CT_UNKNOWN_WARNINGS 20

/* ---- where it comes from -------------------------------------------------------- */

static bool is_module_body(PyCodeObject *code)
{
    return ct_text_equals(code->co_name, "<module>");
}

/* Whether `code`, running in `frame`, is the body of the main module, met for the first
 * time. */
static bool is_main_body(const struct ct_recorder *recorder, PyCodeObject *code,
                         struct ct_frame *frame)
{
    if (recorder->has_met_main || !is_module_body(code))
        return false;
    PyObject *globals = ct_frame_globals(frame);
    PyObject *name =
        globals != NULL && PyDict_Check(globals) && ct_dict_has_plain_keys(globals)
            ? ct_text_item(globals, "__name__")
            : NULL;
    return name != NULL && PyUnicode_Check(name) && ct_text_equals(name, "__main__");
}

/* Whether that is given by -c or on standard input. */
static bool is_synthetic(const struct ct_recorder *recorder, PyCodeObject *code)
{
    return recorder->main_filename != NULL &&
           ct_text_equals(code->co_filename, recorder->main_filename);
}

/* Where code comes from; false when its file has no name. */
static bool find_origin(const struct ct_recorder *recorder, PyCodeObject *code,
                        enum ct_origin *origin)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(code->co_filename);
    if (encoded == NULL) {
        PyErr_Clear();
        return false;
    }
    *origin = ct_scope_origin(&recorder->scope, PyBytes_AS_STRING(encoded));
    Py_DECREF(encoded);
    return true;
}

/* Whether code is in a file, or the program's own, so that the filters are asked. */
static bool is_in_question(const struct ct_recorder *recorder, PyCodeObject *code)
{
    enum ct_origin origin;
    return ct_code_table_is_adopted(code) ||
           (find_origin(recorder, code, &origin) &&
            (origin == CT_ORIGIN_FILE || origin == CT_ORIGIN_STDLIB));
}

/* ---- filters --------------------------------------------------------------------- */

void ct_recorder_write_filter_stats(struct ct_recorder *recorder, bool is_end)
{
    struct ct_filter *filter = recorder->filter;
    struct ct_thread *thread = recorder->threads.current;
    uint64_t total = ct_filter_total(&filter->stats);
    char text[CT_FILTER_STATS_SIZE];
    if (thread == NULL || thread->stream.header == NULL || total == filter->told ||
        (!is_end && total < 2 * filter->told))
        return;
    filter->told = total;
    ct_filter_stats_write(&filter->stats, text);
    ct_stream_fact(&thread->stream, CT_FACT_FILTER_STATS, ct_text_of(text));
}

/* Whether code would not be recorded if its names were known: the built-in filter, the
 * first of every chain, skips the standard library by its files. */
static bool is_skipped_anyway(const struct ct_recorder *recorder, PyCodeObject *code)
{
    enum ct_origin origin;
    return recorder->filter->chain.file_count == 1 &&
           find_origin(recorder, code, &origin) && origin == CT_ORIGIN_STDLIB;
}

/* Says once per file that code of it is not recorded, as its names are not known. */
static void warn_unknown(struct ct_recorder *recorder, PyCodeObject *code)
{
    struct ct_buf file = {0}, note = {0};
    struct ct_strtab *warned = &recorder->filter->warned;
    if (is_skipped_anyway(recorder, code))
        return;
    ct_text_append_all(&file, code->co_filename);
    uint32_t count = warned->count;
    if (!file.failed && count < CT_UNKNOWN_WARNINGS &&
        ct_strtab_add(warned, ct_buf_text(&file)) >= count) {
        ct_buf_append_text(&note, CT_TEXT("Code in "));
        ct_buf_append_text(&note, ct_buf_text(&file));
        ct_buf_append_text(&note,
                           CT_TEXT(" is not recorded: the name of its module cannot be "
                                   "determined, and a trace filter might hide it."));
        struct ct_thread *thread = recorder->threads.current;
        if (!note.failed && thread != NULL)
            ct_stream_fact(&thread->stream, CT_FACT_NOTE, ct_buf_text(&note));
    }
    ct_buf_fini(&file);
    ct_buf_fini(&note);
}

/* Whether a judgement lets code be recorded; marks the code if not. */
static bool is_allowed(struct ct_recorder *recorder, PyCodeObject *code, bool is_known,
                       const struct ct_judgement *judgement)
{
    if (is_known && judgement->verdict->exec == CT_EXEC_TRACE)
        return true;
    if (recorder->filter->is_out_of_memory) {
        ct_recorder_fail(recorder, "Internal", "ERR_TRACE_INCOMPLETE", "out of memory");
        return false;
    }
    bool was_marked = ct_code_table_skip(&recorder->codes, code);
    if (!is_known)
        warn_unknown(recorder, code);
    else if (!was_marked && judgement->verdict->exec_rule != CT_VERDICT_DEFAULT)
        recorder->filter->stats.scopes_skipped++;
    ct_recorder_write_filter_stats(recorder, false);
    return false;
}

bool ct_recorder_judge_generated(struct ct_recorder *recorder, PyCodeObject *code,
                                 const struct ct_class_place *place,
                                 PyTypeObject *owner, struct ct_judgement *judgement)
{
    if (ct_code_table_is_skipped(&recorder->codes, code))
        return false;
    struct ct_text path =
        ct_strtab_get(&recorder->codes.paths, (uint32_t)place->path_id);
    bool is_known =
        ct_filter_judge_generated(recorder->filter, code, owner, path, judgement);
    return is_allowed(recorder, code, is_known, judgement);
}

/* ---- entries ----------------------------------------------------------------------
 */

static struct ct_code *add_code(struct ct_recorder *recorder, PyCodeObject *code,
                                struct ct_frame *frame,
                                const struct ct_judgement *judgement)
{
    struct ct_stream *stream = &recorder->threads.current->stream;
    struct ct_code *entry =
        ct_code_table_add(&recorder->codes, stream, code, frame, judgement);
    if (entry == NULL)
        return NULL;
    if (ct_has_slow_lines())
        ct_far_lines_find(entry, frame);
    unsigned watch = entry->unit_lines == NULL ? CT_WATCH_LINES : CT_WATCH_INSTRUCTIONS;
    if (entry->has_loops)
        watch |= CT_WATCH_JUMPS;
    if (ct_monitoring_watch(&recorder->monitoring, code, watch) < 0)
        return NULL;
    return entry;
}

struct ct_code *ct_recorder_code(struct ct_recorder *recorder, PyCodeObject *code,
                                 struct ct_frame *frame, bool *is_skipped)
{
    *is_skipped = false;
    struct ct_code *entry = ct_code_table_find(code);
    if (entry != NULL)
        return entry;
    struct ct_judgement judgement;
    *is_skipped = true;
    if (ct_code_table_is_skipped(&recorder->codes, code))
        return NULL;
    bool is_main = is_main_body(recorder, code, frame);
    bool is_own = is_main && is_synthetic(recorder, code);
    if (is_own && ct_code_table_adopt(code) < 0)
        PyErr_Clear();
    if (!is_own && !is_in_question(recorder, code))
        return NULL;
    bool is_known = ct_filter_judge_code(recorder->filter, code,
                                         ct_frame_globals(frame), &judgement);
    if (!is_allowed(recorder, code, is_known, &judgement))
        return NULL;
    PyObject *globals = ct_frame_globals(frame);
    if (globals == NULL || !PyDict_Check(globals)) {
        ct_recorder_lack_globals(recorder);
        return NULL;
    }
    *is_skipped = false;
    entry = add_code(recorder, code, frame, &judgement);
    if (entry == NULL) {
        PyErr_Clear();
        return NULL;
    }
    entry->is_main = is_main;
    recorder->has_met_main |= is_main;
    return entry;
}

/* ---- activation ------------------------------------------------------------------ */

bool ct_recorder_is_activation(const struct ct_recorder *recorder, PyCodeObject *code)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(code->co_filename);
    struct stat info;
    bool is_same = encoded != NULL && stat(PyBytes_AS_STRING(encoded), &info) == 0 &&
                   info.st_dev == recorder->activation_device &&
                   info.st_ino == recorder->activation_inode;
    Py_XDECREF(encoded);
    PyErr_Clear();
    return is_same;
}

void ct_recorder_open_window(struct ct_recorder *recorder, PyCodeObject *code,
                             struct ct_frame *frame)
{
    recorder->window = CT_WINDOW_OPEN;
    recorder->activation_frame = frame;
    recorder->activation_code = code;
    if (ct_monitoring_restart(&recorder->monitoring) < 0)
        PyErr_Clear();
    bool is_skipped;
    ct_log_format(&recorder->log, CT_LOG_DEBUG, CT_LOG_ACTIVATION,
                  "the activation file is entered");
    if (ct_recorder_code(recorder, code, frame, &is_skipped) != NULL || !is_skipped)
        return;
    /* Its end has to be seen although it is not recorded. */
    recorder->holds_activation = true;
    Py_INCREF(code);
    if (ct_monitoring_watch(&recorder->monitoring, code, 0) < 0)
        PyErr_Clear();
}
