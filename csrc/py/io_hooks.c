/* Methods of the interpreter's stream types that record and pass on.
 *
 * io_patch.c puts them in place. The streams are known by their addresses and no
 * reference is held. Every hook but those of these objects costs a few comparisons.
 * Nothing here may fail, or change what the replaced function is given or gives back.
 */
#include "py/io_hooks.h"

#include "py/fd_hooks.h"
#include "py/io_patch.h"
#include "py/io_record.h"

#include <unistd.h>

enum stream { STDIN, STDOUT, STDERR, STREAMS };

static const enum ct_event events[STREAMS] = {CT_EVENT_READ, CT_EVENT_WRITE,
                                              CT_EVENT_WRITE_ERR};

/* Process-wide, since what a PyMethodDef calls has no other place to look in. Written
 * with the thread attached. */
static struct ct_io io;
static struct {
    PyObject *text, *buffer, *raw; /* identities; NULL: not recorded, or gone */
} streams[STREAMS];

/* Calls of the text layer that run in this thread: what reaches the layer below from
 * there has been recorded. And pieces of input recorded in it, for `input`. */
static _Thread_local unsigned text_depth, inputs;

/* The text that this thread is handing to a text stream, and its piece. */
struct text_in_call {
    int stream;
    PyObject *text; /* borrowed */
    struct ct_io_span span;
};
static _Thread_local struct text_in_call *text_in_call;

typedef PyObject *(*fast_function)(PyObject *, PyObject *const *, Py_ssize_t);

static int find_text(const PyObject *self)
{
    for (int i = 0; i < STREAMS; i++) {
        if (streams[i].text == self)
            return i;
    }
    return -1;
}

/* The stream over the buffer `self`, if the program itself is calling. */
static int find_buffer(const PyObject *self)
{
    for (int i = 0; i < STREAMS && text_depth == 0; i++) {
        if (streams[i].buffer == self)
            return i;
    }
    return -1;
}

static int find_raw(const PyObject *self)
{
    for (int i = STDOUT; i < STREAMS; i++) {
        if (streams[i].raw == self)
            return i;
    }
    return -1;
}

/* An object is gone: its address may be another one's now. */
static void forget(const PyObject *object)
{
    for (int i = 0; i < STREAMS; i++) {
        if (streams[i].text == object)
            streams[i].text = NULL;
        if (streams[i].buffer == object)
            streams[i].buffer = NULL;
        if (streams[i].raw == object)
            streams[i].raw = NULL;
    }
}

/* ---- what is recorded -------------------------------------------------------------
 */

/* Bytes of an object whose storage can be read without asking it. */
static bool bytes_of(PyObject *data, const char **bytes, size_t *size)
{
    if (PyBytes_CheckExact(data)) {
        *bytes = PyBytes_AS_STRING(data);
        *size = (size_t)PyBytes_GET_SIZE(data);
    } else if (PyByteArray_CheckExact(data)) {
        *bytes = PyByteArray_AS_STRING(data);
        *size = (size_t)PyByteArray_GET_SIZE(data);
    } else if (PyMemoryView_Check(data) &&
               (((PyMemoryViewObject *)data)->flags & _Py_MEMORYVIEW_RELEASED) == 0 &&
               PyBuffer_IsContiguous(PyMemoryView_GET_BUFFER(data), 'C')) {
        *bytes = PyMemoryView_GET_BUFFER(data)->buf;
        *size = (size_t)PyMemoryView_GET_BUFFER(data)->len;
    } else {
        return false;
    }
    return true;
}

static void record_bytes(int stream, const char *bytes, size_t size)
{
    struct ct_io_span span;
    if (size == 0 || !ct_io_begin(&io, &span))
        return;
    ct_io_put_bytes(&io, &span, events[stream], bytes, size);
    ct_io_commit(&io, &span);
}

static void record_str(int stream, PyObject *str)
{
    struct ct_io_span span;
    if (PyUnicode_GET_LENGTH(str) == 0 || !ct_io_begin(&io, &span))
        return;
    ct_io_put_str(&io, &span, events[stream], str);
    ct_io_commit(&io, &span);
}

static void record_flush(int stream)
{
    struct ct_io_span span;
    if (!ct_io_is_open(&io, events[stream]) || !ct_io_begin(&io, &span))
        return;
    ct_io_put_flush(&io, &span, events[stream]);
    ct_io_commit(&io, &span);
}

/* What the program has read, text or bytes. */
static PyObject *record_input(int stream, PyObject *result)
{
    const char *bytes;
    size_t size;
    if (stream != STDIN || result == NULL)
        return result;
    inputs++;
    if (PyUnicode_Check(result))
        record_str(stream, result);
    else if (bytes_of(result, &bytes, &size))
        record_bytes(stream, bytes, size);
    return result;
}

/* ---- the text layer ---------------------------------------------------------------
 */

static PyCFunction text_write, text_flush, text_tell;
static fast_function text_read, text_readline, text_seek, text_truncate;
static iternextfunc text_next;
static destructor text_dealloc;

static PyObject *on_text_write(PyObject *self, PyObject *text)
{
    int stream = find_text(self);
    if (stream < 0)
        return text_write(self, text);
    struct text_in_call *outer = text_in_call, call = {.stream = stream, .text = text};
    bool is_recorded = stream != STDIN && PyUnicode_Check(text) &&
                       PyUnicode_GET_LENGTH(text) > 0 && ct_io_begin(&io, &call.span);
    if (is_recorded)
        ct_io_put_str(&io, &call.span, events[stream], text);
    text_in_call = is_recorded ? &call : NULL;
    text_depth++;
    PyObject *result = text_write(self, text);
    text_depth--;
    text_in_call = outer;
    if (is_recorded && result != NULL)
        ct_io_commit(&io, &call.span);
    else if (is_recorded)
        ct_io_take_back(&io, &call.span);
    return result;
}

static PyObject *on_text_flush(PyObject *self, PyObject *ignored)
{
    int stream = find_text(self);
    if (stream < 0)
        return text_flush(self, ignored);
    record_flush(stream);
    text_depth++;
    PyObject *result = text_flush(self, ignored);
    text_depth--;
    return result;
}

/* It hands over text that waits. */
static PyObject *on_text_tell(PyObject *self, PyObject *ignored)
{
    bool is_ours = find_text(self) >= 0;
    text_depth += is_ours;
    PyObject *result = text_tell(self, ignored);
    text_depth -= is_ours;
    return result;
}

static PyObject *call_text(fast_function function, PyObject *self,
                           PyObject *const *args, Py_ssize_t count)
{
    int stream = find_text(self);
    if (stream < 0)
        return function(self, args, count);
    text_depth++;
    PyObject *result = function(self, args, count);
    text_depth--;
    return function == text_read || function == text_readline
               ? record_input(stream, result)
               : result;
}

static PyObject *on_text_read(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return call_text(text_read, self, args, count);
}

static PyObject *on_text_readline(PyObject *self, PyObject *const *args,
                                  Py_ssize_t count)
{
    return call_text(text_readline, self, args, count);
}

static PyObject *on_text_seek(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return call_text(text_seek, self, args, count);
}

static PyObject *on_text_truncate(PyObject *self, PyObject *const *args,
                                  Py_ssize_t count)
{
    return call_text(text_truncate, self, args, count);
}

static PyObject *on_text_next(PyObject *self)
{
    int stream = find_text(self);
    if (stream < 0)
        return text_next(self);
    text_depth++;
    PyObject *result = text_next(self);
    text_depth--;
    return record_input(stream, result);
}

/* It writes what waits, through the hooks above; so it is forgotten at last. */
static void on_text_dealloc(PyObject *self)
{
    text_dealloc(self);
    forget(self);
}

/* ---- the layer below --------------------------------------------------------------
 */

static PyCFunction writer_write;
static fast_function reader_read, reader_read1, reader_readline;
static PyCMethod raw_write;
static iternextfunc reader_next;
static destructor writer_dealloc, reader_dealloc, raw_dealloc;

/* Bytes that a text stream keeps before it hands them on: its `_CHUNK_SIZE`. */
#define TEXT_KEPT 8192

/* A text stream that has no room for the text empties itself before it takes it, and
 * other threads may run meanwhile: so the text's piece has to come after theirs. What
 * is handed on with the text in it is as much as the stream keeps, or all it has. */
static PyObject *write_before(struct text_in_call *call, PyObject *self, PyObject *data)
{
    const char *bytes;
    size_t size, piece = (size_t)(call->span.after - call->span.before);
    if (!bytes_of(data, &bytes, &size) || size >= TEXT_KEPT ||
        size + piece <= TEXT_KEPT || !ct_io_take_back(&io, &call->span))
        return writer_write(self, data);
    PyObject *result = writer_write(self, data);
    if (ct_io_begin(&io, &call->span))
        ct_io_put_str(&io, &call->span, events[call->stream], call->text);
    return result;
}

static PyObject *on_writer_write(PyObject *self, PyObject *data)
{
    int stream = find_buffer(self);
    struct ct_io_span span;
    const char *bytes;
    size_t size;
    if (text_in_call != NULL && streams[text_in_call->stream].buffer == self)
        return write_before(text_in_call, self, data);
    if (stream < 0 || !bytes_of(data, &bytes, &size) || size == 0 ||
        !ct_io_begin(&io, &span))
        return writer_write(self, data);
    ct_io_put_bytes(&io, &span, events[stream], bytes, size);
    PyObject *result = writer_write(self, data);
    if (result != NULL)
        ct_io_commit(&io, &span);
    else
        ct_io_take_back(&io, &span);
    return result;
}

/* Writes to the descriptor what has been recorded above. */
static PyObject *write_own(int fd, PyObject *self, PyTypeObject *class,
                           PyObject *const *args, size_t count, PyObject *names)
{
    const char *bytes;
    size_t size;
    ct_fd_enter_own(fd);
    PyObject *result = raw_write(self, class, args, count, names);
    bool is_known = result != NULL && PyLong_CheckExact(result) &&
                    PyVectorcall_NARGS(count) == 1 && bytes_of(args[0], &bytes, &size);
    ct_fd_leave_own(fd, is_known ? bytes : NULL,
                    is_known ? PyLong_AsSsize_t(result) : 0);
    return result;
}

/* The buffer of an unbuffered stream; it may take a part. */
static PyObject *on_raw_write(PyObject *self, PyTypeObject *class,
                              PyObject *const *args, size_t count, PyObject *names)
{
    int stream = find_buffer(self), fd = find_raw(self);
    PyObject *result = fd < 0 ? raw_write(self, class, args, count, names)
                              : write_own(fd, self, class, args, count, names);
    const char *bytes;
    size_t size;
    if (stream < 0 || result == NULL || !PyLong_CheckExact(result) ||
        PyVectorcall_NARGS(count) != 1 || !bytes_of(args[0], &bytes, &size))
        return result;
    Py_ssize_t written = PyLong_AsSsize_t(result);
    if (written > 0)
        record_bytes(stream, bytes, Py_MIN((size_t)written, size));
    return result;
}

static PyObject *call_reader(fast_function function, PyObject *self,
                             PyObject *const *args, Py_ssize_t count)
{
    int stream = find_buffer(self);
    return record_input(stream, function(self, args, count));
}

static PyObject *on_reader_read(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return call_reader(reader_read, self, args, count);
}

static PyObject *on_reader_read1(PyObject *self, PyObject *const *args,
                                 Py_ssize_t count)
{
    return call_reader(reader_read1, self, args, count);
}

static PyObject *on_reader_readline(PyObject *self, PyObject *const *args,
                                    Py_ssize_t count)
{
    return call_reader(reader_readline, self, args, count);
}

static PyObject *on_reader_next(PyObject *self)
{
    int stream = find_buffer(self);
    return record_input(stream, reader_next(self));
}

static void on_writer_dealloc(PyObject *self)
{
    writer_dealloc(self);
    forget(self);
}

static void on_reader_dealloc(PyObject *self)
{
    reader_dealloc(self);
    forget(self);
}

static void on_raw_dealloc(PyObject *self)
{
    raw_dealloc(self);
    forget(self);
}

/* ---- input() ----------------------------------------------------------------------
 */

static fast_function builtin_input;

static bool is_in_sys(const char *name, int stream)
{
    return streams[stream].text != NULL &&
           streams[stream].text == PySys_GetObject(name);
}

/* Whether it goes past the streams: both are a terminal, and what is in `sys` is what
 * the interpreter has made for them. */
static bool is_input_direct(void)
{
    return is_in_sys("stdin", STDIN) && is_in_sys("stdout", STDOUT) &&
           isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* The text of a prompt, if that takes no code of the program's; or NULL. */
static PyObject *prompt_of(PyObject *const *args, Py_ssize_t count)
{
    bool is_plain = count == 1 && PyUnicode_Check(args[0]) &&
                    Py_TYPE(args[0])->tp_str == PyUnicode_Type.tp_str;
    return is_plain && PyUnicode_GET_LENGTH(args[0]) > 0 ? args[0] : NULL;
}

/* Records the prompt ahead of the call: it is seen while the program waits. One that
 * the call may refuse (no such characters in the encoding, a NUL) waits for how that
 * ends.
 */
static bool record_prompt(PyObject *prompt, struct ct_io_span *span)
{
    if (prompt == NULL || !is_input_direct() || !ct_io_begin(&io, span))
        return false;
    ct_io_put_str(&io, span, CT_EVENT_WRITE, prompt);
    ct_io_put_flush(&io, span, CT_EVENT_WRITE);
    if (PyUnicode_IS_ASCII(prompt) &&
        PyUnicode_FindChar(prompt, 0, 0, PyUnicode_GET_LENGTH(prompt), 1) < 0)
        ct_io_commit(&io, span);
    return true;
}

static void record_line(PyObject *line)
{
    struct ct_io_span span;
    if (!ct_io_begin(&io, &span))
        return;
    ct_io_put_str(&io, &span, CT_EVENT_READ, line);
    ct_io_put_bytes(&io, &span, CT_EVENT_READ, "\n", 1);
    ct_io_commit(&io, &span);
}

static PyObject *on_input(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct ct_io_span span;
    unsigned before = inputs;
    bool has_prompt = record_prompt(prompt_of(args, count), &span);
    ct_fd_enter_own(-1); /* the prompt is recorded, what is typed is no output */
    PyObject *result = builtin_input(module, args, count);
    ct_fd_leave_own(-1, NULL, 0);
    if (has_prompt && result == NULL && PyErr_ExceptionMatches(PyExc_ValueError))
        ct_io_take_back(&io, &span);
    else if (has_prompt)
        ct_io_commit(&io, &span);
    if (result != NULL && inputs == before && PyUnicode_Check(result) &&
        is_in_sys("stdin", STDIN))
        record_line(result);
    return result;
}

/* ---- putting the hooks in place ---------------------------------------------------
 */

#define AS_METHOD(function) ((PyCFunction)(void (*)(void))(function))
#define AS_PLACE(variable) ((PyCFunction *)(void *)&(variable))

static const struct ct_io_method text_methods[] = {
    {"write", METH_O, on_text_write, &text_write},
    {"flush", METH_NOARGS, on_text_flush, &text_flush},
    {"tell", METH_NOARGS, on_text_tell, &text_tell},
    {"read", METH_FASTCALL, AS_METHOD(on_text_read), AS_PLACE(text_read)},
    {"readline", METH_FASTCALL, AS_METHOD(on_text_readline), AS_PLACE(text_readline)},
    {"seek", METH_FASTCALL, AS_METHOD(on_text_seek), AS_PLACE(text_seek)},
    {"truncate", METH_FASTCALL, AS_METHOD(on_text_truncate), AS_PLACE(text_truncate)},
    {NULL, 0, NULL, NULL},
};
static const struct ct_io_method writer_methods[] = {
    {"write", METH_O, on_writer_write, &writer_write},
    {NULL, 0, NULL, NULL},
};
static const struct ct_io_method reader_methods[] = {
    {"read", METH_FASTCALL, AS_METHOD(on_reader_read), AS_PLACE(reader_read)},
    {"read1", METH_FASTCALL, AS_METHOD(on_reader_read1), AS_PLACE(reader_read1)},
    {"readline", METH_FASTCALL, AS_METHOD(on_reader_readline),
     AS_PLACE(reader_readline)},
    {NULL, 0, NULL, NULL},
};
static const struct ct_io_method raw_methods[] = {
    {"write", METH_METHOD | METH_FASTCALL | METH_KEYWORDS, AS_METHOD(on_raw_write),
     AS_PLACE(raw_write)},
    {NULL, 0, NULL, NULL},
};

static const struct ct_io_type types[] = {
    {"_io.TextIOWrapper", text_methods, on_text_next, &text_next, on_text_dealloc,
     &text_dealloc},
    {"_io.BufferedWriter", writer_methods, NULL, NULL, on_writer_dealloc,
     &writer_dealloc},
    {"_io.BufferedReader", reader_methods, on_reader_next, &reader_next,
     on_reader_dealloc, &reader_dealloc},
    {"_io.FileIO", raw_methods, NULL, NULL, on_raw_dealloc, &raw_dealloc},
};

/* What writes to the descriptor, or NULL if that is not the interpreter's own. */
static PyObject *raw_of(PyObject *buffer)
{
    if (strcmp(Py_TYPE(buffer)->tp_name, types[3].name) == 0)
        return Py_NewRef(buffer);
    PyObject *raw = PyObject_GetAttrString(buffer, "raw");
    PyErr_Clear();
    if (raw != NULL && !ct_io_patch_type(Py_TYPE(raw), &types[3]))
        Py_CLEAR(raw);
    return raw;
}

/* Watches the stream `name`, if it and what it stands on are the interpreter's own. */
static bool watch(int stream, const char *name, bool has_fd)
{
    PyObject *text = PySys_GetObject(name); /* borrowed */
    if (text == NULL || !ct_io_patch_type(Py_TYPE(text), &types[0]))
        return false;
    PyObject *buffer = PyObject_GetAttrString(text, "buffer");
    PyErr_Clear();
    bool is_known = false;
    for (size_t i = 1; buffer != NULL && !is_known && i < Py_ARRAY_LENGTH(types); i++)
        is_known = ct_io_patch_type(Py_TYPE(buffer), &types[i]);
    PyObject *raw = is_known && has_fd && stream != STDIN ? raw_of(buffer) : NULL;
    if (is_known) {
        streams[stream].text = text;
        streams[stream].buffer = buffer;
        streams[stream].raw = raw;
    }
    Py_XDECREF(raw); /* the stream holds them */
    Py_XDECREF(buffer);
    return is_known;
}

static void hook_input(void)
{
    static const struct ct_io_method method = {
        "input", METH_FASTCALL, AS_METHOD(on_input), AS_PLACE(builtin_input)};
    PyObject *builtins = PyEval_GetBuiltins(); /* borrowed */
    PyObject *input =
        builtins == NULL ? NULL : PyDict_GetItemString(builtins, method.name);
    if (input != NULL && PyCFunction_CheckExact(input) &&
        strcmp(((PyCFunctionObject *)input)->m_ml->ml_name, method.name) == 0)
        ct_io_patch_method(((PyCFunctionObject *)input)->m_ml, &method);
}

void ct_io_hooks_begin(struct ct_recorder *recorder, unsigned wanted)
{
    static const char *const names[STREAMS][2] = {
        {"__stdin__", "stdin"}, {"__stdout__", "stdout"}, {"__stderr__", "stderr"}};
    bool has_fd = recorder->policy.io_capture_fd_fallback != 0;
    for (int i = 0; i < STREAMS; i++) {
        if ((wanted & 1u << i) != 0 && !watch(i, names[i][0], has_fd))
            watch(i, names[i][1], has_fd);
    }
    if (streams[STDIN].text != NULL)
        hook_input();
    io.recorder = recorder;
    io.last.is_open = false;
    io.serial++;
}

void ct_io_hooks_end(const struct ct_recorder *recorder)
{
    if (io.recorder != recorder)
        return;
    ct_fd_end(io.recorder);
    io.recorder = NULL;
    for (int i = 0; i < STREAMS; i++)
        streams[i].text = streams[i].buffer = streams[i].raw = NULL;
    ct_buf_fini(&io.scratch);
}
