/* Replacing hidden values, and the exceptions among them. */
#include "py/filter_value.h"

#include "py/class_table.h"
#include "py/code_table.h"
#include "py/filter_code.h"
#include "py/text.h"

const PyObject ct_hidden_values[2] = {PyObject_HEAD_INIT(&PyBaseObject_Type)
                                          PyObject_HEAD_INIT(&PyBaseObject_Type)};

void ct_filter_count(struct ct_filter *filter, enum ct_filter_kind kind,
                     enum ct_action action)
{
    if (action == CT_ACTION_DROP)
        filter->stats.value_drops[kind]++;
    else if (action == CT_ACTION_REDACT)
        filter->stats.value_redactions[kind]++;
}

/* ---- fields and keys ------------------------------------------------------------ */

static PyObject *hide(struct ct_filter *filter, enum ct_action action, PyObject *value)
{
    if (action == CT_ACTION_ALLOW)
        return value;
    ct_filter_count(filter, CT_FILTER_ATTRIBUTE, action);
    return action == CT_ACTION_DROP ? NULL : ct_hidden_value(action);
}

static bool is_name(PyObject *object)
{
    return PyUnicode_Check(object) || PyBytes_Check(object);
}

PyObject *ct_filter_new_field(struct ct_verdict *fields, PyObject *name,
                              PyObject *value)
{
    if (!is_name(name))
        return value;
    return hide(fields->filter, ct_verdict_action(fields, CT_FILTER_ATTRIBUTE, name),
                value);
}

static enum ct_action key_action(struct ct_encoder *encoder, const PyObject *dict,
                                 PyObject *key)
{
    struct ct_verdict *fields = ct_encoder_fields(encoder);
    enum ct_action action = CT_ACTION_ALLOW;
    if (!is_name(key))
        return action;
    if (fields != NULL)
        action = ct_verdict_action(fields, CT_FILTER_ATTRIBUTE, key);
    if (encoder->keywords == dict) {
        struct ct_verdict *verdict = encoder->verdict;
        action =
            ct_stricter(action, ct_verdict_action(verdict, CT_FILTER_ARGUMENT, key));
        action = ct_stricter(action, ct_verdict_action(verdict, CT_FILTER_LOCAL, key));
    }
    return action;
}

PyObject *ct_filter_new_key(struct ct_encoder *encoder, const PyObject *dict,
                            PyObject *key, PyObject *value)
{
    return hide(encoder->verdict->filter, key_action(encoder, dict, key), value);
}

Py_ssize_t ct_filter_dropped_keys(struct ct_encoder *encoder, PyObject *dict,
                                  Py_ssize_t shown)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0, dropped = 0;
    while (shown-- > 0 && PyDict_Next(dict, &pos, &key, &value))
        dropped += key_action(encoder, dict, key) == CT_ACTION_DROP;
    return dropped;
}

/* ---- exceptions ----------------------------------------------------------------- */

static struct ct_text text_of(struct ct_buf *buf, PyObject *str)
{
    if (str != NULL && PyUnicode_Check(str))
        ct_text_append_all(buf, str);
    return ct_buf_text(buf);
}

/* Whether the values of code that is not recorded are hidden. */
static bool hides_code(struct ct_filter *filter, PyTracebackObject *traceback,
                       PyCodeObject *code)
{
    PyObject *globals = PyFrame_GetGlobals(traceback->tb_frame);
    struct ct_judgement judgement;
    bool is_known = ct_filter_judge_code(filter, code, globals, &judgement);
    Py_DECREF(globals);
    return !is_known || judgement.verdict->action != CT_ACTION_ALLOW;
}

static bool has_hiding_code(struct ct_filter *filter, PyObject *exception)
{
    PyObject *traceback = ((PyBaseExceptionObject *)exception)->traceback;
    while (traceback != NULL && PyTraceBack_Check(traceback)) {
        PyTracebackObject *entry = (PyTracebackObject *)traceback;
        PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
        const struct ct_code *known = ct_code_table_find(code);
        bool hides = known != NULL
                         ? known->hides_exceptions
                         : filter->hides_scopes && hides_code(filter, entry, code);
        Py_DECREF(code); /* the frame holds it */
        if (hides)
            return true;
        traceback = (PyObject *)entry->tb_next;
    }
    return false;
}

/* Whether values are hidden in the scope that a class's name stands for. */
static bool hides_class(struct ct_filter *filter, PyTypeObject *type)
{
    struct ct_buf module = {0}, qualname = {0};
    struct ct_place_source source = {
        .module = text_of(&module, ct_class_dict_item(type, "__module__")),
        .qualname = text_of(&qualname, ((PyHeapTypeObject *)type)->ht_qualname),
    };
    const struct ct_verdict *verdict = NULL;
    if (ct_place_set(&filter->place, &filter->files, &source))
        verdict = ct_filter_judge(filter, false);
    ct_buf_fini(&module);
    ct_buf_fini(&qualname);
    return verdict == NULL || verdict->action != CT_ACTION_ALLOW;
}

bool ct_filter_hides_exception(struct ct_filter *filter, PyObject *exception)
{
    if (!PyExceptionInstance_Check(exception))
        return false;
    if (has_hiding_code(filter, exception))
        return true;
    PyObject *mro = Py_TYPE(exception)->tp_mro;
    for (Py_ssize_t i = 0;
         filter->hides_scopes && mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE) && hides_class(filter, base))
            return true;
    }
    return false;
}

/* Exceptions looked at for one report. */
#define CT_REPORT_MAX 256

static bool hides_report(struct ct_filter *filter, PyObject *exception, int *budget)
{
    while (exception != NULL && PyExceptionInstance_Check(exception)) {
        if (--*budget < 0 || ct_filter_hides_exception(filter, exception))
            return true;
        const PyBaseExceptionObject *base = (PyBaseExceptionObject *)exception;
        if (PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_BaseExceptionGroup)) {
            PyObject *members = ((PyBaseExceptionGroupObject *)exception)->excs;
            Py_ssize_t count =
                members != NULL && PyTuple_Check(members) ? Py_SIZE(members) : 0;
            for (Py_ssize_t i = 0; i < count; i++) {
                if (hides_report(filter, PyTuple_GET_ITEM(members, i), budget))
                    return true;
            }
        }
        exception = base->cause != NULL      ? base->cause
                    : base->suppress_context ? NULL
                                             : base->context;
    }
    return false;
}

bool ct_filter_hides_report(struct ct_filter *filter, PyObject *exception)
{
    int budget = CT_REPORT_MAX;
    return hides_report(filter, exception, &budget);
}
