/* In front of `_posixsubprocess.fork_exec`, which starts every child of subprocess,
 * asyncio and multiprocessing's `spawn` that `os.posix_spawn` does not, of that one,
 * and of `os.fork`. The arguments of the first say what the child's descriptors will
 * be: -1 is to inherit; those of the second, what is done in the child. After a fork
 * the child itself puts the pipe in place, before the program goes on there. */
#include "py/fd_children.h"

#include "py/fd_hooks.h"
#include "py/io_patch.h"
#include "tape/tape_help.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Arguments of fork_exec: the descriptor to become 1, that to become 2. */
enum { CT_ARG_OUT = 9, CT_ARG_ERR = 11, CT_ARG_LEAST = 20, CT_ARG_MOST = 24 };

/* Of posix_spawn: arguments at most, and the number of the action `dup2`. */
enum { CT_SPAWN_MOST = 16, CT_SPAWN_DUP2 = 2 };

typedef PyObject *(*spawn_function)(PyObject *, PyObject *const *, Py_ssize_t,
                                    PyObject *);

static PyObject *(*fork_exec)(PyObject *, PyObject *const *, Py_ssize_t);
static PyCFunction os_fork;

/* A pipe in the place of another one. */
struct stand_in {
    int target;       /* descriptor 1 or 2; 0: none */
    struct stat info; /* of that one */
    bool is_open;
    int fd;         /* owned: the end to write to, … */
    PyObject *file; /* owned: … as an int */
};

/* The descriptor of the program's that the child would have, 1 or 2; 0: another one. */
static int inherited(PyObject *argument, int own)
{
    if (!PyLong_CheckExact(argument))
        return 0;
    long fd = PyLong_AsLong(argument);
    PyErr_Clear();
    return fd == -1 ? own : fd == STDOUT_FILENO || fd == STDERR_FILENO ? (int)fd : 0;
}

static void close_stand_in(struct stand_in *stand_in)
{
    if (stand_in->is_open)
        close(stand_in->fd);
    Py_CLEAR(stand_in->file);
}

/* Opens a stand-in for descriptor `target`, if that is a pipe. */
static void open_stand_in(struct stand_in *stand_in, const struct ct_recorder *recorder,
                          int target)
{
    int ends[2];
    enum ct_event event = target == STDOUT_FILENO ? CT_EVENT_WRITE : CT_EVENT_WRITE_ERR;
    if (!ct_fd_is_wanted(target) || !S_ISFIFO(stand_in->info.st_mode) ||
        pipe2(ends, O_CLOEXEC) < 0)
        return;
    bool is_good = ends[0] > STDERR_FILENO && ends[1] > STDERR_FILENO &&
                   (stand_in->file = PyLong_FromLong(ends[1])) != NULL &&
                   ct_help_relay(&recorder->tape.help, ends[0], target, event);
    PyErr_Clear();
    close(ends[0]);
    if (is_good) {
        stand_in->fd = ends[1];
        stand_in->is_open = true;
    } else {
        close(ends[1]);
        Py_CLEAR(stand_in->file);
    }
}

/* Opens stand-ins for what the child would inherit, in the order 1, 2; `target` 0 is
 * nothing that it inherits. Descriptors that are the same pipe get the same stand-in,
 * or none: the order of what comes would be lost. True if they are the same. */
static bool open_stand_ins(struct stand_in stand_ins[2],
                           const struct ct_recorder *recorder)
{
    struct stand_in *out = &stand_ins[0], *err = &stand_ins[1];
    for (int i = 0; i < 2; i++) {
        struct stand_in *one = &stand_ins[i];
        if (one->target != 0 && fstat(one->target, &one->info) < 0)
            one->target = 0;
    }
    bool is_same = out->target != 0 && err->target != 0 &&
                   out->info.st_dev == err->info.st_dev &&
                   out->info.st_ino == err->info.st_ino;
    if (is_same && (!ct_fd_is_wanted(STDOUT_FILENO) || !ct_fd_is_wanted(STDERR_FILENO)))
        return true;
    if (out->target != 0)
        open_stand_in(out, recorder, out->target);
    if (err->target != 0 && !is_same)
        open_stand_in(err, recorder, err->target);
    return is_same;
}

/* Exchanges the two arguments. */
static void exchange(PyObject *changed[], struct stand_in stand_ins[2],
                     const struct ct_recorder *recorder)
{
    const struct stand_in *out = &stand_ins[0], *err = &stand_ins[1];
    stand_ins[0].target = inherited(changed[CT_ARG_OUT], STDOUT_FILENO);
    stand_ins[1].target = inherited(changed[CT_ARG_ERR], STDERR_FILENO);
    if (open_stand_ins(stand_ins, recorder))
        err = out;
    if (out->is_open)
        changed[CT_ARG_OUT] = out->file;
    if (err->is_open)
        changed[CT_ARG_ERR] = err->file;
}

static PyObject *on_fork_exec(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct stand_in stand_ins[2] = {{.target = 0}, {.target = 0}};
    PyObject *changed[CT_ARG_MOST];
    const struct ct_recorder *recorder = ct_fd_recorder();
    if (recorder == NULL || count < CT_ARG_LEAST || count > CT_ARG_MOST)
        return fork_exec(module, args, count);
    ct_fd_drain_attached();
    recorder = ct_fd_recorder(); /* others have run */
    memcpy(changed, args, (size_t)count * sizeof *args);
    if (recorder != NULL)
        exchange(changed, stand_ins, recorder);
    PyObject *result = fork_exec(module, changed, count);
    close_stand_in(&stand_ins[0]);
    close_stand_in(&stand_ins[1]);
    return result;
}

/* Has descriptors 1 and 2 of a forked child be the stand-ins. */
static void put_in_place(const struct stand_in stand_ins[2], bool is_same)
{
    const struct stand_in *out = &stand_ins[0], *err = &stand_ins[is_same ? 0 : 1];
    if (out->is_open)
        dup2(out->fd, STDOUT_FILENO);
    if (err->is_open)
        dup2(err->fd, STDERR_FILENO);
}

static PyObject *on_fork(PyObject *module, PyObject *ignored)
{
    struct stand_in stand_ins[2] = {{.target = STDOUT_FILENO},
                                    {.target = STDERR_FILENO}};
    bool is_same = false;
    if (ct_fd_recorder() == NULL)
        return os_fork(module, ignored);
    ct_fd_drain_attached();
    const struct ct_recorder *recorder = ct_fd_recorder(); /* others have run */
    if (recorder != NULL)
        is_same = open_stand_ins(stand_ins, recorder);
    PyObject *result = os_fork(module, ignored);
    if (result != NULL && PyLong_CheckExact(result) && PyLong_AsLong(result) == 0)
        put_in_place(stand_ins, is_same);
    close_stand_in(&stand_ins[0]);
    close_stand_in(&stand_ins[1]);
    return result;
}

/* ---- posix_spawn ------------------------------------------------------------------
 */

/* A new list of file actions: those that put the stand-ins in place, then the given
 * ones; `given` is a list, a tuple or NULL. */
static PyObject *add_actions(const struct stand_in stand_ins[2], bool is_same,
                             PyObject *given)
{
    PyObject *actions = PyList_New(0);
    for (int i = 0; actions != NULL && i < 2; i++) {
        const struct stand_in *one = &stand_ins[is_same ? 0 : i];
        PyObject *action = one->is_open ? Py_BuildValue("(iii)", CT_SPAWN_DUP2, one->fd,
                                                        STDOUT_FILENO + i)
                                        : NULL;
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
static PyObject *spawn_with(spawn_function function, PyObject *module,
                            PyObject *const *args, Py_ssize_t count, PyObject *names,
                            const struct stand_in stand_ins[2], bool is_same)
{
    PyObject *changed[CT_SPAWN_MOST + 1];
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    Py_ssize_t place = find_actions(names, named);
    PyObject *given = place < 0 ? NULL : args[count + place];
    bool is_known = given == NULL || given == Py_None || PyList_CheckExact(given) ||
                    PyTuple_CheckExact(given);
    PyObject *all = place >= 0 ? Py_NewRef(names) : add_name(names, named);
    PyObject *actions = is_known && all != NULL && count + named <= CT_SPAWN_MOST
                            ? add_actions(stand_ins, is_same, given)
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

static PyObject *on_spawn(spawn_function function, PyObject *module,
                          PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    struct stand_in stand_ins[2] = {{.target = STDOUT_FILENO},
                                    {.target = STDERR_FILENO}};
    ct_fd_drain_attached();
    const struct ct_recorder *recorder = ct_fd_recorder();
    if (recorder == NULL)
        return function(module, args, count, names);
    bool is_same = open_stand_ins(stand_ins, recorder);
    PyObject *result =
        stand_ins[0].is_open || stand_ins[1].is_open
            ? spawn_with(function, module, args, count, names, stand_ins, is_same)
            : function(module, args, count, names);
    close_stand_in(&stand_ins[0]);
    close_stand_in(&stand_ins[1]);
    return result;
}

static spawn_function posix_spawn_before, posix_spawnp_before;

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
