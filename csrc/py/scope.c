/* The built-in decision by file name. Needs the thread attached only at init. */
#include "py/scope.h"

#include <stdlib.h>
#include <string.h>

/* A copy of `path` that ends in a slash; NULL when memory is out. */
static char *as_directory(const char *path)
{
    size_t n = strlen(path);
    char *copy = malloc(n + 2);
    if (copy == NULL)
        return NULL;
    memcpy(copy, path, n + 1);
    if (n == 0 || path[n - 1] != '/')
        strcpy(copy + n, "/");
    return copy;
}

/* Sets *out to the directory named by sys.<name>; leaves NULL where there is none. */
static int directory_of_sys(const char *name, char **out)
{
    PyObject *value = PySys_GetObject(name); /* borrowed */
    if (value == NULL || !PyUnicode_Check(value))
        return 0;
    PyObject *bytes = PyUnicode_EncodeFSDefault(value);
    if (bytes == NULL)
        return -1;
    *out = as_directory(PyBytes_AS_STRING(bytes));
    Py_DECREF(bytes);
    return *out == NULL ? -1 : 0;
}

/* The directory os.py was loaded from, where sys does not tell. */
static int directory_of_os(char **out)
{
    PyObject *modules = PySys_GetObject("modules");
    PyObject *os = modules == NULL ? NULL : PyDict_GetItemString(modules, "os");
    PyObject *file = os == NULL ? NULL : PyModule_GetFilenameObject(os);
    if (file == NULL) {
        PyErr_Clear();
        return 0;
    }
    PyObject *bytes = PyUnicode_EncodeFSDefault(file);
    Py_DECREF(file);
    if (bytes == NULL)
        return -1;
    char *slash = strrchr(PyBytes_AS_STRING(bytes), '/');
    if (slash != NULL) {
        *slash = '\0'; /* the bytes object is ours alone */
        *out = as_directory(PyBytes_AS_STRING(bytes));
    }
    Py_DECREF(bytes);
    return slash != NULL && *out == NULL ? -1 : 0;
}

/* <prefix>/lib/python313.zip, which may hold the standard library. */
static int archive_path(char **out)
{
    char *prefix = NULL;
    if (directory_of_sys("base_prefix", &prefix) < 0)
        return -1;
    if (prefix == NULL)
        return 0;
    size_t size = strlen(prefix) + sizeof CT_STDLIB_ARCHIVE;
    *out = malloc(size);
    if (*out != NULL)
        snprintf(*out, size, "%s" CT_STDLIB_ARCHIVE, prefix);
    free(prefix);
    return *out == NULL ? -1 : 0;
}

int ct_scope_init(struct ct_scope *scope, const char *package, const char *program_path)
{
    memset(scope, 0, sizeof *scope);
    scope->package = as_directory(package);
    if (program_path != NULL)
        scope->program_path = strdup(program_path);
    if (scope->package == NULL ||
        (program_path != NULL && scope->program_path == NULL) ||
        directory_of_sys("_stdlib_dir", &scope->stdlib[0]) < 0 ||
        directory_of_os(&scope->stdlib[1]) < 0 || archive_path(&scope->stdlib[2]) < 0) {
        ct_scope_fini(scope);
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    return 0;
}

void ct_scope_fini(struct ct_scope *scope)
{
    free(scope->program_path);
    free(scope->package);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(scope->stdlib); i++)
        free(scope->stdlib[i]);
    memset(scope, 0, sizeof *scope);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return prefix != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Third-party code lies inside the standard library's directory. */
static bool is_third_party(const char *filename)
{
    return strstr(filename, "/site-packages/") != NULL ||
           strstr(filename, "/dist-packages/") != NULL;
}

/* Files that installers put beside third-party code to patch the start-up. */
static bool is_installer_hook(const char *filename)
{
    const char *slash = strrchr(filename, '/');
    return strstr(filename, "/_distutils_hack/") != NULL ||
           strcmp(slash == NULL ? filename : slash + 1, "_virtualenv.py") == 0;
}

bool ct_scope_records(const struct ct_scope *scope, const char *filename)
{
    if (scope->program_path != NULL && strcmp(filename, scope->program_path) == 0)
        return true;
    if (filename[0] == '<' || has_prefix(filename, scope->package))
        return false;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(scope->stdlib); i++) {
        if (has_prefix(filename, scope->stdlib[i]))
            return is_third_party(filename) && !is_installer_hook(filename);
    }
    return !is_installer_hook(filename);
}
