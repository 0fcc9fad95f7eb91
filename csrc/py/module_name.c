/* Called once per module body, by code_entry.c. Reads sys.path, runs no code. */
#include "py/module_name.h"

#include "py/text.h"

#include <string.h>

/* The bytes of `path` that `directory` and a slash take at its start; 0: it is not in
 * there. */
static size_t prefix_size(struct ct_text path, struct ct_text directory)
{
    while (directory.size > 0 && directory.bytes[directory.size - 1] == '/')
        directory.size--;
    if (directory.size == 0 || path.size <= directory.size ||
        path.bytes[directory.size] != '/' ||
        memcmp(path.bytes, directory.bytes, directory.size) != 0)
        return 0;
    return directory.size + 1;
}

/* The longest of the directories on sys.path that lead to `path`; 0 if none does. */
static size_t longest_prefix(struct ct_text path)
{
    PyObject *list = ct_text_sys_path();
    size_t longest = 0;
    if (list == NULL)
        return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        if (!PyUnicode_Check(item))
            continue;
        struct ct_buf directory = {0};
        ct_text_append_all(&directory, item);
        size_t size = directory.failed ? 0 : prefix_size(path, ct_buf_text(&directory));
        longest = size > longest ? size : longest;
        ct_buf_fini(&directory);
    }
    return longest;
}

/* Takes `suffix` off the end, unless that is all. */
static void drop_suffix(struct ct_text *text, const char *suffix)
{
    size_t size = strlen(suffix);
    if (text->size > size && memcmp(text->bytes + text->size - size, suffix, size) == 0)
        text->size -= size;
}

void ct_module_name_append(struct ct_buf *out, PyObject *filename)
{
    struct ct_buf path = {0};
    ct_text_append_all(&path, filename);
    if (path.failed || path.size == 0) {
        out->failed |= path.failed;
        ct_buf_fini(&path);
        return;
    }
    struct ct_text name = ct_buf_text(&path);
    size_t prefix = longest_prefix(name);
    const char *slash = memrchr(name.bytes, '/', name.size);
    if (prefix == 0 && slash != NULL)
        prefix = (size_t)(slash + 1 - name.bytes);
    name = (struct ct_text){name.bytes + prefix, name.size - prefix};
    drop_suffix(&name, ".py");
    drop_suffix(&name, "/__init__");
    for (size_t i = 0; i < name.size; i++)
        ct_buf_append_byte(out, name.bytes[i] == '/' ? '.' : (uint8_t)name.bytes[i]);
    ct_buf_fini(&path);
}
