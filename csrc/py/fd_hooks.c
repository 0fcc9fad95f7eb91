/* The interposed functions, and the libraries that are loaded while they are.
 *
 * The C library's own streams (printf) do not call `write` through a table that could
 * be changed; they call the function of their type of stream, which is in a table of
 * its own. That entry is replaced if it is the one expected. */
#include "py/fd_hooks.h"

#include "base/interpose.h"
#include "py/fd_children.h"
#include "py/fd_tail.h"
#include "py/io_patch.h"
#include "tape/mirror.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CT_STDIO_ENTRIES 21 /* of a table of a stream's functions */

/* Process-wide, as what it stands for is. */
static struct {
    _Atomic(struct ct_recorder *) recorder; /* borrowed; NULL: nothing is recorded */
    _Atomic unsigned users;                 /* threads that use it now */
    struct ct_mirror mirror;
    bool is_wanted[3]; /* by descriptor */
} fd_state;

static _Thread_local unsigned own_depth;

/* The recording, which is not freed until `release`; or NULL. */
static struct ct_recorder *acquire(void)
{
    if (atomic_load(&fd_state.recorder) == NULL)
        return NULL;
    atomic_fetch_add(&fd_state.users, 1);
    struct ct_recorder *recorder = atomic_load(&fd_state.recorder);
    if (recorder != NULL && recorder->process == getpid())
        return recorder;
    atomic_fetch_sub(&fd_state.users, 1);
    return NULL;
}

static void release(void)
{
    atomic_fetch_sub(&fd_state.users, 1);
}

struct ct_recorder *ct_fd_recorder(void)
{
    struct ct_recorder *recorder = atomic_load(&fd_state.recorder);
    return recorder != NULL && recorder->process == getpid() ? recorder : NULL;
}

/* How to reach the helper, if children's output is passed on now. Nothing is held while
 * one waits for it. */
static bool find_help(struct ct_help *help)
{
    const struct ct_recorder *recorder = acquire();
    if (recorder == NULL)
        return false;
    const struct ct_handover_page *page = recorder->tape.handover.page;
    bool is_needed = page != NULL && atomic_load(&page->relays) != 0;
    if (is_needed)
        *help = recorder->tape.help;
    release();
    return is_needed;
}

void ct_fd_drain(void)
{
    struct ct_help help;
    if (find_help(&help))
        ct_help_drain(&help, -1, false);
}

void ct_fd_drain_attached(void)
{
    struct ct_help help;
    if (!find_help(&help))
        return;
    PyThreadState *state = PyEval_SaveThread();
    ct_help_drain(&help, -1, false);
    PyEval_RestoreThread(state);
}

/* Before a write to `fd`: what children have written there comes before it. Waits as
 * the write would have to. */
static void drain_target(const struct ct_help *help, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    ct_help_drain(help, fd, flags >= 0 && (flags & O_NONBLOCK) == 0);
}

bool ct_fd_is_wanted(int fd)
{
    return fd_state.is_wanted[fd];
}

void ct_fd_enter_own(int fd)
{
    own_depth++;
    const struct ct_recorder *recorder = ct_fd_recorder();
    if (fd < 0 || recorder == NULL)
        return;
    struct ct_help help;
    if (find_help(&help)) {
        PyThreadState *state = PyEval_SaveThread();
        drain_target(&help, fd);
        PyEval_RestoreThread(state);
    }
    if (ct_fd_recorder() != NULL)
        ct_fd_tail_enter_own(fd, &fd_state.mirror);
}

void ct_fd_leave_own(int fd, const char *bytes, ssize_t written)
{
    own_depth--;
    if (fd >= 0 && atomic_load(&fd_state.recorder) != NULL)
        ct_fd_tail_leave_own(fd, bytes, written, &fd_state.mirror);
}

/* ---- what is interposed -----------------------------------------------------------
 */

static bool is_watched(int fd)
{
    return (fd == STDOUT_FILENO || fd == STDERR_FILENO) && own_depth == 0;
}

/* Something was written to `fd`; `parts` are what the caller wanted to write. */
static void note(int fd, const struct iovec *parts, int count, ssize_t written)
{
    struct ct_recorder *recorder = acquire();
    if (recorder == NULL)
        return;
    enum ct_event event = fd == STDOUT_FILENO ? CT_EVENT_WRITE : CT_EVENT_WRITE_ERR;
    bool is_tailed = ct_fd_tail_has(fd);
    for (int i = 0; fd_state.is_wanted[fd] && !is_tailed && i < count && written > 0;
         i++) {
        size_t size = Py_MIN(parts[i].iov_len, (size_t)written);
        ct_mirror_append(&fd_state.mirror, event, parts[i].iov_base, size);
        written -= (ssize_t)size;
    }
    atomic_store(&recorder->needs_look, true);
    release();
}

/* What children have written comes before what is written now. */
static void drain_before(int fd)
{
    struct ct_help help;
    if (is_watched(fd) && find_help(&help))
        drain_target(&help, fd);
}

/* A child has ended: what it has written is there. */
static void note_child(void)
{
    ct_fd_drain();
    struct ct_recorder *recorder = acquire();
    if (recorder == NULL)
        return;
    atomic_store(&recorder->needs_look, true);
    release();
}

enum {
    WRITE,
    WRITE_ALIAS,
    WRITEV,
    WAIT,
    WAITPID,
    WAIT3,
    WAIT4,
    WAITID,
    SYSTEM,
    FUNCTIONS
};
static struct ct_interposed functions[FUNCTIONS];

static ssize_t on_write(int fd, const void *bytes, size_t size)
{
    ssize_t (*original)(int, const void *, size_t);
    *(void **)&original = functions[WRITE].original;
    drain_before(fd);
    ssize_t written = original(fd, bytes, size);
    if (written > 0 && is_watched(fd))
        note(fd, &(struct iovec){(void *)(uintptr_t)bytes, size}, 1, written);
    return written;
}

static ssize_t on_writev(int fd, const struct iovec *parts, int count)
{
    ssize_t (*original)(int, const struct iovec *, int);
    *(void **)&original = functions[WRITEV].original;
    drain_before(fd);
    ssize_t written = original(fd, parts, count);
    if (written > 0 && is_watched(fd))
        note(fd, parts, count, written);
    return written;
}

static pid_t on_wait(int *status)
{
    pid_t (*original)(int *);
    *(void **)&original = functions[WAIT].original;
    pid_t result = original(status);
    if (result > 0)
        note_child();
    return result;
}

static pid_t on_wait3(int *status, int options, struct rusage *usage)
{
    pid_t (*original)(int *, int, struct rusage *);
    *(void **)&original = functions[WAIT3].original;
    pid_t result = original(status, options, usage);
    if (result > 0)
        note_child();
    return result;
}

static pid_t on_waitpid(pid_t pid, int *status, int options)
{
    pid_t (*original)(pid_t, int *, int);
    *(void **)&original = functions[WAITPID].original;
    pid_t result = original(pid, status, options);
    if (result > 0)
        note_child();
    return result;
}

static pid_t on_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    pid_t (*original)(pid_t, int *, int, struct rusage *);
    *(void **)&original = functions[WAIT4].original;
    pid_t result = original(pid, status, options, usage);
    if (result > 0)
        note_child();
    return result;
}

static int on_waitid(idtype_t kind, id_t id, siginfo_t *info, int options)
{
    int (*original)(idtype_t, id_t, siginfo_t *, int);
    *(void **)&original = functions[WAITID].original;
    int result = original(kind, id, info, options);
    if (result == 0)
        note_child();
    return result;
}

static int on_system(const char *command)
{
    int (*original)(const char *);
    *(void **)&original = functions[SYSTEM].original;
    int result = ct_fd_children_system(original, command);
    note_child();
    return result;
}

#define AS_HOOK(function) ((void *)(uintptr_t)(function))

static struct ct_interposed functions[FUNCTIONS] = {
    [WRITE] = {"write", AS_HOOK(on_write), NULL},
    [WRITE_ALIAS] = {"__write", AS_HOOK(on_write), NULL},
    [WRITEV] = {"writev", AS_HOOK(on_writev), NULL},
    [WAIT] = {"wait", AS_HOOK(on_wait), NULL},
    [WAIT3] = {"wait3", AS_HOOK(on_wait3), NULL},
    [WAITPID] = {"waitpid", AS_HOOK(on_waitpid), NULL},
    [WAIT4] = {"wait4", AS_HOOK(on_wait4), NULL},
    [WAITID] = {"waitid", AS_HOOK(on_waitid), NULL},
    [SYSTEM] = {"system", AS_HOOK(on_system), NULL},
};

/* ---- the C library's streams ------------------------------------------------------
 */

static ssize_t (*stdio_write)(FILE *, const void *, ssize_t);

static ssize_t on_stdio_write(FILE *stream, const void *bytes, ssize_t size)
{
    int fd = stream->_fileno;
    drain_before(fd);
    ssize_t written = stdio_write(stream, bytes, size);
    if (written > 0 && is_watched(fd))
        note(fd, &(struct iovec){(void *)(uintptr_t)bytes, (size_t)size}, 1, written);
    return written;
}

/* Exchanges the function in the table `name` of the C library's. */
static void exchange_entry(const char *name, void *expected, void *wanted)
{
    void **table = dlsym(RTLD_DEFAULT, name);
    for (size_t i = 0; table != NULL && i < CT_STDIO_ENTRIES; i++) {
        if (table[i] == expected)
            ct_interpose_store(&table[i], wanted);
    }
}

static void exchange_stdio(bool is_end)
{
    *(void **)&stdio_write = dlsym(RTLD_DEFAULT, "_IO_file_write");
    void *original = AS_HOOK(stdio_write), *hook = AS_HOOK(on_stdio_write);
    if (original == NULL)
        return;
    exchange_entry("_IO_file_jumps", is_end ? hook : original,
                   is_end ? original : hook);
    exchange_entry("_IO_wfile_jumps", is_end ? hook : original,
                   is_end ? original : hook);
}

/* ---- libraries that come later ----------------------------------------------------
 */

static PyObject *(*create_dynamic)(PyObject *, PyObject *const *, Py_ssize_t);
static PyCFunction create_builtin, ctypes_dlopen;

static PyObject *on_ctypes_dlopen(PyObject *module, PyObject *args)
{
    PyObject *result = ctypes_dlopen(module, args);
    if (atomic_load(&fd_state.recorder) != NULL)
        ct_interpose_begin(functions, FUNCTIONS);
    return result;
}

static void hook_ctypes(PyObject *module)
{
    static const struct ct_io_method method = {"dlopen", METH_VARARGS, on_ctypes_dlopen,
                                               &ctypes_dlopen};
    ct_io_patch_function(module, &method);
}

/* A module of C has been loaded. */
static void hook_module(PyObject *module)
{
    const struct PyModuleDef *definition =
        PyModule_CheckExact(module) ? PyModule_GetDef(module) : NULL;
    PyErr_Clear();
    if (definition == NULL)
        return;
    if (strcmp(definition->m_name, "_ctypes") == 0)
        hook_ctypes(module);
    else if (strcmp(definition->m_name, "_posixsubprocess") == 0)
        ct_fd_children_hook(module);
}

static PyObject *on_create_dynamic(PyObject *module, PyObject *const *args,
                                   Py_ssize_t count)
{
    PyObject *result = create_dynamic(module, args, count);
    if (result == NULL || atomic_load(&fd_state.recorder) == NULL)
        return result;
    ct_interpose_begin(functions, FUNCTIONS);
    hook_module(result);
    return result;
}

/* The same where an interpreter has the module in itself. */
static PyObject *on_create_builtin(PyObject *module, PyObject *spec)
{
    PyObject *result = create_builtin(module, spec);
    if (result != NULL && atomic_load(&fd_state.recorder) != NULL)
        hook_module(result);
    return result;
}

static void hook_loaders(void)
{
    static const struct ct_io_method methods[] = {
        {"create_dynamic", METH_FASTCALL,
         (PyCFunction)(void (*)(void))on_create_dynamic,
         (PyCFunction *)(void *)&create_dynamic},
        {"create_builtin", METH_O, on_create_builtin, &create_builtin},
    };
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    for (size_t i = 0; i < Py_ARRAY_LENGTH(methods); i++)
        ct_io_patch_function(PyDict_GetItemString(modules, "_imp"), &methods[i]);
    hook_ctypes(PyDict_GetItemString(modules, "_ctypes"));
    ct_fd_children_hook(PyDict_GetItemString(modules, "_posixsubprocess"));
    ct_fd_children_hook_posix(PyDict_GetItemString(modules, "posix"));
}

/* ---- a recording ------------------------------------------------------------------
 */

void ct_fd_begin(struct ct_recorder *recorder, unsigned wanted)
{
    bool is_made = ct_mirror_make(&fd_state.mirror, &recorder->tape);
    if (!is_made) {
        ct_log_format(&recorder->log, CT_LOG_WARN, CT_LOG_SESSION,
                      "descriptors 1 and 2 are not recorded: no file in %s",
                      recorder->tape.folder);
        return;
    }
    /* One that is closed may become any file of the program's. */
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        fd_state.is_wanted[fd] = (wanted & 1u << fd) != 0 && fcntl(fd, F_GETFD) >= 0;
    ct_fd_tail_begin(fd_state.is_wanted);
    atomic_store(&fd_state.users, 0);
    atomic_store(&fd_state.recorder, recorder);
    ct_interpose_find(functions, FUNCTIONS);
    ct_interpose_begin(functions, FUNCTIONS);
    exchange_stdio(false);
    hook_loaders();
}

static void take(struct ct_recorder *recorder)
{
    struct ct_thread *thread = recorder->threads.current;
    if (thread == NULL || thread->stream.header == NULL ||
        recorder->window != CT_WINDOW_OPEN)
        return;
    ct_fd_tail_take(&fd_state.mirror);
    ct_mirror_move(&fd_state.mirror, &thread->stream);
}

void ct_fd_take(struct ct_recorder *recorder)
{
    if (atomic_load(&fd_state.recorder) == recorder)
        take(recorder);
}

/* From here on the hooks only pass on. */
static void let_go(void)
{
    atomic_store(&fd_state.recorder, NULL);
    while (atomic_load(&fd_state.users) != 0)
        sched_yield();
}

void ct_fd_end(struct ct_recorder *recorder)
{
    if (atomic_load(&fd_state.recorder) != recorder)
        return;
    if (recorder->process != getpid()) { /* a forked child, which is not recorded */
        atomic_store(&fd_state.recorder, NULL);
        return;
    }
    let_go();
    take(recorder);
    ct_interpose_end(functions, FUNCTIONS);
    exchange_stdio(true);
    ct_fd_tail_end();
}

void ct_fd_flush(const struct ct_recorder *recorder)
{
    if (atomic_load(&fd_state.recorder) != recorder)
        return;
    FILE *const streams[] = {stdout, stderr};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(streams); i++) {
        if (ftrylockfile(streams[i]) != 0)
            continue; /* another thread is at it */
        fflush(streams[i]);
        funlockfile(streams[i]);
    }
    ct_fd_drain();
}

void ct_fd_finish(struct ct_recorder *recorder)
{
    if (atomic_load(&fd_state.recorder) != recorder)
        return;
    let_go();
    ct_fd_tail_take(&fd_state.mirror);
    ct_mirror_end(&fd_state.mirror, &recorder->tape);
}
