/* What is said of an exception: its type, its module and its message.
 *
 * The message is what the builtin type's own `str` gives where the class does not
 * override it, otherwise the text of its arguments; put together here from what the
 * exception stores, never by the program's code. */
#pragma once

#include "base/buf.h"
#include "py/compat.h"

/* `type` is the qualified name, `module` is `builtins` for builtin types. */
struct ct_exception_text {
    struct ct_buf type, module, message;
};

void ct_exception_text_fini(struct ct_exception_text *text);

struct ct_verdict;

/* Describes an exception (any object; others give their class alone). `verdict` tells
 * what of its arguments is hidden; if it is NULL, the message is `<redacted>`. Leaves
 * the error indicator as it is. */
void ct_exception_describe(PyObject *exception, struct ct_verdict *verdict,
                           struct ct_exception_text *text);
