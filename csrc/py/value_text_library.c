/* The texts of objects whose classes the standard library has in Python: Fraction, UUID
 * and Path, from their slots. */
#include "py/value_text_parts.h"

#include "py/library_class.h"

/* What the object stores in a slot of its library class, or NULL. */
static PyObject *slot(PyTypeObject *library_class, PyObject *object, const char *name)
{
    return library_class == NULL ? NULL
                                 : ct_library_class_slot(library_class, object, name);
}

void ct_parts_append_fraction(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    PyTypeObject *type = Py_TYPE(object);
    PyTypeObject *fraction = ct_library_class_find(type, "fractions", "Fraction");
    PyObject *numerator = slot(fraction, object, "_numerator");
    PyObject *denominator = slot(fraction, object, "_denominator");
    if (numerator == NULL || denominator == NULL || !PyLong_Check(numerator) ||
        !PyLong_Check(denominator)) {
        ct_text_append_object(out, type);
        return;
    }
    ct_text_append_bare_name(out, type);
    ct_buf_append_byte(out, '(');
    ct_parts_append_int(parts, numerator);
    ct_text_append_literal(out, ", ");
    ct_parts_append_int(parts, denominator);
    ct_buf_append_byte(out, ')');
}

void ct_parts_append_uuid(struct ct_parts *parts, PyObject *object)
{
    static const char digits[] = "0123456789abcdef";
    struct ct_buf *out = parts->out;
    PyTypeObject *type = Py_TYPE(object);
    PyObject *integer =
        slot(ct_library_class_find(type, "uuid", "UUID"), object, "int");
    unsigned char bytes[17]; /* with room for the sign */
    if (integer == NULL || !PyLong_Check(integer) || ct_int_bits(integer) > 128 ||
        ct_int_bytes(integer, bytes, sizeof bytes) < 0 || bytes[0] != 0) {
        ct_text_append_object(out, type);
        return;
    }
    ct_text_append_bare_name(out, type);
    ct_text_append_literal(out, "('");
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ct_buf_append_byte(out, '-');
        ct_buf_append_byte(out, (uint8_t)digits[bytes[1 + i] >> 4]);
        ct_buf_append_byte(out, (uint8_t)digits[bytes[1 + i] & 15]);
    }
    ct_text_append_literal(out, "')");
}

static bool is_list_of_str(PyObject *list)
{
    if (list == NULL || !PyList_CheckExact(list))
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (!PyUnicode_Check(PyList_GET_ITEM(list, i)))
            return false;
    }
    return true;
}

static void add_character(struct ct_buf *path, Py_UCS4 c)
{
    ct_buf_append(path, &c, sizeof c);
}

static Py_ssize_t length_of(const struct ct_buf *path)
{
    return (Py_ssize_t)(path->size / sizeof(Py_UCS4));
}

/* Adds the components of a part of a path as pathlib keeps them: without empty ones and
 * `.`. Stops when the path has `limit` characters. */
static void add_components(struct ct_buf *path, PyObject *part, Py_ssize_t limit)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(part), end;
    for (Py_ssize_t start = 0; start < length; start = end + 1) {
        for (end = start; end < length; end++) {
            if (PyUnicode_READ_CHAR(part, end) == '/')
                break;
        }
        if (end == start ||
            (end == start + 1 && PyUnicode_READ_CHAR(part, start) == '.'))
            continue;
        const Py_UCS4 *text = (const Py_UCS4 *)(void *)path->data;
        if (length_of(path) > 0 && text[length_of(path) - 1] != '/')
            add_character(path, '/');
        for (Py_ssize_t i = start; i < end; i++) {
            if (length_of(path) >= limit)
                return;
            add_character(path, PyUnicode_READ_CHAR(part, i));
        }
    }
}

/* Joins the parts a POSIX path was made of, from the last absolute one on. */
static void join(struct ct_buf *path, PyObject *parts, Py_ssize_t limit)
{
    Py_ssize_t count = PyList_GET_SIZE(parts), first = count;
    while (first > 0) {
        PyObject *part = PyList_GET_ITEM(parts, --first);
        Py_ssize_t slashes = 0;
        while (slashes < PyUnicode_GET_LENGTH(part) &&
               PyUnicode_READ_CHAR(part, slashes) == '/')
            slashes++;
        if (slashes == 0)
            continue;
        add_character(path, '/');
        if (slashes == 2) /* POSIX gives exactly two a meaning of their own */
            add_character(path, '/');
        break;
    }
    for (Py_ssize_t i = first; i < count; i++)
        add_components(path, PyList_GET_ITEM(parts, i), limit);
    if (path->size == 0)
        add_character(path, '.');
}

/* Adds the text of a path: what it has cached, or what it would cache. Adds nothing for
 * a Windows path without it. */
static void add_path(struct ct_buf *path, PyTypeObject *type, PyObject *cached,
                     PyObject *parts, Py_ssize_t limit)
{
    bool is_windows = ct_library_class_find(type, "pathlib", "PureWindowsPath") != NULL;
    if (cached != NULL && PyUnicode_Check(cached)) {
        Py_ssize_t length = PyUnicode_GET_LENGTH(cached);
        for (Py_ssize_t i = 0; i < Py_MIN(length, limit); i++) {
            Py_UCS4 c = PyUnicode_READ_CHAR(cached, i);
            add_character(path, is_windows && c == '\\' ? '/' : c);
        }
    } else if (parts != NULL && !is_windows) {
        join(path, parts, limit);
    }
}

/* `PosixPath('a/b')`; a Windows path may have to show the parts it was made of. */
void ct_parts_append_path(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    Py_ssize_t limit = parts->policy->max_string;
    PyTypeObject *type = Py_TYPE(object);
    PyTypeObject *pure_path = ct_library_class_find(type, "pathlib", "PurePath");
    PyObject *raw = slot(pure_path, object, "_raw_paths");
    if (!is_list_of_str(raw))
        raw = NULL;
    struct ct_buf path = {0}; /* of Py_UCS4 */
    add_path(&path, type, slot(pure_path, object, "_str"), raw, limit + 1);
    if (path.size > 0) {
        ct_text_append_bare_name(out, type);
        ct_buf_append_byte(out, '(');
        ct_text_append_quoted(out, PyUnicode_4BYTE_KIND, path.data, length_of(&path),
                              limit);
        ct_buf_append_byte(out, ')');
    } else if (raw != NULL) {
        ct_text_append_bare_name(out, type);
        ct_parts_append_arguments(parts, raw);
    } else {
        ct_text_append_object(out, type);
    }
    out->failed |= path.failed;
    ct_buf_fini(&path);
}
