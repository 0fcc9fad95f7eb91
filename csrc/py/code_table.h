/* What the recorder knows of a code object, gathered once.
 *
 * An entry hangs on its code object in CPython's "extra" slot and in a list of the
 * table, so that it dies with the code object or with the recording, whichever comes
 * first. No reference to a code object is kept. Needs an attached thread state. */
#pragma once

#include "base/source.h"
#include "base/strtab.h"
#include "py/compat.h"
#include "py/frame.h"
#include "py/generated.h"
#include "py/globals.h"
#include "py/names.h"
#include "py/scope.h"
#include "tape/tape_writer.h"

#include <stdbool.h>
#include <stdint.h>

/* A name the code mentions on a line, for steps that cannot show every variable. */
struct ct_line_mention {
    int line;
    int slot;       /* a variable of the code, or -1 */
    PyObject *name; /* a name of the namespace, borrowed, or NULL */
};

struct ct_code {
    PyCodeObject *code; /* borrowed; NULL once it has died */
    int open_frames;    /* on shadow stacks; the entry stays as long as there are any */
    struct ct_code *next, **link;
    uint64_t id; /* of CT_REC_CODE */
    uint64_t path_id;
    int line;          /* where its definition stands */
    bool is_namespace; /* a module or class body: its names live in a namespace */
    bool is_main;      /* the program's own main code */
    bool is_generated; /* of a class: all of it stands on `line` (generated.h) */
    bool has_loops;    /* some jump goes backward */

    /* Slots 0 … slot_count-1: the variables in the order in which they show. */
    int local_count, global_count, slot_count;
    struct ct_local *locals; /* owned */
    PyObject **global_names; /* owned array of borrowed names */
    PyObject *
        *global_values;  /* owned array, borrowed objects: what they were bound to … */
    PyObject *globals;   /* … in this dict (borrowed), … */
    uint64_t generation; /* … as long as ct_globals_generation is this */
    int arg_count;
    int *arg_slots;     /* owned: slots of the arguments in signature order */
    uint64_t *name_ids; /* owned: by slot */

    int *unit_lines;  /* owned: by code unit, what an INSTRUCTION event there tells
                         (far_lines.h); NULL: LINE events tell the lines */
    int running_line; /* … and where the frame was that ran as they were found */

    uint8_t *line_loops; /* owned: by code unit, 1 = a jump there stays on its line;
                            NULL until one is found */

    struct ct_line_plan *plans;   /* owned: by line from first_plan on (line_plan.h) */
    struct ct_line_check *checks; /* owned: of the plans */
    uint32_t check_count;
    uint64_t local_slots;  /* mask of slots 0 … local_count-1 */
    uint64_t shared_slots; /* of variables that other code can assign too */
    uint64_t hidden_slots; /* of the first slots those that a filter hides */
    uint64_t stray_stores; /* slots assigned by instructions that belong to no line */
    int first_plan, plan_count;
    bool has_plans; /* they have been made, or cannot be */

    /* What a filter decides (filter_code.h). */
    struct ct_verdict *verdict;        /* borrowed from the filter */
    struct ct_verdict *module_verdict; /* of the module it lies in */
    uint8_t *actions;                  /* owned: enum ct_action by slot */
    uint8_t return_action;             /* enum ct_action */
    bool is_filtered;                  /* ct_filter_apply has something to do */
    bool is_module;                    /* a module's body */
    bool hides_exceptions;             /* the messages of those that pass it */
    int keywords_slot; /* of `**kwargs` whose keys may be hidden, or -1 */

    struct ct_line_mention *mentions; /* owned: sorted by line; NULL until asked for */
    int mention_count;
};

struct ct_filter;
struct ct_judgement;
struct ct_verdict;

struct ct_code_table {
    struct ct_code *first;
    uint64_t next_id;          /* of a code, and of its function */
    struct ct_names *names;    /* borrowed */
    struct ct_globals globals; /* watched */
    struct ct_strtab paths;
    int64_t *path_lines; /* owned: lines of the file, by path id; -1: not readable */
    size_t path_capacity;
    struct ct_sources sources;
    struct ct_class_places classes; /* bodies met so far */
    int globals_mode;               /* enum ct_globals_mode */
    bool names_from_globals;        /* module bodies go by their __name__ */
    struct ct_filter *filter;       /* borrowed */
    int tool;                       /* id of the recorder's in sys.monitoring */
    uintptr_t skip_mark;            /* hangs on code that a filter skips */
};

void ct_code_table_init(struct ct_code_table *table, struct ct_names *names,
                        int globals_mode);
/* Frees all entries and takes them off their code objects. */
void ct_code_table_fini(struct ct_code_table *table);

/* The entry of `code`, or NULL if it has none. */
struct ct_code *ct_code_table_find(PyCodeObject *code);

/* Makes the entry of `code`, running in `frame`, with what a filter says about it, and
 * defines it on the tape. NULL with
 * an exception set when memory or the tape is out. */
struct ct_code *ct_code_table_add(struct ct_code_table *table, struct ct_stream *stream,
                                  PyCodeObject *code, struct ct_frame *frame,
                                  const struct ct_judgement *judgement);

/* The same for generated code of the class `owner`, which stands at `place`. */
struct ct_code *ct_code_table_add_generated(struct ct_code_table *table,
                                            struct ct_stream *stream,
                                            PyCodeObject *code, struct ct_frame *frame,
                                            const struct ct_class_place *place,
                                            PyTypeObject *owner,
                                            const struct ct_judgement *judgement);

/* Marks code that a filter skips, for this recording; whether it was marked before. */
bool ct_code_table_skip(struct ct_code_table *table, PyCodeObject *code);
bool ct_code_table_is_skipped(const struct ct_code_table *table, PyCodeObject *code);

/* Marks the code objects nested in `code` as the program's own, although their file
 * name is synthetic (`python -c`). */
int ct_code_table_adopt(PyCodeObject *code);
bool ct_code_table_is_adopted(PyCodeObject *code);

/* The id of a path, defined on the tape at first use; CT_ID_NONE when memory or the
 * tape is out. */
uint64_t ct_code_table_path(struct ct_code_table *table, struct ct_stream *stream,
                            struct ct_text path);

/* The slot of a local, by its index in co_localsplusnames, or of a global that the code
 * mentions; -1 if it has none. */
int ct_code_slot_of_local(const struct ct_code *entry, int index);
int ct_code_slot_of_global(const struct ct_code *entry, PyObject *name);

/* Fills `mentions`; false when memory is out. */
bool ct_code_find_mentions(struct ct_code *entry);
