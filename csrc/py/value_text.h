/* The texts of Raw values: what `repr` would give, put together without it.
 *
 * No function here runs code of the traced program: builtin objects are read through
 * their C storage, everything else is named by its class. Texts are bounded by the
 * policy's limits; a cut is marked by `…`. Need an attached thread state; leave the
 * error indicator as it is. */
#pragma once

#include "base/buf.h"
#include "py/class_kind.h"
#include "py/policy.h"

struct ct_verdict;

/* Appends the text of an object whose class has `kind` (one of the Raw kinds), without
 * what `verdict` hides (NULL: nothing). */
void ct_text_of_object(struct ct_buf *out, PyObject *object, enum ct_class_kind kind,
                       const struct ct_policy *policy, struct ct_verdict *verdict);
