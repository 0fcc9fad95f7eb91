/* Prefixes of file names. Needs the thread attached. */
#include "py/scope.h"
#include "py/text.h"

#include <limits.h>
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
    PyObject *os = modules == NULL ? NULL : ct_text_item(modules, "os");
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

/* Adds what the places found are without symlinks, where that differs. */
static bool add_resolved(struct ct_scope *scope)
{
    for (int i = 0; i < CT_STDLIB_PLACES / 2; i++) {
        char real[PATH_MAX];
        if (scope->stdlib[i] == NULL || realpath(scope->stdlib[i], real) == NULL)
            continue;
        scope->stdlib[i + CT_STDLIB_PLACES / 2] = as_directory(real);
        if (scope->stdlib[i + CT_STDLIB_PLACES / 2] == NULL)
            return false;
    }
    return true;
}

/* Applications made by PyInstaller, cx_Freeze and their like set `sys.frozen`. */
static void find_names(struct ct_scope *scope)
{
    PyObject *names = PySys_GetObject("stdlib_module_names");
    if (PySys_GetObject("frozen") != NULL && names != NULL &&
        PyFrozenSet_CheckExact(names))
        scope->stdlib_names = Py_NewRef(names);
}

int ct_scope_init(struct ct_scope *scope, const char *package, const char *program_path)
{
    memset(scope, 0, sizeof *scope);
    char resolved[PATH_MAX];
    scope->packages[0] = as_directory(package);
    scope->packages[1] =
        as_directory(realpath(package, resolved) != NULL ? resolved : package);
    if (program_path != NULL)
        scope->program_path = strdup(program_path);
    if (scope->packages[0] == NULL || scope->packages[1] == NULL ||
        (program_path != NULL && scope->program_path == NULL) ||
        directory_of_sys("_stdlib_dir", &scope->stdlib[0]) < 0 ||
        directory_of_os(&scope->stdlib[1]) < 0 || archive_path(&scope->stdlib[2]) < 0 ||
        !add_resolved(scope)) {
        ct_scope_fini(scope);
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    find_names(scope);
    return 0;
}

void ct_scope_fini(struct ct_scope *scope)
{
    free(scope->program_path);
    free(scope->packages[0]);
    free(scope->packages[1]);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(scope->stdlib); i++)
        free(scope->stdlib[i]);
    Py_XDECREF(scope->stdlib_names);
    memset(scope, 0, sizeof *scope);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return prefix != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Whether a path below the library's directory begins with a name of its modules. */
static bool is_library_name(const struct ct_scope *scope, const char *below)
{
    size_t size = strcspn(below, "/.");
    PyObject *name = PyUnicode_DecodeFSDefaultAndSize(below, (Py_ssize_t)size);
    int result = name == NULL ? -1 : PySet_Contains(scope->stdlib_names, name);
    Py_XDECREF(name);
    if (result < 0)
        PyErr_Clear();
    return result > 0;
}

/* Whether a path below the library's directory is the library's. Third-party code lies
 * in there, too. */
static bool is_library(const struct ct_scope *scope, const char *below)
{
    if (scope->stdlib_names != NULL)
        return is_library_name(scope, below);
    return !has_prefix(below, "site-packages/") && !has_prefix(below, "dist-packages/");
}

enum ct_origin ct_scope_origin(const struct ct_scope *scope, const char *filename)
{
    if (filename[0] == '<')
        return CT_ORIGIN_SYNTHETIC;
    if (has_prefix(filename, scope->packages[0]) ||
        has_prefix(filename, scope->packages[1]))
        return CT_ORIGIN_RECORDER;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(scope->stdlib); i++) {
        if (has_prefix(filename, scope->stdlib[i]))
            return is_library(scope, filename + strlen(scope->stdlib[i]))
                       ? CT_ORIGIN_STDLIB
                       : CT_ORIGIN_FILE;
    }
    if (scope->stdlib_names != NULL && filename[0] != '/' &&
        is_library_name(scope, filename))
        return CT_ORIGIN_STDLIB; /* their files have names relative to nothing */
    return CT_ORIGIN_FILE;
}

bool ct_scope_is_program(const struct ct_scope *scope, const char *filename)
{
    return scope->program_path != NULL && strcmp(filename, scope->program_path) == 0;
}
