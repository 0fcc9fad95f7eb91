/* ct_preload.so: brings the recorder into a plain `python script.py`.
 *
 * The command line (launch.py) replaces itself by the plain interpreter and names this
 * library in LD_PRELOAD. Its constructor runs before main: it gives the environment
 * back as it would be without us, and has the interpreter call us while it initialises.
 * Then an audit hook is added, which waits for the one event that says that the program
 * is about to run, loads the recorder's extension by its path, and calls the function
 * `_start_program` of it. From then on the hook does nothing; the extension takes it
 * out of the interpreter's list.
 *
 * Nothing here is linked against Python: the library also gets into a shell wrapper or
 * a tool that stands in front of the interpreter, and must leave those alone. Every
 * function of the interpreter is looked up when needed.
 *
 * It must never print, allocate for long or fail before the program starts, except for
 * the one message that the recording could not start. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* environ, RTLD_DEFAULT */
#endif

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LAUNCH_VARIABLE "CODETRACER_RECORDER_LAUNCH="
#define PRELOAD_VARIABLE "LD_PRELOAD="
#define FAILURE "Failed to start Codetracer session: "
#define MODULE_NAME "codetracer_python_recorder.codetracer_python_recorder"

struct object; /* PyObject */

/* struct _inittab of CPython */
struct inittab {
    const char *name;
    struct object *(*init)(void);
};

typedef int audit_hook(const char *event, struct object *arguments, void *user_data);

/* The one launch of this process. File-scope, since the interpreter gives a module's
 * init function nothing that could lead to it. */
static struct launch {
    char *config; /* owned, for the life of the process */
    int (*add_hook)(audit_hook *, void *);
    struct object *(*init_posix)(void); /* the interpreter's own */
    bool has_hook;
    atomic_bool is_over; /* the program has begun: the hook's work is done */
} launch;

/* ---- the configuration: netstrings `<length>:<key>=<value>,` --------------------- */

struct field {
    const char *value; /* borrowed from the configuration; NULL: no such key */
    size_t size;       /* bytes */
};

static struct field config_get(const char *config, const char *key)
{
    size_t key_size = strlen(key);
    const char *end = config + strlen(config);
    while (config < end) {
        char *text;
        unsigned long size = strtoul(config, &text, 10);
        if (text == config || *text != ':' || size >= (size_t)(end - text))
            break;
        text++;
        if (size > key_size && memcmp(text, key, key_size) == 0 &&
            text[key_size] == '=')
            return (struct field){text + key_size + 1, size - key_size - 1};
        config = text + size + 1;
    }
    return (struct field){NULL, 0};
}

/* Result: the number written in a field, or -1 when the key is not there. */
static long config_number(const char *config, const char *key)
{
    struct field field = config_get(config, key);
    return field.value == NULL ? -1 : strtol(field.value, NULL, 10);
}

/* ---- the environment ------------------------------------------------------------ */

static const char *variable_value(const char *entry, const char *name)
{
    size_t size = strlen(name);
    return strncmp(entry, name, size) == 0 ? entry + size : NULL;
}

/* Makes the environment what the launcher found: our variable goes, LD_PRELOAD goes or
 * gets its old end back. Works in place, so that the order stays and setenv later
 * behaves as always; strings are cut where they stand, since we appended to them. */
static void restore_environment(struct field old_preload)
{
    char **kept = environ;
    for (char **entry = environ; *entry != NULL; entry++) {
        if (variable_value(*entry, LAUNCH_VARIABLE) != NULL)
            continue;
        const char *preload = variable_value(*entry, PRELOAD_VARIABLE);
        if (preload != NULL) {
            if (old_preload.value == NULL)
                continue;
            if (strlen(preload) > old_preload.size)
                (*entry)[(size_t)(preload - *entry) + old_preload.size] = '\0';
        }
        *kept++ = *entry;
    }
    *kept = NULL;
}

/* ---- the interpreter ------------------------------------------------------------ */

struct python {
    struct object *(*PyUnicode_FromString)(const char *);
    struct object *(*PyUnicode_DecodeFSDefaultAndSize)(const char *, intptr_t);
    struct object *(*PyUnicode_AsEncodedString)(struct object *, const char *,
                                                const char *);
    struct object *(*PyBytes_FromString)(const char *);
    char *(*PyBytes_AsString)(struct object *);
    struct object *(*PyObject_Str)(struct object *);
    struct object *(*PyObject_CallMethod)(struct object *, const char *, const char *,
                                          ...);
    struct object *(*PyImport_ImportModule)(const char *);
    struct object *(*PyImport_GetModule)(struct object *);
    struct object *(*PyErr_Occurred)(void);
    struct object *(*PyErr_GetRaisedException)(void);
    void (*Py_DecRef)(struct object *); /* takes NULL */
    void (*Py_Exit)(int);
};

/* Result: whether the interpreter has all of them. */
static bool python_find(struct python *py)
{
    bool found = true;
#define FIND(name)                                                                     \
    found = (*(void **)&py->name = dlsym(RTLD_DEFAULT, #name)) != NULL && found
    FIND(PyUnicode_FromString);
    FIND(PyUnicode_DecodeFSDefaultAndSize);
    FIND(PyUnicode_AsEncodedString);
    FIND(PyBytes_FromString);
    FIND(PyBytes_AsString);
    FIND(PyObject_Str);
    FIND(PyObject_CallMethod);
    FIND(PyImport_ImportModule);
    FIND(PyImport_GetModule);
    FIND(PyErr_Occurred);
    FIND(PyErr_GetRaisedException);
    FIND(Py_DecRef);
    FIND(Py_Exit);
#undef FIND
    return found;
}

/* Loads the extension from its file, as importlib would, but without sys.path and
 * without the package around it (the program's sys.modules stays the plain one).
 * Result: a new reference, or NULL with an exception set. */
static struct object *load_from_file(const struct python *py, struct field path)
{
    struct object *file = NULL, *spec = NULL, *module = NULL;
    struct object *bootstrap = py->PyImport_ImportModule("_frozen_importlib");
    struct object *external = py->PyImport_ImportModule("_frozen_importlib_external");
    if (bootstrap == NULL || external == NULL)
        goto done;
    file = py->PyUnicode_DecodeFSDefaultAndSize(path.value, (intptr_t)path.size);
    if (file == NULL)
        goto done;
    spec = py->PyObject_CallMethod(external, "spec_from_file_location", "sO",
                                   MODULE_NAME, file);
    if (spec == NULL)
        goto done;
    module = py->PyObject_CallMethod(bootstrap, "_load", "O", spec);
done:
    py->Py_DecRef(spec);
    py->Py_DecRef(file);
    py->Py_DecRef(external);
    py->Py_DecRef(bootstrap);
    return module;
}

/* The extension: the one that start-up code (a .pth file, sitecustomize) has imported
 * already, else from its file. Result as of load_from_file. */
static struct object *find_extension(const struct python *py, const char *config)
{
    struct object *name = py->PyUnicode_FromString(MODULE_NAME);
    if (name == NULL)
        return NULL;
    struct object *module = py->PyImport_GetModule(name);
    py->Py_DecRef(name);
    if (module != NULL || py->PyErr_Occurred() != NULL)
        return module;
    return load_from_file(py, config_get(config, "extension"));
}

static void write_all(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, text, size);
        if (written <= 0)
            return;
        text += written;
        size -= (size_t)written;
    }
}

/* Says why the recording could not start and ends the process with status 1. */
static void give_up(const struct python *py)
{
    struct object *error = py->PyErr_GetRaisedException();
    struct object *text = py->PyObject_Str(error);
    struct object *bytes = NULL;
    if (text != NULL)
        bytes = py->PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    const char *message = bytes != NULL ? py->PyBytes_AsString(bytes) : "unknown error";
    if (*message == '\0') /* a MemoryError of the interpreter's has no text */
        message = "out of memory";
    write_all(FAILURE, sizeof FAILURE - 1);
    write_all(message, strlen(message));
    write_all("\n", 1);
    py->Py_DecRef(bytes);
    py->Py_DecRef(text);
    py->Py_DecRef(error);
    py->Py_Exit(1);
}

static int audit(const char *event, struct object *arguments, void *user_data);

static void start_program(const char *config)
{
    struct python py;
    if (!python_find(&py)) {
        static const char message[] = FAILURE "unsupported interpreter\n";
        write_all(message, sizeof message - 1);
        _exit(1);
    }
    struct object *bytes = NULL, *result = NULL;
    struct object *extension = find_extension(&py, config);
    if (extension != NULL)
        bytes = py.PyBytes_FromString(config);
    if (bytes != NULL)
        result = py.PyObject_CallMethod(extension, "_start_program", "On", bytes,
                                        (intptr_t)audit);
    if (result == NULL)
        give_up(&py);
    py.Py_DecRef(result);
    py.Py_DecRef(bytes);
    py.Py_DecRef(extension);
}

/* ---- the hook -------------------------------------------------------------------- */

static bool program_begins(const char *event)
{
    const char *kind = variable_value(event, "cpython.run_");
    return kind != NULL && (strcmp(kind, "file") == 0 || strcmp(kind, "module") == 0 ||
                            strcmp(kind, "command") == 0 || strcmp(kind, "stdin") == 0);
}

/* Py_AuditHookFunction. Result: always 0, it refuses nothing. */
static int audit(const char *event, struct object *arguments, void *user_data)
{
    struct launch *self = user_data;
    (void)arguments;
    if (atomic_load_explicit(&self->is_over, memory_order_relaxed))
        return 0;
    if (!program_begins(event))
        return 0;
    atomic_store_explicit(&self->is_over, true, memory_order_relaxed);
    start_program(self->config);
    return 0;
}

/* For the extension: whether the program that is to be recorded has not begun yet. */
int ct_preload_is_pending(void);

__attribute__((visibility("default"))) int ct_preload_is_pending(void)
{
    return launch.config != NULL && !atomic_load(&launch.is_over);
}

/* ---- the way into the interpreter ------------------------------------------------ */

/* Adds the hook when the interpreter makes its module `posix`, which it always does and
 * early. A hook added before main would come from another allocator than the one that
 * frees it at the end, and PYTHONMALLOC=debug and -X dev abort for that. */
static struct object *init_posix(void)
{
    if (!launch.has_hook) {
        launch.has_hook = true; /* not again in a subinterpreter */
        launch.add_hook(audit, &launch);
    }
    return launch.init_posix();
}

/* Puts init_posix into the interpreter's table of built-in modules, which belongs to
 * whoever starts the interpreter until it initialises. Result: whether it is there. */
static bool enter_table(struct inittab **table)
{
    size_t count = 0;
    while ((*table)[count].name != NULL)
        count++;
    struct inittab *copy = malloc((count + 1) * sizeof *copy); /* for good */
    if (copy == NULL)
        return false;
    memcpy(copy, *table, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(copy[i].name, "posix") != 0)
            continue;
        launch.init_posix = copy[i].init;
        copy[i].init = init_posix;
        *table = copy;
        return true;
    }
    free(copy);
    return false;
}

__attribute__((constructor)) static void before_main(void)
{
    struct inittab **table = dlsym(RTLD_DEFAULT, "PyImport_Inittab");
    *(void **)&launch.add_hook = dlsym(RTLD_DEFAULT, "PySys_AddAuditHook");
    const char *config = getenv("CODETRACER_RECORDER_LAUNCH");
    if (table == NULL || launch.add_hook == NULL || config == NULL)
        return;

    restore_environment(config_get(config, "old_ld_preload"));
    long preload_fd = config_number(config, "preload_fd");
    if (preload_fd >= 0)
        close((int)preload_fd);
    /* Another process than the one that was meant got the variable: stay out of it. */
    if (config_number(config, "pid") != (long)getpid() &&
        config_number(config, "parent") != (long)getppid())
        return;

    /* The program may overwrite the memory that the environment came in. */
    launch.config = strdup(config);
    if (launch.config == NULL || !enter_table(table)) {
        static const char message[] = FAILURE "unsupported interpreter\n";
        write_all(message, sizeof message - 1);
        _exit(1);
    }
}
