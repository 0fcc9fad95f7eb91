/* The table of settings and the three ways into it.
 *
 * Called by module.c under the module's functions and at the start of a program. A new
 * setting is one row of `settings`, one field of struct ct_policy, and its default. */
#include "py/policy.h"

#include "base/size_text.h"
#include "py/log.h"
#include "tape/quota.h"

#include <stddef.h>
#include <stdlib.h>

enum kind {
    KIND_COUNT,
    KIND_CHOICE,
    KIND_FLAG,
    KIND_TEXT,
    KIND_SIZE,
    KIND_CAPTURE, /* a flag: whether streams are recorded; a text says of both */
    KIND_FD,      /* a flag: whether descriptors are, too */
};

struct setting {
    const char *name;     /* keyword of configure_policy, key of the snapshot */
    const char *variable; /* of the environment, or NULL */
    enum kind kind;
    size_t offset; /* in struct ct_policy: of an int, or of the characters of a text */
    int least, most;                /* COUNT; `most` of a TEXT: bytes with the NUL */
    const char *const *choices;     /* CHOICE: names by value, then NULL */
    bool (*is_valid)(const char *); /* TEXT: or NULL, if any will do */
    const char *expected;           /* TEXT: what an error asks for */
};

/* Greatest counts accepted: sums of counts stay in an int, and a step's variables
 * within what the replay takes (trace/limits.h). */
#define CT_COUNT_MAX 1000000
#define CT_VARIABLES_MAX 65535

static const char *const globals_choices[] = {"all", "used", "none", NULL};
static const char *const error_choices[] = {"abort", "disable", NULL};
static const char *const thread_choices[] = {"auto", "on", "off", NULL};
static const char *const false_words[] = {"0", "false", "f", "no", "n", NULL};
static const char *const true_words[] = {"1", "true", "t", "yes", "y", NULL};

static const char *const off_words[] = {"off", NULL};
static const char *const proxies_words[] = {"proxies", NULL};
static const char *const fd_words[] = {"fd", NULL};
static const char *const on_words[] = {"on", NULL};

#define FIELD(field) #field, .offset = offsetof(struct ct_policy, field)
#define COUNT(field, from, to)                                                         \
    FIELD(field), .kind = KIND_COUNT, .least = from, .most = to
#define CHOICE(field, names) FIELD(field), .kind = KIND_CHOICE, .choices = names
#define SIZE(field, from) FIELD(field), .kind = KIND_SIZE, .least = from
#define FLAG(field) FIELD(field), .kind = KIND_FLAG
#define TEXT(field)                                                                    \
    FIELD(field), .kind = KIND_TEXT, .most = sizeof((struct ct_policy *)0)->field

static const struct setting settings[] = {
    {CHOICE(on_recorder_error, error_choices),
     .variable = "CODETRACER_ON_RECORDER_ERROR"},
    {FLAG(require_trace), .variable = "CODETRACER_REQUIRE_TRACE"},
    {FLAG(keep_partial_trace), .variable = "CODETRACER_KEEP_PARTIAL_TRACE"},
    {TEXT(log_level), .variable = "CODETRACER_LOG_LEVEL", .is_valid = ct_log_is_spec,
     .expected = "a level (off, error, warn, info, debug, trace) or a comma list of "
                 "levels and target=level"},
    {TEXT(log_file), .variable = "CODETRACER_LOG_FILE",
     .expected = "a path without NUL, shorter than 4096 bytes"},
    {FLAG(json_errors), .variable = "CODETRACER_JSON_ERRORS"},
    {FLAG(module_name_from_globals), .variable = "CODETRACER_MODULE_NAME_FROM_GLOBALS"},
    {FLAG(propagate_script_exit), .variable = "CODETRACER_PROPAGATE_SCRIPT_EXIT"},
    {CHOICE(globals, globals_choices), .variable = "CODETRACER_GLOBALS"},
    {COUNT(max_depth, 0, CT_COUNT_MAX), .variable = "CODETRACER_MAX_DEPTH"},
    {COUNT(max_items, 0, CT_COUNT_MAX), .variable = "CODETRACER_MAX_ITEMS"},
    {COUNT(max_string, 0, CT_COUNT_MAX), .variable = "CODETRACER_MAX_STRING"},
    {COUNT(max_nodes, 2, CT_COUNT_MAX), .variable = "CODETRACER_MAX_NODES"},
    {COUNT(max_variables, 1, CT_VARIABLES_MAX), .variable = "CODETRACER_MAX_VARIABLES"},
    {SIZE(max_trace_size, 1), .variable = "CODETRACER_MAX_TRACE_SIZE"},
    {SIZE(keep_last, CT_KEEP_LEAST), .variable = "CODETRACER_KEEP_LAST"},
    {SIZE(min_free, 0), .variable = "CODETRACER_MIN_FREE"},
    {CHOICE(thread_records, thread_choices), .variable = "CODETRACER_THREAD_RECORDS"},
    {FIELD(io_capture_line_proxies), .kind = KIND_CAPTURE,
     .variable = "CODETRACER_CAPTURE_IO"},
    {FIELD(io_capture_fd_fallback), .kind = KIND_FD},
};

#define SETTING_COUNT Py_ARRAY_LENGTH(settings)

/* ---- values from texts ----------------------------------------------------------- */

/* The index of `text` among `words`, in any case, or -1. */
static int index_of(const char *const *words, const char *text)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (PyOS_stricmp(words[i], text) == 0)
            return i;
    }
    return -1;
}

/* 1, 0, or -1 for a word that is neither. */
static int truth_of(const char *text)
{
    if (index_of(true_words, text) >= 0)
        return 1;
    return index_of(false_words, text) >= 0 ? 0 : -1;
}

/* What of the streams is recorded. */
enum { CAPTURE_OFF = 0, CAPTURE_PROXIES = 1, CAPTURE_FD = 2 };

/* Bits of the above for "off", "on" or a list such as "proxies+fd"; -1 for anything
 * else. */
static int capture_of(const char *text)
{
    char token[16];
    int bits = CAPTURE_OFF;
    if (index_of(on_words, text) >= 0)
        return CAPTURE_PROXIES;
    if (index_of(off_words, text) >= 0)
        return CAPTURE_OFF;
    if (truth_of(text) >= 0)
        return truth_of(text);
    for (;;) {
        size_t size = strcspn(text, "+,");
        snprintf(token, sizeof token, "%.*s", (int)(size < 15 ? size : 15), text);
        if (index_of(proxies_words, token) >= 0)
            bits |= CAPTURE_PROXIES;
        else if (index_of(fd_words, token) >= 0)
            bits |= CAPTURE_PROXIES | CAPTURE_FD;
        else
            return -1;
        if (text[size] == '\0')
            return bits;
        text += size + 1;
    }
}

static void set_capture(struct ct_policy *policy, int bits)
{
    policy->io_capture_line_proxies = (bits & CAPTURE_PROXIES) != 0;
    policy->io_capture_fd_fallback = (bits & CAPTURE_FD) != 0;
}

static int count_of(const struct setting *setting, const char *text)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return -1;
    long number = strtol(text, &end, 10);
    return *end == '\0' && number >= setting->least && number <= setting->most
               ? (int)number
               : -1;
}

void ct_policy_init(struct ct_policy *policy)
{
    const char *recording = getenv("CODETRACER_RECORDING");
    bool is_codetracer =
        recording != NULL && recording[0] != '\0' && truth_of(recording) != 0;
    *policy = (struct ct_policy){
        .globals = CT_GLOBALS_USED,
        .max_depth = 3,
        .max_items = 32,
        .max_string = 256,
        .max_nodes = 128,
        .max_variables = 64,
        .max_trace_size = CT_SIZE_UNSET,
        .keep_last = CT_SIZE_UNSET,
        .min_free = CT_SIZE_UNSET,
        .on_recorder_error = CT_ON_ERROR_ABORT,
        .thread_records = CT_THREADS_AUTO,
        .module_name_from_globals = 1,
        .io_capture_line_proxies = 1,
        .propagate_script_exit = !is_codetracer,
    };
}

const char *ct_policy_thread_records(const struct ct_policy *policy)
{
    return thread_choices[policy->thread_records];
}

/* ---- the table --------------------------------------------------------------------
 */

static int *int_of(struct ct_policy *policy, const struct setting *setting)
{
    return (int *)(void *)((char *)policy + setting->offset);
}

static int64_t *size_of(struct ct_policy *policy, const struct setting *setting)
{
    return (int64_t *)(void *)((char *)policy + setting->offset);
}

static char *text_of(struct ct_policy *policy, const struct setting *setting)
{
    return (char *)policy + setting->offset;
}

static const struct setting *find_setting(const char *name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    }
    return NULL;
}

/* "all, used, none" */
static PyObject *words_text(const char *const *words)
{
    PyObject *text = PyUnicode_FromString(words[0]);
    for (int i = 1; text != NULL && words[i] != NULL; i++)
        Py_SETREF(text, PyUnicode_FromFormat("%U, %s", text, words[i]));
    return text;
}

/* What a value has to be, for the error's text. */
static PyObject *expectation(const struct setting *setting)
{
    PyObject *words = NULL, *others = NULL, *text = NULL;
    switch (setting->kind) {
    case KIND_COUNT:
        return PyUnicode_FromFormat("a whole number from %d to %d", setting->least,
                                    setting->most);
    case KIND_CHOICE:
        words = words_text(setting->choices);
        text = words == NULL ? NULL : PyUnicode_FromFormat("one of: %U", words);
        break;
    case KIND_FLAG:
    case KIND_FD:
        words = words_text(true_words);
        others = words_text(false_words);
        if (words != NULL && others != NULL)
            text = PyUnicode_FromFormat("one of: %U, or %U", words, others);
        break;
    case KIND_TEXT:
        return PyUnicode_FromString(setting->expected);
    case KIND_SIZE:
        return PyUnicode_FromFormat(
            "a number of bytes of at least %d, such as 500M or 1.5G", setting->least);
    case KIND_CAPTURE:
        return PyUnicode_FromString("off, on, proxies, or proxies+fd");
    }
    Py_XDECREF(words);
    Py_XDECREF(others);
    return text;
}

static int refuse(const struct ct_errors *errors, const struct setting *setting,
                  const char *where, PyObject *value)
{
    PyErr_Clear();
    PyObject *expected = expectation(setting);
    if (expected != NULL)
        ct_raise_with(errors->usage_error, "ERR_INVALID_POLICY_VALUE", where, value,
                      "invalid value %R for %s: expected %U", value, where, expected);
    Py_XDECREF(expected);
    return -1;
}

/* Puts a text in its place; false if it does not fit or will not do. */
static bool put_text(struct ct_policy *policy, const struct setting *setting,
                     const char *text)
{
    if (strlen(text) >= (size_t)setting->most ||
        (text[0] != '\0' && setting->is_valid != NULL && !setting->is_valid(text)))
        return false;
    strcpy(text_of(policy, setting), text);
    return true;
}

static bool put_size(struct ct_policy *policy, const struct setting *setting,
                     const char *text)
{
    int64_t size = text[0] == '\0' ? CT_SIZE_UNSET : ct_size_parse(text);
    if (text[0] != '\0' && size < setting->least)
        return false;
    *size_of(policy, setting) = size;
    return true;
}

/* A text without the blanks around it (but those of a path), in the file system's
 * encoding; NULL if that cannot be, or if it has a NUL in it. */
static PyObject *trimmed(const struct setting *setting, PyObject *value)
{
    bool is_path = setting->kind == KIND_TEXT && setting->is_valid == NULL;
    PyObject *text =
        is_path ? Py_NewRef(value) : PyObject_CallMethod(value, "strip", NULL);
    PyObject *encoded = text == NULL ? NULL : PyUnicode_EncodeFSDefault(text);
    Py_XDECREF(text);
    if (encoded != NULL &&
        strlen(PyBytes_AS_STRING(encoded)) != (size_t)PyBytes_GET_SIZE(encoded))
        Py_CLEAR(encoded);
    return encoded;
}

/* Sets a flag, count or choice. The descriptors are recorded only with the streams. */
static void put_flag(struct ct_policy *policy, const struct setting *setting, int value)
{
    *int_of(policy, setting) = value;
    if (setting->kind == KIND_CAPTURE && !value)
        policy->io_capture_fd_fallback = 0;
    if (setting->kind == KIND_FD && value)
        policy->io_capture_line_proxies = 1;
}

static int set_text(struct ct_policy *policy, const struct ct_errors *errors,
                    const struct setting *setting, const char *where, PyObject *value)
{
    PyObject *encoded = trimmed(setting, value);
    if (encoded == NULL)
        return refuse(errors, setting, where, value);
    const char *text = PyBytes_AS_STRING(encoded);
    int number = setting->kind == KIND_COUNT     ? count_of(setting, text)
                 : setting->kind == KIND_CHOICE  ? index_of(setting->choices, text)
                 : setting->kind == KIND_FLAG    ? truth_of(text)
                 : setting->kind == KIND_FD      ? truth_of(text)
                 : setting->kind == KIND_CAPTURE ? capture_of(text)
                                                 : -1;
    bool is_set = setting->kind == KIND_TEXT   ? put_text(policy, setting, text)
                  : setting->kind == KIND_SIZE ? put_size(policy, setting, text)
                                               : number >= 0;
    if (number >= 0 && setting->kind == KIND_CAPTURE)
        set_capture(policy, number);
    else if (number >= 0)
        put_flag(policy, setting, number);
    Py_DECREF(encoded);
    return is_set ? 0 : refuse(errors, setting, where, value);
}

int ct_policy_set_text(struct ct_policy *policy, const struct ct_errors *errors,
                       const char *name, const char *where, PyObject *text)
{
    const struct setting *setting = find_setting(name);
    if (setting == NULL) {
        ct_raise(errors->usage_error, "ERR_INVALID_POLICY_VALUE",
                 "unknown policy setting '%s'", name);
        return -1;
    }
    return set_text(policy, errors, setting, where, text);
}

static int set_object(struct ct_policy *policy, const struct ct_errors *errors,
                      const struct setting *setting, PyObject *value)
{
    if (value == Py_None)
        return 0;
    if (PyUnicode_Check(value))
        return set_text(policy, errors, setting, setting->name, value);
    bool is_flag = setting->kind == KIND_FLAG || setting->kind == KIND_CAPTURE ||
                   setting->kind == KIND_FD;
    if (is_flag && PyBool_Check(value)) {
        put_flag(policy, setting, value == Py_True);
        return 0;
    }
    if (setting->kind == KIND_TEXT && setting->is_valid == NULL) {
        PyObject *path = PyOS_FSPath(value);
        int status = path != NULL && PyUnicode_Check(path)
                         ? set_text(policy, errors, setting, setting->name, path)
                         : refuse(errors, setting, setting->name, value);
        Py_XDECREF(path);
        return status;
    }
    if (setting->kind == KIND_COUNT && PyLong_Check(value) && !PyBool_Check(value)) {
        int overflow;
        long number = PyLong_AsLongAndOverflow(value, &overflow);
        if (overflow == 0 && number >= setting->least && number <= setting->most) {
            *int_of(policy, setting) = (int)number;
            return 0;
        }
    }
    if (setting->kind == KIND_SIZE && PyLong_Check(value) && !PyBool_Check(value)) {
        int overflow;
        long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow == 0 && number >= setting->least) {
            *size_of(policy, setting) = number;
            return 0;
        }
    }
    return refuse(errors, setting, setting->name, value);
}

int ct_policy_configure(struct ct_policy *policy, const struct ct_errors *errors,
                        PyObject *settings_dict)
{
    struct ct_policy changed = *policy;
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(settings_dict, &pos, &key, &value)) {
        const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
        PyErr_Clear();
        const struct setting *setting = name == NULL ? NULL : find_setting(name);
        if (setting == NULL) {
            ct_raise_with(errors->usage_error, "ERR_INVALID_POLICY_VALUE", "setting",
                          key, "unknown policy setting %R", key);
            return -1;
        }
        if (set_object(&changed, errors, setting, value) < 0)
            return -1;
    }
    *policy = changed;
    return 0;
}

int ct_policy_from_env(struct ct_policy *policy, const struct ct_errors *errors)
{
    struct ct_policy changed = *policy;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *value =
            settings[i].variable == NULL ? NULL : getenv(settings[i].variable);
        if (value == NULL || value[0] == '\0')
            continue;
        PyObject *text = PyUnicode_DecodeFSDefault(value);
        if (text == NULL)
            return -1;
        int status =
            set_text(&changed, errors, &settings[i], settings[i].variable, text);
        Py_DECREF(text);
        if (status < 0)
            return -1;
    }
    *policy = changed;
    return 0;
}

static PyObject *object_of(struct ct_policy *policy, const struct setting *setting)
{
    switch (setting->kind) {
    case KIND_CHOICE:
        return PyUnicode_FromString(setting->choices[*int_of(policy, setting)]);
    case KIND_FLAG:
        return PyBool_FromLong(*int_of(policy, setting));
    case KIND_TEXT:
        if (text_of(policy, setting)[0] == '\0')
            return Py_NewRef(Py_None);
        return PyUnicode_DecodeFSDefault(text_of(policy, setting));
    case KIND_SIZE:
        if (*size_of(policy, setting) == CT_SIZE_UNSET)
            return Py_NewRef(Py_None);
        return PyLong_FromLongLong(*size_of(policy, setting));
    default:
        return PyLong_FromLong(*int_of(policy, setting));
    }
}

int ct_policy_check(const struct ct_policy *policy, const struct ct_errors *errors)
{
    if (policy->max_trace_size < 0 || policy->keep_last < 0)
        return 0;
    ct_raise(errors->usage_error, "ERR_INVALID_POLICY_VALUE",
             "keep_last and max_trace_size do not go together: one keeps the end of a "
             "recording, the other its beginning; set one of them");
    return -1;
}

PyObject *ct_policy_snapshot(const struct ct_policy *policy)
{
    struct ct_policy copy = *policy;
    PyObject *snapshot = PyDict_New();
    for (size_t i = 0; snapshot != NULL && i < SETTING_COUNT; i++) {
        if (settings[i].kind == KIND_CAPTURE || settings[i].kind == KIND_FD)
            continue; /* shown together */
        PyObject *value = object_of(&copy, &settings[i]);
        if (value == NULL ||
            PyDict_SetItemString(snapshot, settings[i].name, value) < 0)
            Py_CLEAR(snapshot);
        Py_XDECREF(value);
    }
    PyObject *capture = Py_BuildValue(
        "{s:N,s:N}", "line_proxies", PyBool_FromLong(copy.io_capture_line_proxies),
        "fd_fallback", PyBool_FromLong(copy.io_capture_fd_fallback));
    if (snapshot != NULL &&
        (capture == NULL || PyDict_SetItemString(snapshot, "io_capture", capture) < 0))
        Py_CLEAR(snapshot);
    Py_XDECREF(capture);
    return snapshot;
}
