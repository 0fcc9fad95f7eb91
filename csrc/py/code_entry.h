/* Making the entry of a code object; for code_table.c alone. */
#pragma once

#include "py/code_table.h"

#define CT_PATH_LINES_UNKNOWN (-2) /* in path_lines: the file has not been read yet */

/* A new entry, not linked anywhere yet, with its records on the tape. Generated code
 * stands where its class does (`class_place` and `owner`, else NULL). NULL with an
 * exception set on failure. */
struct ct_code *ct_code_entry_new(struct ct_code_table *table, struct ct_stream *stream,
                                  PyCodeObject *code, struct ct_frame *frame,
                                  const struct ct_class_place *class_place,
                                  PyTypeObject *owner,
                                  const struct ct_judgement *judgement);
void ct_code_entry_free(struct ct_code *entry);
