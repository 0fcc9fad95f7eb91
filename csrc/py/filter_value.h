/* What stands in for values that a filter hides.
 *
 * A hidden value is replaced by one of two objects of ours before the encoder sees it,
 * so that it never reaches the tape; the encoder knows them. Called where values are
 * read (filter_code.c) and where fields and keys are met (value_object.c,
 * value_container.c, value_text_part.c). Needs an attached thread state, runs no Python
 * code. */
#pragma once

#include "py/filter.h"
#include "py/value.h"

/* By enum ct_action, less CT_ACTION_REDACT. */
extern const PyObject ct_hidden_values[2];

static inline PyObject *ct_hidden_value(enum ct_action action)
{
    return (PyObject *)&ct_hidden_values[action - CT_ACTION_REDACT];
}

static inline bool ct_is_hidden(const PyObject *object)
{
    return object == &ct_hidden_values[0] || object == &ct_hidden_values[1];
}

/* Counts `action` on a value of the kind. */
void ct_filter_count(struct ct_filter *filter, enum ct_filter_kind kind,
                     enum ct_action action);

/* The verdict that decides about fields and keys; NULL: none is hidden. */
static inline struct ct_verdict *ct_encoder_fields(const struct ct_encoder *encoder)
{
    return encoder->verdict == NULL ? NULL : encoder->verdict->fields;
}

/* ct_filter_field and ct_filter_key of what is not known to be shown. */
PyObject *ct_filter_new_field(struct ct_verdict *fields, PyObject *name,
                              PyObject *value);
PyObject *ct_filter_new_key(struct ct_encoder *encoder, const PyObject *dict,
                            PyObject *key, PyObject *value);

/* The value of the field or key `name` (any object) as it is to be encoded; NULL: not
 * at all. `fields` is not NULL. */
static inline PyObject *ct_filter_field(struct ct_verdict *fields, PyObject *name,
                                        PyObject *value)
{
    return PyUnicode_CheckExact(name) &&
                   ct_verdict_shows(fields, CT_FILTER_ATTRIBUTE, name)
               ? value
               : ct_filter_new_field(fields, name, value);
}

/* The same for a key of a dict of the encoder's; `**kwargs` is told by its address. */
static inline PyObject *ct_filter_key(struct ct_encoder *encoder, const PyObject *dict,
                                      PyObject *key, PyObject *value)
{
    const struct ct_verdict *fields = ct_encoder_fields(encoder);
    return PyUnicode_CheckExact(key) && fields != NULL && encoder->keywords != dict &&
                   ct_verdict_shows(fields, CT_FILTER_ATTRIBUTE, key)
               ? value
               : ct_filter_new_key(encoder, dict, key, value);
}

/* Whether the encoder has to ask about the keys of a dict. */
static inline bool ct_filter_has_keys(const struct ct_encoder *encoder,
                                      const PyObject *dict)
{
    return ct_encoder_fields(encoder) != NULL || encoder->keywords == dict;
}

/* Whether some field or key may be dropped. */
static inline bool ct_filter_drops(const struct ct_encoder *encoder)
{
    const struct ct_verdict *fields = ct_encoder_fields(encoder);
    return encoder->keywords != NULL || (fields != NULL && fields->drops_fields);
}

/* How many of the first `shown` keys of a dict are dropped. */
Py_ssize_t ct_filter_dropped_keys(struct ct_encoder *encoder, PyObject *dict,
                                  Py_ssize_t shown);

/* Whether an exception must not be shown: its class, or code that it has passed, has
 * its values hidden. */
bool ct_filter_hides_exception(struct ct_filter *filter, PyObject *exception);

/* The same for what is printed of it: its traceback shows those that led to it, and the
 * members of a group, too. */
bool ct_filter_hides_report(struct ct_filter *filter, PyObject *exception);
