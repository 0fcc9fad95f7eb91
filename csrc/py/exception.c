/* Texts of exceptions, read from their C storage. */
#include "py/exception.h"

#include "py/class_table.h"
#include "py/text.h"

#define CT_MESSAGE_MAX 4096 /* characters of a message */

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

static void append_str(struct ct_buf *out, PyObject *str)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    Py_ssize_t shown = Py_MIN(length, (Py_ssize_t)CT_MESSAGE_MAX);
    ct_text_append(out, str, 0, shown);
    if (shown < length)
        ct_buf_append_text(out, CT_TEXT("…"));
}

/* The text `str` gives for an argument of a builtin type; others by their class. */
static void append_argument(struct ct_buf *out, PyObject *object, bool is_quoted)
{
    if (PyUnicode_Check(object)) {
        if (is_quoted)
            ct_buf_append_byte(out, '\'');
        append_str(out, object);
        if (is_quoted)
            ct_buf_append_byte(out, '\'');
        return;
    }
    bool is_simple = object == Py_None || PyBool_Check(object) ||
                     PyLong_CheckExact(object) || PyFloat_CheckExact(object);
    PyObject *repr = is_simple ? PyObject_Repr(object) : NULL;
    if (repr != NULL) {
        append_str(out, repr);
        Py_DECREF(repr);
        return;
    }
    PyErr_Clear(); /* an int too long for a decimal text */
    ct_buf_append_byte(out, '<');
    ct_class_append_name(out, Py_TYPE(object));
    ct_buf_append_text(out, CT_TEXT(" object>"));
}

static void append_arguments(struct ct_buf *out, PyObject *args, bool is_quoted)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count == 1) {
        append_argument(out, PyTuple_GET_ITEM(args, 0), is_quoted);
        return;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        ct_buf_append_text(out, i == 0 ? CT_TEXT("(") : CT_TEXT(", "));
        append_argument(out, PyTuple_GET_ITEM(args, i), true);
    }
    if (count > 0)
        ct_buf_append_byte(out, ')');
}

/* `[Errno 2] No such file or directory: 'x'` */
static bool append_os_error(struct ct_buf *out, PyObject *exception)
{
    PyOSErrorObject *error = (PyOSErrorObject *)exception;
    if (error->myerrno == NULL || error->strerror == NULL)
        return false;
    ct_buf_append_text(out, CT_TEXT("[Errno "));
    append_argument(out, error->myerrno, false);
    ct_buf_append_text(out, CT_TEXT("] "));
    append_argument(out, error->strerror, false);
    if (error->filename != NULL && error->filename != Py_None) {
        ct_buf_append_text(out, CT_TEXT(": "));
        append_argument(out, error->filename, true);
    }
    return true;
}

void ct_exception_describe(PyObject *exception, struct ct_exception_text *text)
{
    PyTypeObject *type = Py_TYPE(exception);
    split_name(type, text);
    if (!PyExceptionInstance_Check(exception))
        return;
    PyObject *args = ((PyBaseExceptionObject *)exception)->args;
    if (args == NULL || !PyTuple_Check(args))
        return;
    reprfunc own = type->tp_str;
    if (own == ((PyTypeObject *)PyExc_OSError)->tp_str &&
        append_os_error(&text->message, exception))
        return;
    bool is_key_error = own == ((PyTypeObject *)PyExc_KeyError)->tp_str;
    append_arguments(&text->message, args, is_key_error);
}
