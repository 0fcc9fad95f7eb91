/* Failing, dropping, keeping; the order of the steps at the end of a recording.
 *
 * Called by callbacks.c at an event, by module.c and process.c at the end. Whatever
 * happens here, the program's data and exceptions stay as they are, but for the one
 * error that the policy `abort` asks for. */
#include "py/failure.h"

#include "py/text.h"
#include "tape/handover.h"
#include "trace/conclude.h"
#include "trace/files.h"

#include <stdlib.h>
#include <unistd.h>

static const struct stage {
    const char *name;
    enum ct_stage stage;
} stages[] = {
    {"py_start", CT_STAGE_START},        {"line", CT_STAGE_LINE},
    {"finish", CT_STAGE_FINISH},         {"suppress-events", CT_STAGE_SUPPRESS},
    {"target-args", CT_STAGE_ARGUMENTS}, {"panic", CT_STAGE_PANIC},
    {"frame", CT_STAGE_FRAME},           {"globals", CT_STAGE_GLOBALS},
    {"positional", CT_STAGE_POSITIONAL}, {"keyword", CT_STAGE_KEYWORD},
};

enum ct_stage ct_failure_stage(void)
{
    const char *name = getenv("CODETRACER_TEST_INJECT_FAILURE");
    for (size_t i = 0; name != NULL && i < Py_ARRAY_LENGTH(stages); i++) {
        if (strcmp(stages[i].name, name) == 0)
            return stages[i].stage;
    }
    return CT_STAGE_NONE;
}

PyObject *ct_failure_class(const struct ct_errors *errors, const char *kind)
{
    switch (kind[0]) {
    case 'U':
        return errors->usage_error;
    case 'E':
        return errors->environment_error;
    case 'T':
        return errors->target_error;
    default:
        return errors->internal_error;
    }
}

/* ---- at an event ----------------------------------------------------------------- */

/* The tape ends where the recorder failed. */
static void keep(struct ct_recorder *recorder, const char *text)
{
    char note[400];
    int n = snprintf(note, sizeof note, "The recording ended before the program: %s.",
                     text);
    size_t size = (size_t)n < sizeof note ? (size_t)n : sizeof note - 1;
    ct_tape_end(&recorder->tape, CT_END_RECORDER_ERROR, CT_EXIT_DISABLED, 0,
                (struct ct_text){note, size});
}

/* Removes the tape. A helper that writes the trace already is to come to its end
 * first, so that nothing appears behind us. */
static void remove_tape(struct ct_recorder *recorder)
{
    struct ct_error ignored;
    int fd = -1;
    if (ct_output_take(recorder->directory, false, &fd, &ignored) == CT_OUTPUT_BUSY) {
        keep(recorder, "dropped");
        if (ct_conclude(recorder->directory, &recorder->tape, &recorder->log.report,
                        &ignored) == CT_OK)
            return;
    }
    ct_tape_remove(recorder->tape.folder);
    ct_files_discard(recorder->directory, CT_FILE_JSON);
    ct_files_discard(recorder->directory, CT_FILE_BINARY);
    ct_output_release(fd);
}

/* A dropped trace leaves its directory without any trace in it, an old one either. */
static void drop(struct ct_recorder *recorder)
{
    static const char *const names[] = {CT_FILE_METADATA, CT_FILE_PATHS, CT_FILE_JSON,
                                        CT_FILE_BINARY};
    char path[CT_PATH_SIZE];
    remove_tape(recorder);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
        int n = snprintf(path, sizeof path, "%s/%s", recorder->directory, names[i]);
        if (n > 0 && (size_t)n < sizeof path)
            unlink(path);
    }
}

void ct_recorder_fail(struct ct_recorder *recorder, const char *kind, const char *code,
                      const char *text)
{
    if (recorder->has_failed)
        return;
    recorder->has_failed = true;
    recorder->failure_kind = kind;
    recorder->failure_code = code;
    snprintf(recorder->failure_text, sizeof recorder->failure_text, "%s", text);
    recorder->is_error_due = recorder->policy.on_recorder_error == CT_ON_ERROR_ABORT;
    ct_recorder_detach(recorder);
    if (recorder->policy.keep_partial_trace)
        keep(recorder, text);
    else
        drop(recorder);
    ct_log_failure(
        &recorder->log,
        &(struct ct_failure){.code = code, .kind = kind, .message = ct_text_of(text)});
}

void ct_recorder_lack_frame(struct ct_recorder *recorder)
{
    ct_recorder_fail(recorder, "Environment", "ERR_FRAME_INTROSPECTION_FAILED",
                     "the interpreter does not give the frame that runs");
}

void ct_recorder_lack_globals(struct ct_recorder *recorder)
{
    ct_recorder_fail(recorder, "Environment", "ERR_GLOBALS_INTROSPECTION_FAILED",
                     "the globals of the frame that runs are no dict");
}

/* Whether callers give this argument by its name alone. In a frame *args comes behind
 * these. */
static bool is_keyword(const PyCodeObject *code, int index)
{
    int first = code->co_argcount, star = first + code->co_kwonlyargcount;
    bool is_star = (code->co_flags & CO_VARARGS) != 0 && index == star;
    return index >= first && !is_star;
}

void ct_recorder_lack_argument(struct ct_recorder *recorder,
                               const struct ct_code *entry, int slot)
{
    const struct ct_local *argument = &entry->locals[slot];
    bool is_by_name = is_keyword(entry->code, argument->index);
    struct ct_buf text = {0};
    ct_buf_append_text(&text, CT_TEXT("the argument '"));
    ct_text_append_all(&text, argument->name);
    ct_buf_append_text(&text, CT_TEXT("' of "));
    ct_text_append_all(&text, entry->code->co_qualname);
    ct_buf_append_text(&text, CT_TEXT(" is not bound when the function starts"));
    ct_buf_append_byte(&text, '\0');
    ct_recorder_fail(recorder, "Target",
                     is_by_name ? "ERR_MISSING_KEYWORD_ARG"
                                : "ERR_MISSING_POSITIONAL_ARG",
                     text.failed ? "out of memory" : (const char *)text.data);
    ct_buf_fini(&text);
}

void ct_recorder_lose(struct ct_recorder *recorder)
{
    if (!atomic_load(&recorder->tape.failed) ||
        recorder->tape.error.status == CT_ERR_MEMORY) {
        ct_recorder_fail(recorder, "Internal", "ERR_TRACE_INCOMPLETE", "out of memory");
        return;
    }
    ct_recorder_tell_loss(recorder);
    ct_recorder_detach(recorder);
}

PyObject *ct_recorder_raise(struct ct_recorder *recorder, PyObject *cause)
{
    recorder->is_error_due = false;
    ct_raise(ct_failure_class(recorder->errors, recorder->failure_kind),
             recorder->failure_code, "%s", recorder->failure_text);
    if (cause != NULL) {
        PyObject *raised = PyErr_GetRaisedException();
        if (raised != cause)
            PyException_SetContext(raised, Py_NewRef(cause));
        PyErr_SetRaisedException(raised);
    }
    return NULL;
}

void ct_recorder_report(struct ct_recorder *recorder)
{
    recorder->is_error_due = false;
    ct_log_say_end(&recorder->log, recorder->failure_code, recorder->failure_text);
}

/* ---- at the end ------------------------------------------------------------------ */

static bool is_bad(struct ct_ending *ending, const char *kind, const char *code,
                   const char *text)
{
    ending->kind = kind;
    ending->code = code;
    snprintf(ending->text, sizeof ending->text, "%s", text);
    return false;
}

/* The files of a recording that has come to its end. */
static bool make_files(struct ct_recorder *recorder, enum ct_end_reason reason,
                       enum ct_end_exit exit, int64_t code, struct ct_ending *ending)
{
    struct ct_error error;
    if (ct_recorder_finish(recorder, reason, exit, code, &error) != CT_OK)
        return error.status == CT_ERR_IO
                   ? is_bad(ending, "Environment", "ERR_IO", error.text)
                   : is_bad(ending, "Internal", "ERR_TRACE_INCOMPLETE", error.text);
    bool is_empty = recorder->codes.next_id == 0; /* no code was ever entered */
    if (recorder->policy.require_trace && is_empty && !recorder->has_failed) {
        drop(recorder);
        return is_bad(ending, "Usage", "ERR_TRACE_MISSING",
                      "recorder policy requires a trace but no events were recorded");
    }
    ct_log_format(&recorder->log, CT_LOG_INFO, CT_LOG_SESSION, "wrote the trace in %s",
                  recorder->directory);
    return true;
}

bool ct_recorder_end(struct ct_recorder *recorder, enum ct_end_reason reason,
                     enum ct_end_exit exit, int64_t code, struct ct_ending *ending)
{
    static const char injected[] = "test-injected failure at finish";
    *ending = (struct ct_ending){0};
    bool keeps = recorder->policy.keep_partial_trace;
    if (recorder->has_failed && !keeps)
        return true;
    if (recorder->inject != CT_STAGE_FINISH || recorder->has_failed)
        return make_files(recorder, reason, exit, code, ending);
    recorder->has_failed = true;
    if (!keeps)
        drop(recorder);
    else {
        keep(recorder, injected);
        if (!make_files(recorder, reason, exit, code, ending))
            return false;
    }
    return is_bad(ending, "Internal", "ERR_TRACE_INCOMPLETE", injected);
}

bool ct_recorder_spoils_status(const struct ct_recorder *recorder,
                               const struct ct_ending *ending)
{
    if (ending->code != NULL && strcmp(ending->code, "ERR_TRACE_MISSING") == 0)
        return true;
    bool is_bad_end =
        ending->code != NULL || recorder->has_failed || recorder->has_told_loss;
    return is_bad_end && recorder->policy.on_recorder_error == CT_ON_ERROR_ABORT;
}
