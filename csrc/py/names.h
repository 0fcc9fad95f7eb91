/* Names of variables, arguments and fields: an id each, defined on the tape at first
 * use. One table a recording. */
#pragma once

#include "base/strtab.h"
#include "py/compat.h"
#include "tape/tape_writer.h"

#define CT_ID_NONE UINT64_MAX

struct ct_names {
    struct ct_strtab table;
};

void ct_names_fini(struct ct_names *names);

/* The id of a name, defined on `stream` if it is new; CT_ID_NONE when memory or the
 * tape is out. Needs an attached thread state. */
uint64_t ct_names_id(struct ct_names *names, struct ct_stream *stream, PyObject *name);

/* The same for a text. */
uint64_t ct_names_text_id(struct ct_names *names, struct ct_stream *stream,
                          struct ct_text name);

/* Writes a definition `tag id text`; false when the tape is out. */
bool ct_names_define(struct ct_stream *stream, enum ct_record tag, uint64_t id,
                     struct ct_text text);
