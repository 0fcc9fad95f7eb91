/* The table of settings and the three ways into it.
 *
 * Called by module.c under the module's functions and at the start of a program. A new
 * setting is one row of `settings` and one field of struct ct_policy. */
#include "py/policy.h"

#include <stddef.h>
#include <stdlib.h>

enum kind { KIND_COUNT, KIND_CHOICE };

struct setting {
    const char *name;     /* keyword of configure_policy, key of the snapshot */
    const char *variable; /* of the environment */
    enum kind kind;
    size_t offset;              /* of an int in struct ct_policy */
    int least, most;            /* KIND_COUNT */
    const char *const *choices; /* KIND_CHOICE: names by value, then NULL */
};

/* Greatest counts accepted: sums of counts stay in an int, and a step's variables
 * within what the replay takes (trace/limits.h). */
#define CT_COUNT_MAX 1000000
#define CT_VARIABLES_MAX 65535

static const char *const globals_choices[] = {"all", "used", "none", NULL};

#define FIELD(field) offsetof(struct ct_policy, field)

static const struct setting settings[] = {
    {"globals", "CODETRACER_GLOBALS", KIND_CHOICE, FIELD(globals), 0, 0,
     globals_choices},
    {"max_depth", "CODETRACER_MAX_DEPTH", KIND_COUNT, FIELD(max_depth), 0, CT_COUNT_MAX,
     NULL},
    {"max_items", "CODETRACER_MAX_ITEMS", KIND_COUNT, FIELD(max_items), 0, CT_COUNT_MAX,
     NULL},
    {"max_string", "CODETRACER_MAX_STRING", KIND_COUNT, FIELD(max_string), 0,
     CT_COUNT_MAX, NULL},
    {"max_nodes", "CODETRACER_MAX_NODES", KIND_COUNT, FIELD(max_nodes), 2, CT_COUNT_MAX,
     NULL},
    {"max_variables", "CODETRACER_MAX_VARIABLES", KIND_COUNT, FIELD(max_variables), 1,
     CT_VARIABLES_MAX, NULL},
};

#define SETTING_COUNT Py_ARRAY_LENGTH(settings)

void ct_policy_init(struct ct_policy *policy)
{
    *policy = (struct ct_policy){
        .globals = CT_GLOBALS_USED,
        .max_depth = 3,
        .max_items = 32,
        .max_string = 256,
        .max_nodes = 128,
        .max_variables = 64,
    };
}

static int *field_of(struct ct_policy *policy, const struct setting *setting)
{
    return (int *)(void *)((char *)policy + setting->offset);
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
static PyObject *choices_text(const struct setting *setting)
{
    PyObject *text = PyUnicode_FromString(setting->choices[0]);
    for (int i = 1; text != NULL && setting->choices[i] != NULL; i++)
        Py_SETREF(text, PyUnicode_FromFormat("%U, %s", text, setting->choices[i]));
    return text;
}

static int refuse(const struct ct_errors *errors, const struct setting *setting,
                  const char *where, PyObject *value)
{
    if (setting->kind == KIND_CHOICE) {
        PyObject *choices = choices_text(setting);
        if (choices != NULL)
            ct_raise_with(errors->usage_error, "ERR_INVALID_POLICY_VALUE", where, value,
                          "invalid value %R for %s: expected one of: %U", value, where,
                          choices);
        Py_XDECREF(choices);
    } else {
        ct_raise_with(errors->usage_error, "ERR_INVALID_POLICY_VALUE", where, value,
                      "invalid value %R for %s: expected a whole number from %d to %d",
                      value, where, setting->least, setting->most);
    }
    return -1;
}

static int set_text(struct ct_policy *policy, const struct ct_errors *errors,
                    const struct setting *setting, const char *where, PyObject *value)
{
    PyObject *trimmed = PyObject_CallMethod(value, "strip", NULL);
    if (trimmed == NULL)
        return -1;
    const char *text = PyUnicode_AsUTF8(trimmed);
    int result = -1;
    if (text == NULL) { /* a lone surrogate: no setting has one */
        PyErr_Clear();
    } else if (setting->kind == KIND_CHOICE) {
        for (int i = 0; setting->choices[i] != NULL; i++) {
            if (PyOS_stricmp(text, setting->choices[i]) == 0)
                result = *field_of(policy, setting) = i;
        }
    } else if (text[0] >= '0' && text[0] <= '9') {
        char *end;
        long number = strtol(text, &end, 10);
        if (*end == '\0' && number >= setting->least && number <= setting->most)
            result = *field_of(policy, setting) = (int)number;
    }
    Py_DECREF(trimmed);
    return result < 0 ? refuse(errors, setting, where, value) : 0;
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
    if (setting->kind == KIND_COUNT && PyLong_Check(value) && !PyBool_Check(value)) {
        int overflow;
        long number = PyLong_AsLongAndOverflow(value, &overflow);
        if (overflow == 0 && number >= setting->least && number <= setting->most) {
            *field_of(policy, setting) = (int)number;
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
        const char *value = getenv(settings[i].variable);
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

PyObject *ct_policy_snapshot(const struct ct_policy *policy)
{
    struct ct_policy copy = *policy;
    PyObject *snapshot = PyDict_New();
    for (size_t i = 0; snapshot != NULL && i < SETTING_COUNT; i++) {
        int number = *field_of(&copy, &settings[i]);
        PyObject *value = settings[i].kind == KIND_CHOICE
                              ? PyUnicode_FromString(settings[i].choices[number])
                              : PyLong_FromLong(number);
        if (value == NULL ||
            PyDict_SetItemString(snapshot, settings[i].name, value) < 0)
            Py_CLEAR(snapshot);
        Py_XDECREF(value);
    }
    return snapshot;
}
