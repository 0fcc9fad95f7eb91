/* Taking a marshalled chain apart; every part is checked. */
#include "py/filter_chain.h"

#include "py/text.h"

#include <marshal.h>
#include <stdlib.h>

/* Item `i` of a tuple if it is of the type, else NULL with an exception set. */
static PyObject *item(PyObject *tuple, Py_ssize_t i, PyTypeObject *type)
{
    PyObject *object = NULL;
    if (PyTuple_CheckExact(tuple) && i < PyTuple_GET_SIZE(tuple))
        object = PyTuple_GET_ITEM(tuple, i);
    if (object != NULL && Py_IS_TYPE(object, type))
        return object;
    PyErr_SetString(PyExc_ValueError, "bad filter chain");
    return NULL;
}

/* A number low … high-1 into *out; -1 with an exception set. */
static int number(PyObject *tuple, Py_ssize_t i, int low, int high, int *out)
{
    PyObject *object = item(tuple, i, &PyLong_Type);
    if (object == NULL)
        return -1;
    int overflow;
    long value = PyLong_AsLongAndOverflow(object, &overflow);
    if (overflow != 0 || value < low || value >= high) {
        PyErr_SetString(PyExc_ValueError, "bad filter chain");
        return -1;
    }
    *out = (int)value;
    return 0;
}

static int load_pattern(struct ct_pattern *pattern, PyObject *tuple, Py_ssize_t i)
{
    PyObject *parts = item(tuple, i, &PyTuple_Type);
    int mode;
    if (parts == NULL || number(parts, 0, 0, 3, &mode) < 0)
        return -1;
    PyObject *needle = item(parts, 1, &PyBytes_Type);
    PyObject *program = needle == NULL ? NULL : item(parts, 2, &PyBytes_Type);
    if (program == NULL)
        return -1;
    struct ct_text text = {PyBytes_AS_STRING(needle), (size_t)PyBytes_GET_SIZE(needle)};
    if (ct_pattern_init(pattern, mode, text, PyBytes_AS_STRING(program),
                        (size_t)PyBytes_GET_SIZE(program)))
        return 0;
    if (pattern->memory == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyErr_SetString(PyExc_ValueError, "bad filter chain");
    return -1;
}

static int load_value_pattern(struct ct_value_pattern *value, PyObject *tuple)
{
    int kind, action;
    if (number(tuple, 0, 0, CT_FILTER_KINDS, &kind) < 0 ||
        load_pattern(&value->pattern, tuple, 1) < 0 ||
        number(tuple, 2, 0, CT_ACTION_DROP + 1, &action) < 0)
        return -1;
    value->kind = (enum ct_filter_kind)kind;
    value->action = (enum ct_action)action;
    return 0;
}

static int load_rule(struct ct_rule *rule, PyObject *tuple, int files)
{
    int kind;
    if (number(tuple, 0, 0, files, &rule->file) < 0 ||
        number(tuple, 1, 0, CT_SCOPE_KINDS, &kind) < 0 ||
        load_pattern(&rule->pattern, tuple, 2) < 0 ||
        number(tuple, 3, CT_INHERIT, CT_EXEC_SKIP + 1, &rule->exec) < 0 ||
        number(tuple, 4, CT_INHERIT, CT_ACTION_DROP + 1, &rule->value_default) < 0)
        return -1;
    rule->kind = (enum ct_scope_kind)kind;
    PyObject *values = item(tuple, 5, &PyTuple_Type);
    if (values == NULL)
        return -1;
    Py_ssize_t count = PyTuple_GET_SIZE(values);
    rule->values = calloc((size_t)count + 1, sizeof *rule->values);
    if (rule->values == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    while (rule->value_count < count) {
        int i = rule->value_count++;
        PyObject *value = item(values, i, &PyTuple_Type);
        if (value == NULL || load_value_pattern(&rule->values[i], value) < 0)
            return -1;
        for (int k = 0; k < i; k++) /* of another kind, the same */
            ct_pattern_share(&rule->values[i].pattern, &rule->values[k].pattern);
    }
    return 0;
}

static int load_text(struct ct_buf *out, PyObject *tuple, Py_ssize_t i)
{
    PyObject *text = item(tuple, i, &PyUnicode_Type);
    if (text == NULL)
        return -1;
    ct_text_append_all(out, text);
    if (!out->failed)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static int load_files(struct ct_filter_chain *chain, PyObject *files)
{
    Py_ssize_t count = PyTuple_GET_SIZE(files);
    chain->files = calloc((size_t)count + 1, sizeof *chain->files);
    if (chain->files == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    while (chain->file_count < count) {
        struct ct_filter_file *file = &chain->files[chain->file_count];
        PyObject *texts = item(files, chain->file_count++, &PyTuple_Type);
        for (int part = 0; part < 4; part++) {
            if (part > 0)
                ct_buf_append_byte(&file->fact, 0);
            if (texts == NULL || load_text(&file->fact, texts, part) < 0)
                return -1;
        }
        if (load_text(&file->root, texts, 4) < 0)
            return -1;
    }
    return 0;
}

static int load_warnings(struct ct_filter_chain *chain, PyObject *warnings)
{
    Py_ssize_t count = PyTuple_GET_SIZE(warnings);
    chain->warnings = calloc((size_t)count + 1, sizeof *chain->warnings);
    if (chain->warnings == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    while (chain->warning_count < count) {
        int i = chain->warning_count++;
        if (load_text(&chain->warnings[i], warnings, i) < 0)
            return -1;
    }
    return 0;
}

static int load_rules(struct ct_filter_chain *chain, PyObject *rules)
{
    Py_ssize_t count = PyTuple_GET_SIZE(rules);
    chain->rules = calloc((size_t)count + 1, sizeof *chain->rules);
    if (chain->rules == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    while (chain->rule_count < count) {
        int i = chain->rule_count++;
        PyObject *rule = item(rules, i, &PyTuple_Type);
        if (rule == NULL || load_rule(&chain->rules[i], rule, chain->file_count) < 0)
            return -1;
    }
    return 0;
}

static int load(struct ct_filter_chain *chain, PyObject *tuple)
{
    PyObject *files = item(tuple, 0, &PyTuple_Type);
    PyObject *rules = files == NULL ? NULL : item(tuple, 3, &PyTuple_Type);
    PyObject *warnings = rules == NULL ? NULL : item(tuple, 4, &PyTuple_Type);
    if (warnings == NULL || load_files(chain, files) < 0 ||
        number(tuple, 1, 0, CT_EXEC_SKIP + 1, &chain->default_exec) < 0 ||
        number(tuple, 2, 0, CT_ACTION_DROP + 1, &chain->default_action) < 0 ||
        number(tuple, 5, 0, 8, &chain->streams) < 0 || load_rules(chain, rules) < 0)
        return -1;
    return load_warnings(chain, warnings);
}

int ct_filter_chain_load(struct ct_filter_chain *chain, PyObject *bytes)
{
    memset(chain, 0, sizeof *chain);
    PyObject *tuple = PyMarshal_ReadObjectFromString(PyBytes_AS_STRING(bytes),
                                                     PyBytes_GET_SIZE(bytes));
    int status = tuple == NULL ? -1 : load(chain, tuple);
    Py_XDECREF(tuple);
    if (status == 0)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_MemoryError))
        PyErr_SetString(PyExc_ValueError, "bad filter chain");
    ct_filter_chain_free(chain);
    return -1;
}

static void free_rule(struct ct_rule *rule)
{
    for (int i = 0; i < rule->value_count; i++)
        ct_pattern_fini(&rule->values[i].pattern);
    ct_pattern_fini(&rule->pattern);
    free(rule->values);
}

void ct_filter_chain_free(struct ct_filter_chain *chain)
{
    for (int i = 0; i < chain->rule_count; i++)
        free_rule(&chain->rules[i]);
    for (int i = 0; i < chain->file_count; i++) {
        ct_buf_fini(&chain->files[i].fact);
        ct_buf_fini(&chain->files[i].root);
    }
    for (int i = 0; i < chain->warning_count; i++)
        ct_buf_fini(&chain->warnings[i]);
    free(chain->rules);
    free(chain->files);
    free(chain->warnings);
    memset(chain, 0, sizeof *chain);
}
