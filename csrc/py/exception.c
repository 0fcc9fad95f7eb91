/* Texts of exceptions, read from their C storage.
 *
 * Each builtin type that has a `str` of its own has its twin here; a class that has
 * another is not asked. */
#include "py/exception.h"

#include "py/class_table.h"
#include "py/value_text_parts.h"

#define CT_MESSAGE_MAX 4096 /* characters of a message that is one string */

/* Limits of arguments: a message is read as a line, not as a value. */
static const struct ct_policy limits = {.max_items = 32, .max_string = 256};

void ct_exception_text_fini(struct ct_exception_text *text)
{
    ct_buf_fini(&text->type);
    ct_buf_fini(&text->module);
    ct_buf_fini(&text->message);
}

/* Splits "module.Class" as ct_class_append_name gives it; local classes keep the dots
 * of their qualified name, so the module's length is asked of the class. */
static void split_name(PyTypeObject *type, struct ct_exception_text *text)
{
    struct ct_buf whole = {0};
    ct_class_append_name(&whole, type);
    if (whole.failed) {
        text->type.failed = true;
        ct_buf_fini(&whole);
        return;
    }
    PyObject *qualname = (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
                             ? ((PyHeapTypeObject *)type)->ht_qualname
                             : NULL;
    size_t own = 0;
    if (qualname != NULL) {
        own = ct_text_size(qualname, 0, PyUnicode_GET_LENGTH(qualname));
    } else {
        const char *dot = strrchr(type->tp_name, '.');
        own = strlen(dot == NULL ? type->tp_name : dot + 1);
    }
    size_t module = whole.size > own ? whole.size - own - 1 : 0;
    if (module > 0)
        ct_buf_append(&text->module, whole.data, module);
    else
        ct_buf_append_text(&text->module, CT_TEXT("builtins"));
    ct_buf_append(&text->type, whole.data + whole.size - own, own);
    ct_buf_fini(&whole);
}

static void append_message(struct ct_parts *parts, PyObject *exception);

/* What `str` gives for a value stored in an exception. */
static void append_plain(struct ct_parts *parts, PyObject *object)
{
    if (PyUnicode_Check(object)) {
        ct_text_append_cut(parts->out, object, CT_MESSAGE_MAX);
    } else if (PyExceptionInstance_Check(object) &&
               parts->depth < CT_PARTS_DEPTH_OBJECT) {
        if (ct_parts_hide(parts, object))
            return;
        parts->depth++;
        append_message(parts, object);
        parts->depth--;
    } else {
        ct_parts_append(parts, object);
    }
}

/* What `repr` gives for a value stored in an exception. */
static void append_quoted(struct ct_parts *parts, PyObject *object)
{
    if (PyUnicode_Check(object))
        ct_text_append_str(parts->out, object, CT_MESSAGE_MAX);
    else
        ct_parts_append(parts, object);
}

static PyObject *or_none(PyObject *object)
{
    return object != NULL ? object : Py_None;
}

/* The twins of the types' own `str`; false where that is BaseException's. */

static bool append_key_error(struct ct_parts *parts, PyObject *exception)
{
    PyObject *args = ((PyBaseExceptionObject *)exception)->args;
    if (PyTuple_GET_SIZE(args) != 1)
        return false;
    append_quoted(parts, PyTuple_GET_ITEM(args, 0));
    return true;
}

/* `[Errno 2] No such file or directory: 'x' -> 'y'` */
static bool append_os_error(struct ct_parts *parts, PyObject *exception)
{
    const PyOSErrorObject *error = (PyOSErrorObject *)exception;
    if (error->filename == NULL && (error->myerrno == NULL || error->strerror == NULL))
        return false;
    ct_text_append_literal(parts->out, "[Errno ");
    append_plain(parts, or_none(error->myerrno));
    ct_text_append_literal(parts->out, "] ");
    append_plain(parts, or_none(error->strerror));
    if (error->filename != NULL) {
        ct_text_append_literal(parts->out, ": ");
        append_quoted(parts, error->filename);
        if (error->filename2 != NULL) {
            ct_text_append_literal(parts->out, " -> ");
            append_quoted(parts, error->filename2);
        }
    }
    return true;
}

/* `invalid syntax (file.py, line 3)` */
static bool append_syntax_error(struct ct_parts *parts, PyObject *exception)
{
    const PySyntaxErrorObject *error = (PySyntaxErrorObject *)exception;
    PyObject *path = error->filename;
    bool has_path = path != NULL && PyUnicode_Check(path);
    bool has_line = error->lineno != NULL && PyLong_CheckExact(error->lineno);
    append_plain(parts, or_none(error->msg));
    if (!has_path && !has_line)
        return true;
    ct_text_append_literal(parts->out, " (");
    if (has_path) {
        Py_ssize_t end = PyUnicode_GET_LENGTH(path), start = end;
        while (start > 0 && PyUnicode_READ_CHAR(path, start - 1) != '/')
            start--;
        ct_text_append(parts->out, path, start, Py_MIN(end, start + CT_MESSAGE_MAX));
    }
    if (has_line) {
        ct_text_append_literal(parts->out, has_path ? ", line " : "line ");
        ct_parts_append_int(parts, error->lineno);
    }
    ct_buf_append_byte(parts->out, ')');
    return true;
}

static bool append_import_error(struct ct_parts *parts, PyObject *exception)
{
    PyObject *message = ((PyImportErrorObject *)exception)->msg;
    if (message == NULL || !PyUnicode_CheckExact(message))
        return false;
    append_plain(parts, message);
    return true;
}

static bool append_group(struct ct_parts *parts, PyObject *exception)
{
    const PyBaseExceptionGroupObject *group = (PyBaseExceptionGroupObject *)exception;
    if (group->msg == NULL || group->excs == NULL || !PyTuple_Check(group->excs))
        return false;
    Py_ssize_t count = PyTuple_GET_SIZE(group->excs);
    append_plain(parts, group->msg);
    ct_text_append_format(parts->out, " (%zd sub-exception%s)", count,
                          count > 1 ? "s" : "");
    return true;
}

/* `'ascii' codec can't encode character '\xe9' in position 1: ordinal not in
 * range(128)`; `verb` is encode, decode or translate. */
static void append_codec_error(struct ct_parts *parts, PyObject *exception,
                               const char *verb, bool is_bytes)
{
    const PyUnicodeErrorObject *error = (PyUnicodeErrorObject *)exception;
    struct ct_buf *out = parts->out;
    PyObject *object = error->object;
    Py_ssize_t start = error->start, end = error->end;
    Py_ssize_t length =
        is_bytes ? PyBytes_GET_SIZE(object) : PyUnicode_GET_LENGTH(object);
    if (error->encoding != NULL && *verb != 't') {
        ct_buf_append_byte(out, '\'');
        append_plain(parts, error->encoding);
        ct_text_append_literal(out, "' codec ");
    }
    ct_text_append_format(out, "can't %s %s", verb, is_bytes ? "byte" : "character");
    if (start < 0 || start >= length || end != start + 1) {
        ct_text_append_format(out, "s in position %zd-%zd: ", start, end - 1);
    } else if (is_bytes) {
        ct_text_append_format(out, " 0x%02x in position %zd: ",
                              PyBytes_AS_STRING(object)[start] & 0xff, start);
    } else {
        Py_UCS4 c = PyUnicode_READ_CHAR(object, start);
        ct_text_append_format(out,
                              c < 0x100     ? " '\\x%02x' in position %zd: "
                              : c < 0x10000 ? " '\\u%04x' in position %zd: "
                                            : " '\\U%08x' in position %zd: ",
                              (unsigned)c, start);
    }
    append_plain(parts, or_none(error->reason));
}

static bool append_encode_error(struct ct_parts *parts, PyObject *exception)
{
    PyObject *object = ((PyUnicodeErrorObject *)exception)->object;
    if (object != NULL && !PyUnicode_Check(object))
        return false;
    if (object != NULL)
        append_codec_error(parts, exception, "encode", false);
    return true;
}

static bool append_decode_error(struct ct_parts *parts, PyObject *exception)
{
    PyObject *object = ((PyUnicodeErrorObject *)exception)->object;
    if (object != NULL && !PyBytes_Check(object))
        return false;
    if (object != NULL)
        append_codec_error(parts, exception, "decode", true);
    return true;
}

static bool append_translate_error(struct ct_parts *parts, PyObject *exception)
{
    PyObject *object = ((PyUnicodeErrorObject *)exception)->object;
    if (object != NULL && !PyUnicode_Check(object))
        return false;
    if (object != NULL)
        append_codec_error(parts, exception, "translate", false);
    return true;
}

/* As the type's own `str` would; else as BaseException's would from the arguments. */
static void append_message(struct ct_parts *parts, PyObject *exception)
{
    static const struct {
        PyObject **type;
        bool (*append)(struct ct_parts *parts, PyObject *exception);
    } twins[] = {
        {&PyExc_KeyError, append_key_error},
        {&PyExc_OSError, append_os_error},
        {&PyExc_SyntaxError, append_syntax_error},
        {&PyExc_ImportError, append_import_error},
        {&PyExc_BaseExceptionGroup, append_group},
        {&PyExc_UnicodeEncodeError, append_encode_error},
        {&PyExc_UnicodeDecodeError, append_decode_error},
        {&PyExc_UnicodeTranslateError, append_translate_error},
    };
    PyTypeObject *type = Py_TYPE(exception);
    PyObject *args = ((PyBaseExceptionObject *)exception)->args;
    if (args == NULL || !PyTuple_CheckExact(args))
        return;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(twins); i++) {
        PyTypeObject *twin = (PyTypeObject *)*twins[i].type;
        if (type->tp_str == twin->tp_str && PyType_IsSubtype(type, twin) &&
            twins[i].append(parts, exception))
            return;
    }
    if (PyTuple_GET_SIZE(args) == 1)
        append_plain(parts, PyTuple_GET_ITEM(args, 0));
    else if (PyTuple_GET_SIZE(args) > 1)
        ct_parts_append_arguments(parts, args);
}

void ct_exception_describe(PyObject *exception, struct ct_verdict *verdict,
                           struct ct_exception_text *text)
{
    split_name(Py_TYPE(exception), text);
    if (!PyExceptionInstance_Check(exception))
        return;
    struct ct_parts parts = ct_parts_begin(&text->message, &limits, verdict);
    if (verdict == NULL) {
        ct_text_append_literal(&text->message, CT_REDACTED_TEXT);
        return;
    }
    parts.depth = 1; /* containers are opened one level deep */
    PyObject *raised = PyErr_GetRaisedException();
    append_message(&parts, exception);
    PyErr_SetRaisedException(raised);
}
