/* A filter made for one question. */
#include "py/filter_ask.h"

#include "py/filter.h"
#include "py/text.h"

#include <stdlib.h>

static struct ct_text text_of(struct ct_buf *buf, PyObject *str)
{
    ct_text_append_all(buf, str);
    return ct_buf_text(buf);
}

struct one_pattern {
    struct ct_pattern pattern;
    struct ct_matcher matcher;
    struct ct_name name;
};

static PyObject *match_all(struct one_pattern *one, PyObject *names)
{
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    PyObject *answers = PyList_New(count);
    for (Py_ssize_t i = 0; answers != NULL && i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        struct ct_buf buf = {0};
        if (!PyUnicode_Check(name)) {
            PyErr_SetString(PyExc_TypeError, "names must be str");
            Py_CLEAR(answers);
            break;
        }
        ct_name_init(&one->name, text_of(&buf, name));
        bool matches = ct_pattern_matches(&one->pattern, &one->matcher, &one->name);
        PyList_SET_ITEM(answers, i, PyBool_FromLong(matches));
        ct_buf_fini(&buf);
    }
    return answers;
}

PyObject *ct_filter_ask_match(PyObject *Py_UNUSED(module), PyObject *args)
{
    int mode;
    PyObject *needle, *program, *names, *result = NULL;
    if (!PyArg_ParseTuple(args, "(iSS)O!:_filter_matches", &mode, &needle, &program,
                          &PyTuple_Type, &names))
        return NULL;
    struct one_pattern *one = calloc(1, sizeof *one);
    if (one == NULL)
        return PyErr_NoMemory();
    struct ct_text text = {PyBytes_AS_STRING(needle), (size_t)PyBytes_GET_SIZE(needle)};
    if (ct_pattern_init(&one->pattern, mode, text, PyBytes_AS_STRING(program),
                        (size_t)PyBytes_GET_SIZE(program)))
        result = match_all(one, names);
    else
        PyErr_SetString(PyExc_ValueError, "bad pattern");
    ct_pattern_fini(&one->pattern);
    free(one);
    return result;
}

/* What happens to a value of a name: (action, rule, pattern). */
static PyObject *ask_name(struct ct_verdict *verdict, PyObject *question)
{
    struct ct_code_place *place = &verdict->filter->place;
    const struct ct_name *names[CT_PLACE_MODULES + 1] = {&verdict->filter->name};
    int kind, count = 1, rule, pattern;
    PyObject *name;
    if (!PyArg_ParseTuple(question, "iU", &kind, &name))
        return NULL;
    if (kind < 0 || kind >= CT_FILTER_KINDS) {
        PyErr_SetString(PyExc_ValueError, "bad kind");
        return NULL;
    }
    struct ct_buf buf = {0};
    ct_name_init(&verdict->filter->name, text_of(&buf, name));
    if (kind == CT_FILTER_RETURN) {
        names[0] = &place->bare;
        for (int i = 0; i < place->module_count; i++)
            names[count++] = &place->objects[i];
    }
    int action = ct_verdict_explain(verdict, (enum ct_filter_kind)kind, names, count,
                                    &rule, &pattern);
    ct_buf_fini(&buf);
    return Py_BuildValue("iii", action, rule, pattern);
}

static PyObject *ask(struct ct_filter *filter, const struct ct_place_source *source,
                     bool is_program, PyObject *questions)
{
    struct ct_verdict *verdict = NULL;
    if (ct_place_set(&filter->place, &filter->files, source))
        verdict = ct_filter_judge(filter, is_program);
    if (verdict == NULL)
        Py_RETURN_NONE;
    Py_ssize_t count = PyTuple_GET_SIZE(questions);
    PyObject *answers = PyTuple_New(count);
    for (Py_ssize_t i = 0; answers != NULL && i < count; i++) {
        PyObject *answer = ask_name(verdict, PyTuple_GET_ITEM(questions, i));
        if (answer == NULL)
            Py_CLEAR(answers);
        else
            PyTuple_SET_ITEM(answers, i, answer);
    }
    if (answers == NULL)
        return NULL;
    struct ct_text key = ct_strtab_get(&filter->keys, 0);
    return Py_BuildValue("iiiiNy#", verdict->exec, verdict->exec_rule, verdict->action,
                         verdict->action_rule, answers, key.bytes,
                         (Py_ssize_t)key.size - 1);
}

PyObject *ct_filter_ask_decision(const char *package, PyObject *args)
{
    PyObject *chain, *module, *file, *qualname, *questions, *result = NULL;
    int is_program;
    if (!PyArg_ParseTuple(args, "SUO&UpO!:_filter_decision", &chain, &module,
                          PyUnicode_FSConverter, &file, &qualname, &is_program,
                          &PyTuple_Type, &questions))
        return NULL;
    struct ct_scope scope;
    struct ct_filter *filter = NULL;
    if (ct_scope_init(&scope, package, NULL) == 0)
        filter = ct_filter_new(chain, &scope);
    if (filter != NULL) {
        struct ct_buf buf[2] = {{0}};
        const char *name = PyBytes_AS_STRING(file);
        struct ct_place_source source = {
            .file = name,
            .origin = ct_scope_origin(&scope, name),
            .module = text_of(&buf[0], module),
            .qualname = text_of(&buf[1], qualname),
        };
        struct ct_text whole = source.qualname;
        const char *dot =
            whole.size == 0 ? NULL : memrchr(whole.bytes, '.', whole.size);
        size_t head = dot == NULL ? 0 : (size_t)(dot + 1 - whole.bytes);
        source.bare = (struct ct_text){whole.bytes + head, whole.size - head};
        result = ask(filter, &source, is_program, questions);
        ct_buf_fini(&buf[0]);
        ct_buf_fini(&buf[1]);
    }
    ct_filter_free(filter);
    ct_scope_fini(&scope);
    Py_DECREF(file);
    return result;
}
