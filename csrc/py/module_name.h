/* The name of a module as its file's place tells it. */
#pragma once

#include "base/buf.h"
#include "py/compat.h"

/* Appends the dotted name that `filename` (co_filename) has under the longest directory
 * of sys.path that leads to it: `app.models` for /src/app/models.py, `app` for
 * /src/app/__init__.py. A file under none of them goes by its own name. Needs an
 * attached thread state; sets no exception. */
void ct_module_name_append(struct ct_buf *out, PyObject *filename);
