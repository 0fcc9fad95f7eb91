/* Collecting the facts from sys and from the system. Needs the thread attached. */
#include "py/facts.h"

#include "py/text.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

static int write_str(struct ct_stream *stream, enum ct_fact fact, PyObject *str)
{
    struct ct_buf text = {0};
    ct_text_append_all(&text, str);
    bool has_failed = text.failed;
    if (has_failed)
        PyErr_NoMemory();
    else
        ct_stream_fact(stream, fact, ct_buf_text(&text));
    ct_buf_fini(&text);
    return has_failed ? -1 : 0;
}

/* A path in the file system's encoding. */
static int write_path(struct ct_stream *stream, enum ct_fact fact, const char *path)
{
    PyObject *str = PyUnicode_DecodeFSDefault(path);
    if (str == NULL)
        return -1;
    int status = write_str(stream, fact, str);
    Py_DECREF(str);
    return status;
}

static PyObject *argument(Py_ssize_t i)
{
    PyObject *argv = PySys_GetObject("argv"); /* borrowed */
    if (argv == NULL || !PyList_Check(argv) || i >= PyList_GET_SIZE(argv))
        return NULL;
    PyObject *item = PyList_GET_ITEM(argv, i);
    return PyUnicode_Check(item) ? item : NULL;
}

/* Before `python -m` has found the module, it stands for it as "-m". */
static int write_arguments(struct ct_stream *stream,
                           const struct ct_start_options *options)
{
    PyObject *item = argument(0);
    if (item != NULL && ct_text_equals(item, "-m") && options->program_path != NULL) {
        if (write_path(stream, CT_FACT_PROGRAM, options->program_path) < 0)
            return -1;
    } else if (item == NULL)
        ct_stream_fact(stream, CT_FACT_PROGRAM, CT_TEXT(""));
    else if (write_str(stream, CT_FACT_PROGRAM, item) < 0)
        return -1;
    for (Py_ssize_t i = 1; (item = argument(i)) != NULL; i++) {
        if (write_str(stream, CT_FACT_ARG, item) < 0)
            return -1;
    }
    return 0;
}

/* `__file__` of the main module as it stands in its dict, or NULL; borrowed. */
static PyObject *main_file(void)
{
    PyObject *modules = PySys_GetObject("modules");
    if (modules == NULL || !PyDict_Check(modules))
        return NULL;
    PyObject *main = ct_text_item(modules, "__main__");
    if (main == NULL || !PyModule_Check(main))
        return NULL;
    PyObject *file = ct_text_item(PyModule_GetDict(main), "__file__");
    return file != NULL && PyUnicode_Check(file) ? file : NULL;
}

/* Path 0: the main code's file, else what the program calls itself. */
static int write_program_path(struct ct_stream *stream,
                              const struct ct_start_options *options)
{
    if (options->program_path != NULL)
        return write_path(stream, CT_FACT_PROGRAM_PATH, options->program_path);
    PyObject *file = main_file();
    if (file == NULL)
        file = argument(0);
    return file == NULL ? 0 : write_str(stream, CT_FACT_PROGRAM_PATH, file);
}

static int write_target(struct ct_stream *stream,
                        const struct ct_start_options *options)
{
    if (options->target_script != NULL)
        return write_path(stream, CT_FACT_TARGET_SCRIPT, options->target_script);
    PyObject *file = main_file();
    if (file == NULL)
        return 0;
    PyObject *encoded = PyUnicode_EncodeFSDefault(file);
    if (encoded == NULL)
        return -1;
    char resolved[PATH_MAX];
    const char *path = realpath(PyBytes_AS_STRING(encoded), resolved);
    int status = write_path(stream, CT_FACT_TARGET_SCRIPT,
                            path != NULL ? path : PyBytes_AS_STRING(encoded));
    Py_DECREF(encoded);
    return status;
}

static void write_versions(struct ct_stream *stream,
                           const struct ct_start_options *options)
{
    char text[128];
    const char *python = Py_GetVersion();
    ct_stream_fact(stream, CT_FACT_PYTHON,
                   (struct ct_text){python, strcspn(python, " ")});
    struct utsname system;
    if (uname(&system) == 0)
        snprintf(text, sizeof text, "%s-%.64s", Py_GetPlatform(), system.machine);
    else
        snprintf(text, sizeof text, "%s", Py_GetPlatform());
    ct_stream_fact(stream, CT_FACT_PLATFORM, ct_text_of(text));
    ct_stream_fact(stream, CT_FACT_RECORDER_VERSION, ct_text_of(options->version));
    ct_stream_fact(stream, CT_FACT_FORMAT, ct_text_of(options->format));
}

int ct_facts_write(struct ct_stream *stream, const struct ct_start_options *options,
                   const struct ct_policy *policy, const char *id)
{
    char workdir[PATH_MAX];
    ct_stream_fact(stream, CT_FACT_RECORDING_ID, ct_text_of(id));
    if (getcwd(workdir, sizeof workdir) == NULL)
        strcpy(workdir, "/"); /* the current directory is gone */
    if (write_path(stream, CT_FACT_WORKDIR, workdir) < 0)
        return -1;
    if (write_arguments(stream, options) < 0)
        return -1;
    write_versions(stream, options);
    ct_stream_fact(stream, CT_FACT_THREAD_RECORDS,
                   ct_text_of(ct_policy_thread_records(policy)));
    if (write_program_path(stream, options) < 0 || write_target(stream, options) < 0)
        return -1;
    return 0;
}
