/* What the tests of the replay share: tapes of one program, and whole files to compare.
 *
 * The macros write the records of trace.json; the first four are always the same. Every
 * function works in the directory `support_dir`. */
#pragma once

#include "reference.h"
#include "tape_builder.h"
#include "trace/finish.h"

#include <stdbool.h>

#define STEP(line) "{\"Step\":{\"path_id\":0,\"line\":" #line "}}"
#define CALL(id) "{\"Call\":{\"function_id\":" #id ",\"args\":[]}}"
#define NAME(name) "{\"VariableName\":\"" name "\"}"
#define TYPE(kind, name)                                                               \
    "{\"Type\":{\"kind\":" #kind ",\"lang_type\":\"" name                              \
    "\",\"specific_info\":{\"kind\":\"None\"}}}"
#define FUNCTION(line, name) FUNCTION_IN(0, line, name)
#define FUNCTION_IN(path, line, name)                                                  \
    "{\"Function\":{\"path_id\":" #path ",\"line\":" #line ",\"name\":\"" name "\"}}"
#define RETURN(value) "{\"Return\":{\"return_value\":" value "}}"
#define VALUE(id, value) "{\"Value\":{\"variable_id\":" #id ",\"value\":" value "}}"
#define INT(i, type) "{\"kind\":\"Int\",\"i\":" #i ",\"type_id\":" #type "}"
#define RAW(text, type) "{\"kind\":\"Raw\",\"r\":\"" text "\",\"type_id\":" #type "}"
#define MARK(text, type)                                                               \
    "{\"kind\":\"Error\",\"msg\":\"" text "\",\"type_id\":" #type "}"
#define STRING(text, type)                                                             \
    "{\"kind\":\"String\",\"text\":\"" text "\",\"type_id\":" #type "}"
#define NONE "{\"kind\":\"None\",\"type_id\":0}"
#define L ",\n" /* between two records */

#define FIRST_FOUR                                                                     \
    "{\"Path\":\"/p/t.py\"}" L FUNCTION(1, "<toplevel>") L CALL(0) L TYPE(30, "None") L

/* Makes and removes the directory. */
void support_begin(void);
void support_end(void);
const char *support_dir(void);

struct bytes read_in(const char *name);
bool is_there(const char *name);

/* For CHECK: whether the file is exactly `want`, or has `part` in it. Else they show
 * it. */
bool file_is(const char *name, const char *want);
bool file_has(const char *name, const char *part);

/* Finishes the tape and frees it; the files stay. True if that went well and left
 * nothing but the files of a trace. */
bool finish(struct tape *tape, struct ct_finish_result *result);

/* Finishes the tape: whether the records of trace.json behind the first four are
 * `records`, and the last Return is `last`. */
bool gives(struct tape *tape, const char *records, const char *last);

/* A tape in JSON, of a program at /p/t.py. */
struct tape begin_tape(void);

/* The same with a code 0 `f` at line 5 of it, whose variables are a, b, c, and a call
 * of it; its records. */
struct tape begin_frame(void);
#define FRAME FUNCTION(5, "f") L CALL(1) L

/* A normal end with status 0. */
void end_tape(struct tape *tape);
void return_none(struct tape *tape);
void set_int(struct tape *tape, uint64_t slot, int64_t value);
