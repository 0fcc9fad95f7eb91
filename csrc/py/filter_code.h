/* Filters and code: what is decided once per code object, and done at its events.
 *
 * Called by recorder_code.c when a code object is met, and by the capture functions for
 * code that has something to hide. Needs an attached thread state, runs no Python code.
 */
#pragma once

#include "py/filter.h"
#include "py/thread.h"

/* What has been decided about code; borrowed from the filter. */
struct ct_judgement {
    struct ct_verdict *verdict;
    struct ct_verdict *module; /* on the module it lies in */
    enum ct_action return_action;
};

/* Decides about code whose globals are these; false if it must not be recorded because
 * a name cannot be determined. */
bool ct_filter_judge_code(struct ct_filter *filter, PyCodeObject *code,
                          PyObject *globals, struct ct_judgement *judgement);

/* The same for code that is generated for a class, whose body stands in the file (UTF-8
 * path as on the tape). */
bool ct_filter_judge_generated(struct ct_filter *filter, PyCodeObject *code,
                               PyTypeObject *owner, struct ct_text path,
                               struct ct_judgement *judgement);

/* Takes the judgement into the code's entry; false when memory is out. */
bool ct_filter_attach(struct ct_code *entry, const struct ct_judgement *judgement);

/* What happens to a name of the namespace, or of the globals, that code shows. */
enum ct_action ct_filter_name_action(const struct ct_code *entry, PyObject *name);

/* Replaces what is hidden of thread->values, which has `count` slots of the top frame's
 * code, of the first CT_PLAN_SLOTS only those in the mask `slots`; for a call (`kind`
 * CT_FILTER_ARGUMENT) or a step (CT_FILTER_LOCAL). */
void ct_filter_apply(struct ct_thread *thread, struct ct_shadow *top, int count,
                     uint64_t slots, enum ct_filter_kind kind);

/* Notes which slots are hidden, and in the plans which need to look behind that. */
void ct_filter_mark_plans(struct ct_code *entry);

/* What is to be encoded of a value that code returns or yields, or of the exception
 * that it is left by. */
PyObject *ct_filter_return(const struct ct_code *entry, PyObject *value);

/* What is to be encoded of the exception thrown into a frame. */
PyObject *ct_filter_thrown(const struct ct_code *entry, PyObject *exception);

/* What the encoder of a thread has to know of the code whose values come. */
static inline void ct_filter_begin(struct ct_thread *thread, const struct ct_code *code)
{
    thread->encoder.verdict = code->verdict;
    thread->encoder.keywords = NULL;
}
