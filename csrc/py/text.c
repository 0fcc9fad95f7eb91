/* UTF-8 from the three storage widths of a Python string. */
#include "py/text.h"

static inline size_t encoded_size(Py_UCS4 c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static inline uint8_t *encode(uint8_t *out, Py_UCS4 c)
{
    if (c >= 0xd800 && c < 0xe000)
        c = 0xfffd;
    if (c < 0x80) {
        *out++ = (uint8_t)c;
    } else if (c < 0x800) {
        *out++ = (uint8_t)(0xc0 | (c >> 6));
        *out++ = (uint8_t)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *out++ = (uint8_t)(0xe0 | (c >> 12));
        *out++ = (uint8_t)(0x80 | ((c >> 6) & 63));
        *out++ = (uint8_t)(0x80 | (c & 63));
    } else {
        *out++ = (uint8_t)(0xf0 | (c >> 18));
        *out++ = (uint8_t)(0x80 | ((c >> 12) & 63));
        *out++ = (uint8_t)(0x80 | ((c >> 6) & 63));
        *out++ = (uint8_t)(0x80 | (c & 63));
    }
    return out;
}

size_t ct_text_size(PyObject *str, Py_ssize_t start, Py_ssize_t end)
{
    if (PyUnicode_IS_ASCII(str))
        return (size_t)(end - start);
    int kind = PyUnicode_KIND(str);
    const void *data = PyUnicode_DATA(str);
    size_t size = 0;
    for (Py_ssize_t i = start; i < end; i++)
        size += encoded_size(PyUnicode_READ(kind, data, i));
    return size;
}

void ct_text_append(struct ct_buf *out, PyObject *str, Py_ssize_t start, Py_ssize_t end)
{
    if (PyUnicode_IS_ASCII(str)) {
        ct_buf_append(out, (const char *)PyUnicode_DATA(str) + start,
                      (size_t)(end - start));
        return;
    }
    size_t size = ct_text_size(str, start, end);
    if (!ct_buf_reserve(out, size))
        return;
    int kind = PyUnicode_KIND(str);
    const void *data = PyUnicode_DATA(str);
    uint8_t *at = out->data + out->size;
    for (Py_ssize_t i = start; i < end; i++)
        at = encode(at, PyUnicode_READ(kind, data, i));
    out->size += size;
}

bool ct_text_is_dunder(PyObject *name)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);
    return n >= 4 && PyUnicode_READ_CHAR(name, 0) == '_' &&
           PyUnicode_READ_CHAR(name, 1) == '_' &&
           PyUnicode_READ_CHAR(name, n - 1) == '_' &&
           PyUnicode_READ_CHAR(name, n - 2) == '_';
}

PyObject *ct_text_item(PyObject *dict, const char *key)
{
    PyObject *name = PyUnicode_FromString(key);
    PyObject *value = name == NULL ? NULL : PyDict_GetItemWithError(dict, name);
    Py_XDECREF(name);
    if (value == NULL)
        PyErr_Clear();
    return value;
}

PyObject *ct_text_sys_path(void)
{
    /* At the end CPython clears the path first; asking for a dict of modules that is
     * gone would end the process. */
    PyObject *modules = ct_is_finalizing() ? NULL : PyImport_GetModuleDict();
    PyObject *sys = modules == NULL ? NULL : ct_text_item(modules, "sys");
    PyObject *path = NULL;
    if (sys != NULL && PyModule_Check(sys))
        path = ct_text_item(PyModule_GetDict(sys), "path");
    return path != NULL && PyList_Check(path) ? path : NULL;
}
