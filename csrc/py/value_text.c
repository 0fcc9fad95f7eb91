/* The texts of Raw values: the choice by kind, and all that is named rather than shown
 * (functions, classes, modules, code, generators).
 *
 * Numbers are in value_text_number.c, dates in value_text_date.c, fractions, paths and
 * UUIDs in value_text_library.c, parts of texts in value_text_part.c. */
#include "py/value_text.h"

#include "base/utf8.h"
#include "py/class_table.h"
#include "py/value_text_parts.h"

#include <stdarg.h>

void ct_text_append_format(struct ct_buf *out, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (size > 0)
        ct_buf_append(out, text, Py_MIN((size_t)size, sizeof text - 1));
}

void ct_text_append_object(struct ct_buf *out, PyTypeObject *type)
{
    ct_buf_append_byte(out, '<');
    ct_class_append_name(out, type);
    ct_text_append_literal(out, " object>");
}

void ct_text_append_bare_name(struct ct_buf *out, PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    ct_utf8_append(out, ct_text_of(dot != NULL ? dot + 1 : type->tp_name));
}

void ct_text_append_cut(struct ct_buf *out, PyObject *str, Py_ssize_t limit)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    ct_text_append(out, str, 0, Py_MIN(length, limit));
    if (length > limit)
        ct_text_append_literal(out, "…");
}

/* `<what name`, the head of most texts; a name that is no str is a `?`. */
static void append_named(struct ct_parts *parts, const char *what, PyObject *name)
{
    ct_text_append_literal(parts->out, what);
    if (name != NULL && PyUnicode_Check(name))
        ct_text_append_cut(parts->out, name, parts->policy->max_string);
    else
        ct_buf_append_byte(parts->out, '?');
}

static void append_class(struct ct_buf *out, PyTypeObject *type)
{
    ct_text_append_literal(out, "<class '");
    ct_class_append_name(out, type);
    ct_text_append_literal(out, "'>");
}

static void append_builtin(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    PyTypeObject *type = Py_TYPE(object);
    if (PyCFunction_Check(object)) {
        PyObject *self = ((PyCFunctionObject *)object)->m_self;
        bool is_function = self == NULL || PyModule_Check(self);
        ct_text_append_literal(out, is_function ? "<built-in function "
                                                : "<built-in method ");
        ct_utf8_append(out, ct_text_of(((PyCFunctionObject *)object)->m_ml->ml_name));
        if (!is_function) {
            ct_text_append_literal(out, " of ");
            ct_class_append_name(out, Py_TYPE(self));
            ct_text_append_literal(out, " object");
        }
    } else { /* of a class: `<method 'append' of 'list' objects>` */
        const char *what = type == &PyWrapperDescr_Type  ? "<slot wrapper '"
                           : type == &PyGetSetDescr_Type ? "<attribute '"
                           : type == &PyMemberDescr_Type ? "<member '"
                                                         : "<method '";
        const PyTypeObject *of = ((PyDescrObject *)object)->d_type;
        append_named(parts, what, ((PyDescrObject *)object)->d_name);
        if (ct_descriptor_names_class(of)) {
            ct_text_append_literal(out, "' of '");
            ct_utf8_append(out, ct_text_of(of->tp_name));
            ct_text_append_literal(out, "' objects");
        } else {
            ct_buf_append_byte(out, '\'');
        }
    }
    ct_buf_append_byte(out, '>');
}

/* `<bound method Class.name of <module.Class object>>` */
static void append_method(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    PyObject *function = PyMethod_GET_FUNCTION(object);
    PyObject *self = PyMethod_GET_SELF(object);
    append_named(parts, "<bound method ",
                 PyFunction_Check(function)
                     ? ((PyFunctionObject *)function)->func_qualname
                     : NULL);
    ct_text_append_literal(out, " of ");
    if (PyType_Check(self))
        append_class(out, (PyTypeObject *)self);
    else
        ct_text_append_object(out, Py_TYPE(self));
    ct_buf_append_byte(out, '>');
}

/* `<module 'name'>`, by the name that the module's dict says. */
static void append_module(struct ct_parts *parts, PyObject *module)
{
    PyObject *key, *value, *name = NULL;
    Py_ssize_t pos = 0;
    PyObject *dict = PyModule_GetDict(module);
    while (name == NULL && PyDict_Next(dict, &pos, &key, &value)) {
        if (PyUnicode_CheckExact(key) && ct_text_equals(key, "__name__"))
            name = value;
    }
    append_named(parts, "<module '", name);
    ct_text_append_literal(parts->out, "'>");
}

static void append_code(struct ct_parts *parts, PyObject *object)
{
    const PyCodeObject *code = (PyCodeObject *)object;
    append_named(parts, "<code object ", code->co_name);
    append_named(parts, ", file \"", code->co_filename);
    ct_text_append_format(parts->out, "\", line %d>",
                          code->co_firstlineno != 0 ? code->co_firstlineno : -1);
}

/* `<generator object name>`: where the name lies differs between versions, but the
 * class's own C getter knows it. */
static void append_generator(struct ct_parts *parts, PyObject *object, const char *what)
{
    PyObject *name = NULL;
    const PyGetSetDef *getter = Py_TYPE(object)->tp_getset;
    while (getter->name != NULL && strcmp(getter->name, "__qualname__") != 0)
        getter++;
    if (getter->name != NULL)
        name = getter->get(object, getter->closure);
    append_named(parts, what, name);
    ct_buf_append_byte(parts->out, '>');
    Py_XDECREF(name); /* the generator holds it */
}

/* `ValueError('text', 1)` */
static void append_exception(struct ct_parts *parts, PyObject *object)
{
    PyObject *args = ((PyBaseExceptionObject *)object)->args;
    if (ct_parts_hide(parts, object))
        return;
    if (parts->depth >= CT_PARTS_DEPTH_OBJECT || args == NULL ||
        !PyTuple_CheckExact(args)) {
        ct_text_append_object(parts->out, Py_TYPE(object));
        return;
    }
    ct_text_append_bare_name(parts->out, Py_TYPE(object));
    parts->depth++;
    ct_parts_append_arguments(parts, args);
    parts->depth--;
}

/* What lies at a C member of the object's class. */
static PyObject *member(PyObject *object, const char *name)
{
    const PyMemberDef *def = Py_TYPE(object)->tp_members;
    while (def->name != NULL && strcmp(def->name, name) != 0)
        def++;
    return def->name == NULL ? NULL : *(PyObject **)((char *)object + def->offset);
}

static void append_range(struct ct_parts *parts, PyObject *object)
{
    PyObject *start = member(object, "start"), *stop = member(object, "stop");
    PyObject *step = member(object, "step");
    if (start == NULL || stop == NULL || step == NULL) {
        ct_text_append_object(parts->out, Py_TYPE(object));
        return;
    }
    int overflow;
    bool is_one = PyLong_AsLongLongAndOverflow(step, &overflow) == 1 && overflow == 0;
    ct_text_append_literal(parts->out, "range(");
    ct_parts_append_int(parts, start);
    ct_text_append_literal(parts->out, ", ");
    ct_parts_append_int(parts, stop);
    if (!is_one) {
        ct_text_append_literal(parts->out, ", ");
        ct_parts_append_int(parts, step);
    }
    ct_buf_append_byte(parts->out, ')');
}

static void append_slice(struct ct_parts *parts, PyObject *object)
{
    const PySliceObject *slice = (PySliceObject *)object;
    if (parts->depth >= CT_PARTS_DEPTH_OBJECT) {
        ct_text_append_object(parts->out, Py_TYPE(object));
        return;
    }
    parts->depth++;
    ct_text_append_literal(parts->out, "slice(");
    ct_parts_append(parts, slice->start);
    ct_text_append_literal(parts->out, ", ");
    ct_parts_append(parts, slice->stop);
    ct_text_append_literal(parts->out, ", ");
    ct_parts_append(parts, slice->step);
    ct_buf_append_byte(parts->out, ')');
    parts->depth--;
}

void ct_parts_append_object(struct ct_parts *parts, PyObject *object,
                            enum ct_class_kind kind)
{
    struct ct_buf *out = parts->out;
    switch (kind) {
    case CT_KIND_OF_NONE:
        ct_text_append_literal(out, "None");
        break;
    case CT_KIND_OF_BOOL:
        ct_text_append_literal(out, object == Py_True ? "True" : "False");
        break;
    case CT_KIND_OF_ELLIPSIS:
        ct_text_append_literal(out, "Ellipsis");
        break;
    case CT_KIND_OF_NOTIMPLEMENTED:
        ct_text_append_literal(out, "NotImplemented");
        break;
    case CT_KIND_OF_COMPLEX:
        ct_parts_append_complex(parts, object);
        break;
    case CT_KIND_OF_DECIMAL:
        ct_parts_append_decimal(parts, object);
        break;
    case CT_KIND_OF_FRACTION:
        ct_parts_append_fraction(parts, object);
        break;
    case CT_KIND_OF_DATE:
    case CT_KIND_OF_TIME:
    case CT_KIND_OF_DATETIME:
    case CT_KIND_OF_TIMEDELTA:
    case CT_KIND_OF_TIMEZONE:
        ct_parts_append_date(parts, object, kind);
        break;
    case CT_KIND_OF_UUID:
        ct_parts_append_uuid(parts, object);
        break;
    case CT_KIND_OF_PATH:
        ct_parts_append_path(parts, object);
        break;
    case CT_KIND_OF_RANGE:
        append_range(parts, object);
        break;
    case CT_KIND_OF_SLICE:
        append_slice(parts, object);
        break;
    case CT_KIND_OF_EXCEPTION:
        append_exception(parts, object);
        break;
    case CT_KIND_OF_FUNCTION:
        append_named(parts, "<function ", ((PyFunctionObject *)object)->func_qualname);
        ct_buf_append_byte(out, '>');
        break;
    case CT_KIND_OF_BUILTIN:
        append_builtin(parts, object);
        break;
    case CT_KIND_OF_METHOD:
        append_method(parts, object);
        break;
    case CT_KIND_OF_CLASS:
        append_class(out, (PyTypeObject *)object);
        break;
    case CT_KIND_OF_MODULE:
        append_module(parts, object);
        break;
    case CT_KIND_OF_CODE:
        append_code(parts, object);
        break;
    case CT_KIND_OF_GENERATOR:
        append_generator(parts, object, "<generator object ");
        break;
    case CT_KIND_OF_COROUTINE:
        append_generator(parts, object, "<coroutine object ");
        break;
    case CT_KIND_OF_ASYNC_GENERATOR:
        append_generator(parts, object, "<async_generator object ");
        break;
    default:
        ct_text_append_object(out, Py_TYPE(object));
    }
}

void ct_text_of_object(struct ct_buf *out, PyObject *object, enum ct_class_kind kind,
                       const struct ct_policy *policy, struct ct_verdict *verdict)
{
    struct ct_parts parts = ct_parts_begin(out, policy, verdict);
    PyObject *raised = PyErr_GetRaisedException();
    ct_parts_append_object(&parts, object, kind);
    PyErr_SetRaisedException(raised);
}
