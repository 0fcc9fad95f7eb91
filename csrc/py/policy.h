/* The recorder's settings: one table drives keywords, environment and snapshot.
 *
 * The policy is process-wide (one per module state) and copied into a recording at its
 * start. Texts and ranges come from contract.md sections 4, 5, 8 and 9. */
#pragma once

#include "py/compat.h"
#include "py/raise.h"

#include <stdbool.h>

enum ct_globals_mode { CT_GLOBALS_ALL, CT_GLOBALS_USED, CT_GLOBALS_NONE };

struct ct_policy {
    int globals; /* enum ct_globals_mode */
    /* Bounds of a value and of a step, all counts; see limits in policy.c. */
    int max_depth;     /* levels of containers opened */
    int max_items;     /* items or fields of a container */
    int max_string;    /* characters of a string, bytes of a bytes */
    int max_nodes;     /* value records of one value */
    int max_variables; /* variables of one step */
};

void ct_policy_init(struct ct_policy *policy);

/* Sets the setting `name` from a text, as on the command line or in the environment;
 * `where` names it in errors ("--max-depth", "CODETRACER_MAX_DEPTH"). -1 with
 * UsageError ERR_INVALID_POLICY_VALUE set; the policy is unchanged then. */
int ct_policy_set_text(struct ct_policy *policy, const struct ct_errors *errors,
                       const char *name, const char *where, PyObject *text);

/* configure_policy(**settings): None leaves a setting. All or nothing. */
int ct_policy_configure(struct ct_policy *policy, const struct ct_errors *errors,
                        PyObject *settings);
/* configure_policy_from_env(): reads the CODETRACER_… variables. All or nothing. */
int ct_policy_from_env(struct ct_policy *policy, const struct ct_errors *errors);
/* policy_snapshot(): a new dict. */
PyObject *ct_policy_snapshot(const struct ct_policy *policy);
