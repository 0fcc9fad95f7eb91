/* In front of the functions that make children.
 *
 * `_posixsubprocess.fork_exec` (subprocess, asyncio, multiprocessing) is told which
 * descriptors become the child's 1 and 2; -1 is to inherit. `os.posix_spawn` is told
 * what to do in the child. After `os.fork` the child itself puts the pipes in place,
 * before the program goes on there. `os.system` calls the C library, in whose place a
 * function here does the same with the pipes in place (ct_fd_children_system). */
#include "py/fd_children.h"

#include "py/fd_stand_in.h"
#include "py/io_patch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* Arguments of fork_exec: the descriptor to become 1, that to become 2. */
enum { CT_ARG_OUT = 9, CT_ARG_ERR = 11, CT_ARG_LEAST = 20, CT_ARG_MOST = 24 };

/* Of posix_spawn: arguments at most, and the number of the action `dup2`. */
enum { CT_SPAWN_MOST = 16, CT_SPAWN_DUP2 = 2 };

typedef PyObject *(*fast_function)(PyObject *, PyObject *const *, Py_ssize_t);
typedef PyObject *(*keyword_function)(PyObject *, PyObject *const *, Py_ssize_t,
                                      PyObject *);

/* What was called before. */
static PyCFunction os_fork;
static fast_function fork_exec;
static keyword_function posix_spawn_before, posix_spawnp_before, os_system;

/* ---- fork_exec --------------------------------------------------------------------
 */

/* The descriptor of the program's that the child would have, 1 or 2; 0: another one. */
static int inherited(PyObject *argument, int own)
{
    if (!PyLong_CheckExact(argument))
        return 0;
    long fd = PyLong_AsLong(argument);
    PyErr_Clear();
    return fd == -1 ? own : fd == STDOUT_FILENO || fd == STDERR_FILENO ? (int)fd : 0;
}

static PyObject *on_fork_exec(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct ct_stand_ins stand_ins;
    PyObject *changed[CT_ARG_MOST], *files[3] = {NULL};
    if (count < CT_ARG_LEAST || count > CT_ARG_MOST ||
        !ct_stand_ins_open(&stand_ins, inherited(args[CT_ARG_OUT], STDOUT_FILENO),
                           inherited(args[CT_ARG_ERR], STDERR_FILENO)))
        return fork_exec(module, args, count);
    memcpy(changed, args, (size_t)count * sizeof *args);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        int file = ct_stand_ins_file(&stand_ins, fd);
        files[fd] = file < 0 ? NULL : PyLong_FromLong(file);
        if (files[fd] != NULL)
            changed[fd == STDOUT_FILENO ? CT_ARG_OUT : CT_ARG_ERR] = files[fd];
        PyErr_Clear();
    }
    PyObject *result = fork_exec(module, changed, count);
    Py_XDECREF(files[STDOUT_FILENO]);
    Py_XDECREF(files[STDERR_FILENO]);
    ct_stand_ins_close(&stand_ins);
    return result;
}

/* ---- fork -------------------------------------------------------------------------
 */

static PyObject *on_fork(PyObject *module, PyObject *ignored)
{
    struct ct_stand_ins stand_ins;
    ct_stand_ins_open(&stand_ins, STDOUT_FILENO, STDERR_FILENO);
    PyObject *result = os_fork(module, ignored);
    bool is_child =
        result != NULL && PyLong_CheckExact(result) && PyLong_AsLong(result) == 0;
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO && is_child; fd++) {
        if (ct_stand_ins_file(&stand_ins, fd) >= 0)
            dup2(ct_stand_ins_file(&stand_ins, fd), fd);
    }
    ct_stand_ins_close(&stand_ins);
    return result;
}

/* ---- posix_spawn ------------------------------------------------------------------
 */

/* A new list of file actions: those that put the stand-ins in place, then the given
 * ones; `given` is a list, a tuple or NULL. */
static PyObject *add_actions(const struct ct_stand_ins *stand_ins, PyObject *given)
{
    PyObject *actions = PyList_New(0);
    for (int fd = STDOUT_FILENO; actions != NULL && fd <= STDERR_FILENO; fd++) {
        int file = ct_stand_ins_file(stand_ins, fd);
        PyObject *action =
            file < 0 ? NULL : Py_BuildValue("(iii)", CT_SPAWN_DUP2, file, fd);
        if (action != NULL)
            PyList_Append(actions, action);
        Py_XDECREF(action);
    }
    for (Py_ssize_t i = 0; actions != NULL && given != NULL && given != Py_None &&
                           i < PySequence_Fast_GET_SIZE(given);
         i++)
        PyList_Append(actions, PySequence_Fast_GET_ITEM(given, i));
    if (PyErr_Occurred())
        Py_CLEAR(actions);
    PyErr_Clear();
    return actions;
}

/* The place of the keyword `file_actions` among `count` names, or -1. */
static Py_ssize_t find_actions(PyObject *names, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i),
                                             "file_actions") == 0)
            return i;
    }
    return -1;
}

/* The names with `file_actions` behind them. */
static PyObject *add_name(PyObject *names, Py_ssize_t count)
{
    PyObject *all = PyTuple_New(count + 1);
    for (Py_ssize_t i = 0; all != NULL && i < count; i++)
        PyTuple_SET_ITEM(all, i, Py_NewRef(PyTuple_GET_ITEM(names, i)));
    PyObject *name = all == NULL ? NULL : PyUnicode_FromString("file_actions");
    if (name != NULL)
        PyTuple_SET_ITEM(all, count, name);
    else
        Py_CLEAR(all);
    PyErr_Clear();
    return all;
}

/* Calls `function` with further file actions, which come before the program's own. */
static PyObject *spawn_with(keyword_function function, PyObject *module,
                            PyObject *const *args, Py_ssize_t count, PyObject *names,
                            const struct ct_stand_ins *stand_ins)
{
    PyObject *changed[CT_SPAWN_MOST + 1];
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    Py_ssize_t place = find_actions(names, named);
    PyObject *given = place < 0 ? NULL : args[count + place];
    bool is_known = given == NULL || given == Py_None || PyList_CheckExact(given) ||
                    PyTuple_CheckExact(given);
    PyObject *all = place >= 0 ? Py_NewRef(names) : add_name(names, named);
    PyObject *actions = is_known && all != NULL && count + named <= CT_SPAWN_MOST
                            ? add_actions(stand_ins, given)
                            : NULL;
    if (actions != NULL) {
        memcpy(changed, args, (size_t)(count + named) * sizeof *args);
        changed[count + (place < 0 ? named : place)] = actions;
        args = changed;
        names = all;
    }
    PyObject *result = function(module, args, count, names);
    Py_XDECREF(actions);
    Py_XDECREF(all);
    return result;
}

static PyObject *on_spawn(keyword_function function, PyObject *module,
                          PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    struct ct_stand_ins stand_ins;
    bool is_open = ct_stand_ins_open(&stand_ins, STDOUT_FILENO, STDERR_FILENO);
    PyObject *result =
        is_open ? spawn_with(function, module, args, count, names, &stand_ins)
                : function(module, args, count, names);
    ct_stand_ins_close(&stand_ins);
    return result;
}

static PyObject *on_posix_spawn(PyObject *module, PyObject *const *args,
                                Py_ssize_t count, PyObject *names)
{
    return on_spawn(posix_spawn_before, module, args, count, names);
}

static PyObject *on_posix_spawnp(PyObject *module, PyObject *const *args,
                                 Py_ssize_t count, PyObject *names)
{
    return on_spawn(posix_spawnp_before, module, args, count, names);
}

/* ---- system -----------------------------------------------------------------------
 */

/* Of the call of `os.system` in this thread, or NULL. */
static _Thread_local const struct ct_stand_ins *system_stand_ins;

/* What POSIX asks of the signals while commands run, from all threads together. */
static pthread_mutex_t system_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned system_calls;
static struct sigaction before_interrupt, before_quit;

static void ignore_signals(sigset_t *before)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t child;
    pthread_mutex_lock(&system_lock);
    if (system_calls++ == 0) {
        sigaction(SIGINT, &ignore, &before_interrupt);
        sigaction(SIGQUIT, &ignore, &before_quit);
    }
    pthread_mutex_unlock(&system_lock);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child, before);
}

static void restore_signals(const sigset_t *before)
{
    pthread_mutex_lock(&system_lock);
    if (--system_calls == 0) {
        sigaction(SIGINT, &before_interrupt, NULL);
        sigaction(SIGQUIT, &before_quit, NULL);
    }
    pthread_mutex_unlock(&system_lock);
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* Starts the shell with the stand-ins in place: 0 or an error number. */
static int spawn_shell(pid_t *pid, const char *command, const sigset_t *mask)
{
    char *const argv[] = {"sh", "-c", "--", (char *)(uintptr_t)command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    posix_spawn_file_actions_init(&actions);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        int file = ct_stand_ins_file(system_stand_ins, fd);
        if (file >= 0)
            posix_spawn_file_actions_adddup2(&actions, file, fd);
    }
    sigemptyset(&defaults);
    if (before_interrupt.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGINT);
    if (before_quit.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGQUIT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int error = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int ct_fd_children_system(int (*original)(const char *), const char *command)
{
    sigset_t before;
    pid_t pid;
    int status = W_EXITCODE(127, 0); /* the shell could not be run */
    if (system_stand_ins == NULL || command == NULL)
        return original(command);
    ignore_signals(&before);
    int error = spawn_shell(&pid, command, &before);
    pid_t ended = error == 0 ? -1 : 0;
    while (ended < 0 && (ended = waitpid(pid, &status, 0)) < 0) {
        if (errno != EINTR) {
            status = -1;
            break;
        }
    }
    restore_signals(&before);
    if (error != 0)
        errno = error;
    return status;
}

static PyObject *on_os_system(PyObject *module, PyObject *const *args, Py_ssize_t count,
                              PyObject *names)
{
    struct ct_stand_ins stand_ins;
    const struct ct_stand_ins *outer = system_stand_ins;
    bool is_open = ct_stand_ins_open(&stand_ins, STDOUT_FILENO, STDERR_FILENO);
    system_stand_ins = is_open ? &stand_ins : NULL;
    PyObject *result = os_system(module, args, count, names);
    system_stand_ins = outer;
    ct_stand_ins_close(&stand_ins);
    return result;
}

/* ---- putting the hooks in place ---------------------------------------------------
 */

#define AS_METHOD(function) ((PyCFunction)(void (*)(void))(function))
#define AS_PLACE(variable) ((PyCFunction *)(void *)&(variable))

void ct_fd_children_hook_posix(PyObject *module)
{
    static const struct ct_io_method methods[] = {
        {"fork", METH_NOARGS, on_fork, &os_fork},
        {"posix_spawn", METH_FASTCALL | METH_KEYWORDS, AS_METHOD(on_posix_spawn),
         AS_PLACE(posix_spawn_before)},
        {"posix_spawnp", METH_FASTCALL | METH_KEYWORDS, AS_METHOD(on_posix_spawnp),
         AS_PLACE(posix_spawnp_before)},
        {"system", METH_FASTCALL | METH_KEYWORDS, AS_METHOD(on_os_system),
         AS_PLACE(os_system)},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(methods); i++)
        ct_io_patch_function(module, &methods[i]);
}

void ct_fd_children_hook(PyObject *module)
{
    static const struct ct_io_method method = {
        "fork_exec", METH_FASTCALL, AS_METHOD(on_fork_exec), AS_PLACE(fork_exec)};
    ct_io_patch_function(module, &method);
}
