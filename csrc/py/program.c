/* The launcher's configuration, and what it makes of policy and options. */
#include "py/program.h"
#include "py/text.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A field of the launcher's configuration: netstrings `<length>:<key>=<value>,`. */
struct field {
    PyObject *key;   /* owned str */
    PyObject *value; /* owned bytes */
};

/* Takes the next field; 0 at the end, -1 with an exception set on a bad one. */
static int next_field(const char **at, const char *end, struct field *field)
{
    char *colon;
    if (*at == end)
        return 0;
    unsigned long size = strtoul(*at, &colon, 10);
    const char *text = colon + 1;
    const char *equals = NULL;
    if (*colon == ':' && size < (unsigned long)(end - colon) && text[size] == ',')
        equals = memchr(text, '=', size);
    if (equals == NULL) {
        PyErr_SetString(PyExc_ValueError, "bad launch configuration");
        return -1;
    }
    *at = text + size + 1;
    field->key = PyUnicode_DecodeASCII(text, equals - text, "replace");
    field->value = PyBytes_FromStringAndSize(equals + 1, text + size - equals - 1);
    if (field->key != NULL && field->value != NULL)
        return 1;
    Py_CLEAR(field->key);
    Py_CLEAR(field->value);
    return -1;
}

/* The configuration as a dict of str → bytes. */
static PyObject *parse_config(PyObject *config)
{
    const char *at = PyBytes_AS_STRING(config);
    const char *end = at + PyBytes_GET_SIZE(config);
    PyObject *dict = PyDict_New();
    struct field field;
    int status = dict == NULL ? -1 : 1;
    while (status > 0 && (status = next_field(&at, end, &field)) > 0) {
        status = PyDict_SetItem(dict, field.key, field.value) < 0 ? -1 : 1;
        Py_DECREF(field.key);
        Py_DECREF(field.value);
    }
    if (status < 0)
        Py_CLEAR(dict);
    return dict;
}

/* The option of the command line for a setting: "--max-depth". */
static void name_option(char *out, size_t size, const char *setting)
{
    snprintf(out, size, "--%s", setting);
    for (char *at = out; *at != '\0'; at++)
        *at = *at == '_' ? '-' : *at;
}

static int apply_option(struct ct_policy *policy, const struct ct_errors *errors,
                        const char *name, PyObject *text)
{
    char where[64];
    name_option(where, sizeof where, name);
    return ct_policy_set_text(policy, errors, name, where, text);
}

int ct_program_check_option(const struct ct_session *session, const char *name,
                            PyObject *text)
{
    struct ct_policy changed = session->policy;
    return apply_option(&changed, &session->errors, name, text);
}

/* Applies the `policy.<name>` fields. */
static int apply_options(struct ct_session *session, PyObject *config)
{
    static const char prefix[] = "policy.";
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(config, &pos, &key, &value)) {
        const char *name = PyUnicode_AsUTF8(key);
        if (name == NULL)
            return -1;
        if (strncmp(name, prefix, sizeof prefix - 1) != 0)
            continue;
        name += sizeof prefix - 1;
        PyObject *text = PyUnicode_DecodeFSDefault(PyBytes_AS_STRING(value));
        if (text == NULL)
            return -1;
        int status = apply_option(&session->policy, &session->errors, name, text);
        Py_DECREF(text);
        if (status < 0)
            return -1;
    }
    return 0;
}

static const char *option(PyObject *config, const char *key)
{
    PyObject *value = ct_text_item(config, key);
    return value == NULL || PyBytes_GET_SIZE(value) == 0 ? NULL
                                                         : PyBytes_AS_STRING(value);
}

/* Reads the chain of filters from the descriptor that the launcher has left for it, and
 * closes that. */
static PyObject *read_chain(PyObject *config)
{
    const char *text = option(config, "filter_fd");
    int file = text == NULL ? -1 : atoi(text);
    struct stat info;
    PyObject *chain = NULL;
    if (file > 2 && fstat(file, &info) == 0)
        chain = PyBytes_FromStringAndSize(NULL, info.st_size);
    if (chain != NULL &&
        pread(file, PyBytes_AS_STRING(chain), (size_t)info.st_size, 0) != info.st_size)
        Py_CLEAR(chain);
    if (file > 2)
        close(file);
    if (chain == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "bad launch configuration");
    return chain;
}

static int start(struct ct_session *session, PyObject *config)
{
    struct ct_start_options options = {
        .directory = option(config, "trace_dir"),
        .format = option(config, "format"),
        .activation_path = option(config, "activation_path"),
        .program_path = option(config, "program_path"),
        .target_script = option(config, "target_script"),
        .is_program = true,
        .expects_main = true,
    };
    if (options.directory == NULL || options.format == NULL) {
        PyErr_SetString(PyExc_ValueError, "bad launch configuration");
        return -1;
    }
    /* An error in the environment has its trailer where the command line asks for it.
     */
    if (option(config, "policy.json_errors") != NULL)
        session->policy.json_errors = 1;
    if (ct_policy_from_env(&session->policy, &session->errors) < 0 ||
        apply_options(session, config) < 0 ||
        (options.filter = read_chain(config)) == NULL)
        return -1;
    Py_XSETREF(session->package, Py_XNewRef(ct_text_item(config, "package")));
    int status = ct_session_start(session, &options);
    Py_DECREF(options.filter);
    return status;
}

int ct_program_start(struct ct_session *session, PyObject *config)
{
    PyObject *dict = parse_config(config);
    if (dict == NULL)
        return -1;
    int status = start(session, dict);
    Py_DECREF(dict);
    if (status < 0) {
        PyObject *raised = PyErr_GetRaisedException();
        ct_session_report(session, raised);
        PyErr_SetRaisedException(raised);
    }
    return status;
}

bool ct_program_is_pending(void)
{
    int (*is_pending)(void);
    *(void **)&is_pending = dlsym(RTLD_DEFAULT, "ct_preload_is_pending");
    return is_pending != NULL && is_pending() != 0;
}
