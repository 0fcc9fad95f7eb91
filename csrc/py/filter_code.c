/* Judging code and hiding what lies in its frames. */
#include "py/filter_code.h"

#include "py/filter_value.h"
#include "py/generated.h"
#include "py/line_plan.h"
#include "py/text.h"

#include <stdlib.h>

/* ---- judging -------------------------------------------------------------------- */

/* The value of an exact str key, whatever the other keys are; borrowed or NULL. */
static PyObject *find_item(PyObject *dict, const char *key)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    if (dict == NULL || !PyDict_Check(dict))
        return NULL;
    if (ct_dict_has_plain_keys(dict))
        return ct_text_item(dict, key);
    while (PyDict_Next(dict, &pos, &name, &value)) {
        if (PyUnicode_CheckExact(name) && ct_text_equals(name, key))
            return value;
    }
    return NULL;
}

static struct ct_text text_of(struct ct_buf *buf, PyObject *str)
{
    if (str != NULL && PyUnicode_Check(str))
        ct_text_append_all(buf, str);
    return ct_buf_text(buf);
}

/* False, with the filter told, when memory is out. */
static bool set_place(struct ct_filter *filter, const struct ct_place_source *source)
{
    bool is_set = ct_place_set(&filter->place, &filter->files, source);
    filter->is_out_of_memory |= !is_set || filter->files.is_out_of_memory;
    return is_set && !filter->files.is_out_of_memory;
}

/* Judges what is found at `source`, and the module it lies in. */
static bool judge(struct ct_filter *filter, struct ct_place_source *source,
                  bool is_program, struct ct_judgement *judgement)
{
    if (!set_place(filter, source))
        return false;
    judgement->verdict = ct_filter_judge(filter, is_program);
    if (judgement->verdict == NULL)
        return false;
    judgement->module = judgement->verdict;
    judgement->return_action = CT_ACTION_DROP;
    if (judgement->verdict->exec == CT_EXEC_SKIP)
        return true; /* nobody asks for more */
    judgement->return_action = ct_verdict_return(judgement->verdict);
    source->qualname = source->bare = CT_TEXT("<module>");
    if (!set_place(filter, source))
        return false;
    judgement->module = ct_filter_judge(filter, is_program);
    return judgement->module != NULL;
}

bool ct_filter_judge_code(struct ct_filter *filter, PyCodeObject *code,
                          PyObject *globals, struct ct_judgement *judgement)
{
    PyObject *file = PyUnicode_EncodeFSDefault(code->co_filename);
    if (file == NULL) {
        PyErr_Clear();
        return false;
    }
    struct ct_buf module = {0}, qualname = {0}, bare = {0};
    PyObject *name = find_item(globals, "__name__");
    struct ct_place_source source = {
        .file = PyBytes_AS_STRING(file),
        .origin = ct_scope_origin(filter->scope, PyBytes_AS_STRING(file)),
        .module = text_of(&module, name),
        .has_no_module = globals != NULL && name == NULL,
        .qualname = text_of(&qualname, code->co_qualname),
        .bare = text_of(&bare, code->co_name),
    };
    bool is_program = ct_scope_is_program(filter->scope, source.file);
    bool is_read = !module.failed && !qualname.failed && !bare.failed;
    filter->is_out_of_memory |= !is_read;
    bool is_known = is_read && judge(filter, &source, is_program, judgement);
    ct_buf_fini(&module);
    ct_buf_fini(&qualname);
    ct_buf_fini(&bare);
    Py_DECREF(file);
    return is_known;
}

bool ct_filter_judge_generated(struct ct_filter *filter, PyCodeObject *code,
                               PyTypeObject *owner, struct ct_text path,
                               struct ct_judgement *judgement)
{
    struct ct_buf file = {0}, module = {0}, qualname = {0}, bare = {0};
    PyObject *method = ct_generated_name(owner, code);
    ct_buf_append_text(&file, path);
    ct_buf_append_byte(&file, 0);
    text_of(&module, find_item(owner->tp_dict, "__module__"));
    text_of(&qualname, ((PyHeapTypeObject *)owner)->ht_qualname);
    text_of(&bare, method != NULL ? method : code->co_name);
    ct_buf_append_byte(&qualname, '.');
    ct_buf_append_text(&qualname, ct_buf_text(&bare));
    bool is_known = !file.failed && !module.failed && !qualname.failed && !bare.failed;
    filter->is_out_of_memory |= !is_known;
    if (is_known) {
        const char *name = (const char *)file.data;
        struct ct_place_source source = {
            .file = name,
            .origin = ct_scope_origin(filter->scope, name),
            .module = ct_buf_text(&module),
            .qualname = ct_buf_text(&qualname),
            .bare = ct_buf_text(&bare),
        };
        is_known =
            judge(filter, &source, ct_scope_is_program(filter->scope, name), judgement);
    }
    ct_buf_fini(&file);
    ct_buf_fini(&module);
    ct_buf_fini(&qualname);
    ct_buf_fini(&bare);
    return is_known;
}

/* ---- code entries --------------------------------------------------------------- */

static bool is_argument(const struct ct_code *entry, int slot)
{
    for (int i = 0; i < entry->arg_count; i++) {
        if (entry->arg_slots[i] == slot)
            return true;
    }
    return false;
}

/* A module's names are its locals, and globals elsewhere: the stricter holds. */
static enum ct_action module_action(struct ct_verdict *verdict, PyObject *name)
{
    return ct_stricter(ct_verdict_action(verdict, CT_FILTER_LOCAL, name),
                       ct_verdict_action(verdict, CT_FILTER_GLOBAL, name));
}

static enum ct_action global_action(const struct ct_code *entry, PyObject *name)
{
    return ct_stricter(module_action(entry->verdict, name),
                       module_action(entry->module_verdict, name));
}

enum ct_action ct_filter_name_action(const struct ct_code *entry, PyObject *name)
{
    if (entry->is_namespace && !entry->is_module)
        return ct_verdict_action(entry->verdict, CT_FILTER_LOCAL, name);
    return global_action(entry, name);
}

static enum ct_action slot_action(const struct ct_code *entry, int slot)
{
    if (slot >= entry->local_count)
        return global_action(entry, entry->global_names[slot - entry->local_count]);
    PyObject *name = entry->locals[slot].name;
    enum ct_action action = ct_verdict_action(entry->verdict, CT_FILTER_LOCAL, name);
    if (is_argument(entry, slot))
        action = ct_stricter(
            action, ct_verdict_action(entry->verdict, CT_FILTER_ARGUMENT, name));
    return action;
}

/* The slot of `**kwargs`, the last argument, if its keys may be hidden as arguments. */
static int keywords_slot(const struct ct_code *entry)
{
    if ((entry->code->co_flags & CO_VARKEYWORDS) == 0 || entry->arg_count == 0 ||
        !(entry->verdict->hides[CT_FILTER_ARGUMENT] ||
          entry->verdict->hides[CT_FILTER_LOCAL]))
        return -1;
    return entry->arg_slots[entry->arg_count - 1];
}

bool ct_filter_attach(struct ct_code *entry, const struct ct_judgement *judgement)
{
    entry->verdict = judgement->verdict;
    entry->module_verdict = judgement->module;
    entry->is_module = ct_text_equals(entry->code->co_name, "<module>");
    entry->return_action = (uint8_t)judgement->return_action;
    entry->hides_exceptions = judgement->return_action != CT_ACTION_ALLOW ||
                              judgement->verdict->action != CT_ACTION_ALLOW;
    entry->keywords_slot = keywords_slot(entry);
    entry->is_filtered = entry->keywords_slot >= 0;
    entry->actions = calloc((size_t)entry->slot_count + 1, 1);
    if (entry->actions == NULL)
        return false;
    for (int slot = 0; slot < entry->slot_count; slot++) {
        entry->actions[slot] = (uint8_t)slot_action(entry, slot);
        if (entry->actions[slot] == CT_ACTION_ALLOW)
            continue;
        entry->is_filtered = true;
        entry->hidden_slots |= slot < CT_PLAN_SLOTS ? ct_slot_bit(slot) : 0;
    }
    return true;
}

void ct_filter_mark_plans(struct ct_code *entry)
{
    uint64_t hidden = entry->hidden_slots & entry->local_slots;
    for (int i = 0; i < entry->plan_count; i++) {
        struct ct_line_plan *plan = &entry->plans[i];
        uint64_t asked = plan->asked | plan->loads | plan->stores | plan->loop_slots;
        plan->needs_values |= (asked & hidden) != 0;
    }
}

/* ---- events --------------------------------------------------------------------- */

/* Counts a variable that is hidden, once for each frame. */
static void count_slot(struct ct_thread *thread, struct ct_shadow *top, int slot,
                       enum ct_action action)
{
    struct ct_slot *seen = &thread->slots[top->slots_start + (uint32_t)slot];
    if (seen->is_hidden)
        return;
    seen->is_hidden = true;
    ct_filter_count(top->code->verdict->filter,
                    slot < top->code->local_count ? CT_FILTER_LOCAL : CT_FILTER_GLOBAL,
                    action);
}

void ct_filter_apply(struct ct_thread *thread, struct ct_shadow *top, int count,
                     uint64_t slots, enum ct_filter_kind kind)
{
    const struct ct_code *code = top->code;
    for (int slot = 0; slot < count; slot++) {
        enum ct_action action = (enum ct_action)code->actions[slot];
        if (action == CT_ACTION_ALLOW || thread->values[slot] == NULL ||
            (slot < CT_PLAN_SLOTS && (slots >> slot & 1) == 0))
            continue;
        if (kind == CT_FILTER_LOCAL)
            count_slot(thread, top, slot, action);
        else if (is_argument(code, slot))
            ct_filter_count(code->verdict->filter, kind, action);
        thread->values[slot] =
            action == CT_ACTION_DROP ? NULL : ct_hidden_value(action);
    }
    if (code->keywords_slot >= 0)
        thread->encoder.keywords = thread->values[code->keywords_slot];
}

PyObject *ct_filter_return(const struct ct_code *entry, PyObject *value)
{
    enum ct_action action = (enum ct_action)entry->return_action;
    if (action == CT_ACTION_ALLOW)
        return value;
    ct_filter_count(entry->verdict->filter, CT_FILTER_RETURN, action);
    return ct_hidden_value(action);
}

PyObject *ct_filter_thrown(const struct ct_code *entry, PyObject *exception)
{
    struct ct_verdict *verdict = entry->verdict;
    PyObject *name = PyUnicode_FromString("exception");
    enum ct_action action = CT_ACTION_DROP;
    if (name == NULL)
        PyErr_Clear();
    else
        action = ct_verdict_action(verdict, CT_FILTER_ARGUMENT, name);
    Py_XDECREF(name);
    if (action == CT_ACTION_ALLOW)
        return exception;
    ct_filter_count(verdict->filter, CT_FILTER_ARGUMENT, action);
    return action == CT_ACTION_DROP ? NULL : ct_hidden_value(action);
}
