/* Shared by the files that put texts together (value_text*.c, value_buffer.c,
 * exception.c); nobody else includes this.
 *
 * All of it needs an attached thread state and runs no code of the traced program. What
 * is named ct_parts_… may raise and clear: the caller has put the error indicator
 * aside. */
#pragma once

#include "py/text.h"
#include "py/value_text.h"

/* Bytes of a text after which no further part begins. */
#define CT_PARTS_SIZE 4096

/* Texts around a part below which another is opened. Exceptions lie in the list of an
 * exception group; containers are opened one level deep. */
#define CT_PARTS_DEPTH_CONTAINER 2
#define CT_PARTS_DEPTH_OBJECT 3

/* A text made of parts. */
struct ct_parts {
    struct ct_buf *out;             /* borrowed */
    const struct ct_policy *policy; /* borrowed: the limits */
    struct ct_verdict *verdict;     /* borrowed: what is hidden, or NULL */
    size_t end;                     /* of `out`: no part begins behind it */
    int depth;                      /* texts around the present part */
};

static inline struct ct_parts ct_parts_begin(struct ct_buf *out,
                                             const struct ct_policy *policy,
                                             struct ct_verdict *verdict)
{
    return (struct ct_parts){out, policy, verdict, out->size + CT_PARTS_SIZE, 0};
}

/* Stands for what a filter hides. */
#define CT_REDACTED_TEXT "<redacted>"

/* Appends the mark for an exception that is hidden; false if it is not. */
bool ct_parts_hide(struct ct_parts *parts, PyObject *exception);

/* Appends any value as a part. */
void ct_parts_append(struct ct_parts *parts, PyObject *object);
/* Appends an object whose class has one of the Raw kinds. */
void ct_parts_append_object(struct ct_parts *parts, PyObject *object,
                            enum ct_class_kind kind);
/* Appends the items of a tuple or list as the arguments of a call: `(1, 'a')`, `(1)`.
 */
void ct_parts_append_arguments(struct ct_parts *parts, PyObject *items);
/* Appends an int by its storage, or `<int, N bits>` if it is long. */
void ct_parts_append_int(struct ct_parts *parts, PyObject *integer);
void ct_parts_append_fraction(struct ct_parts *parts, PyObject *object);
void ct_parts_append_path(struct ct_parts *parts, PyObject *object);
void ct_parts_append_uuid(struct ct_parts *parts, PyObject *object);
void ct_parts_append_decimal(struct ct_parts *parts, PyObject *object);
void ct_parts_append_complex(struct ct_parts *parts, PyObject *object);
/* Appends a date, time, datetime, timedelta or timezone. */
void ct_parts_append_date(struct ct_parts *parts, PyObject *object,
                          enum ct_class_kind kind);

/* Appends `<module.Class object>`. */
void ct_text_append_object(struct ct_buf *out, PyTypeObject *type);
/* Appends the class's name as most `repr` give it: without its module. */
void ct_text_append_bare_name(struct ct_buf *out, PyTypeObject *type);
/* Appends `limit` characters of a str at most, and `…` if that is not all. */
void ct_text_append_cut(struct ct_buf *out, PyObject *str, Py_ssize_t limit);
/* Appends characters as `repr` gives a str, `limit` of them at most. `kind` is the
 * bytes of a character, as in PyUnicode_KIND. */
void ct_text_append_quoted(struct ct_buf *out, int kind, const void *characters,
                           Py_ssize_t length, Py_ssize_t limit);
/* Appends `shown` bytes as `repr` gives them, with a mark if there are more. */
void ct_text_append_bytes(struct ct_buf *out, const uint8_t *bytes, Py_ssize_t shown,
                          bool is_cut);
/* Appends what `repr` gives for a float. */
void ct_text_append_double(struct ct_buf *out, double value);

/* Appends a str by its storage as `repr` gives it. */
static inline void ct_text_append_str(struct ct_buf *out, PyObject *str, int limit)
{
    ct_text_append_quoted(out, PyUnicode_KIND(str), PyUnicode_DATA(str),
                          PyUnicode_GET_LENGTH(str), limit);
}

static inline void ct_text_append_literal(struct ct_buf *out, const char *text)
{
    ct_buf_append_text(out, ct_text_of(text));
}

/* Appends a formatted text of less than 160 bytes. */
__attribute__((format(printf, 2, 3))) void
ct_text_append_format(struct ct_buf *out, const char *format, ...);
