/* Reading a code object's bytecode and line table.
 *
 * Answers, once per code object, what capture has to know about it: which names its
 * instructions mention, on which lines, and how far its lines reach. Needs an attached
 * thread state; runs no Python code. */
#pragma once

#include "py/compat.h"

#include <stdbool.h>
#include <stdint.h>

#define CT_CODE_UNIT 2 /* bytes of a code unit: offsets count bytes */

/* One instruction: what it is, and the line it belongs to (0: none). */
struct ct_instruction {
    int opcode;
    int arg;
    int line;
    int unit; /* index of the code unit it begins at, maybe with an EXTENDED_ARG */
    int end;  /* that of the next instruction, behind its caches */
};

/* Walks over the instructions of a code object, as they were compiled: without the
 * interpreter's specialisations and instrumentation. */
struct ct_code_walk {
    PyObject *bytes;                  /* owned: co_code */
    Py_ssize_t at;                    /* byte offset of the next instruction */
    const uint8_t *table, *table_end; /* of the line table, borrowed from the code */
    int line;                         /* of the current table entry, 0 for none */
    int table_line;                   /* the running line number of the table */
    int units_left;                   /* code units the current entry still covers */
};

/* -1 with an exception set when memory is out. */
int ct_code_walk_begin(struct ct_code_walk *walk, PyCodeObject *code);
bool ct_code_walk_next(struct ct_code_walk *walk, struct ct_instruction *instruction);
void ct_code_walk_end(struct ct_code_walk *walk);

/* The highest line an instruction of the code object stands on; 0 if none has one. */
int ct_code_highest_line(PyCodeObject *code);

/* What an instruction mentions. */
enum ct_mention_kind {
    CT_MENTION_NONE,
    CT_MENTION_LOCAL,  /* index in co_localsplusnames */
    CT_MENTION_NAME,   /* index in co_names, looked up in the frame's namespace */
    CT_MENTION_GLOBAL, /* index in co_names, looked up in the globals */
};

struct ct_mention {
    enum ct_mention_kind kind;
    int first;
    int second; /* of an instruction with two locals; else -1 */
};

struct ct_mention ct_instruction_mention(const struct ct_instruction *instruction);

/* What an instruction can do, so far as line plans (line_plan.h) must know. */
enum ct_effect {
    CT_EFFECT_ANY,      /* anything */
    CT_EFFECT_INERT,    /* with scalars on the stack: nothing but their arithmetic */
    CT_EFFECT_TRUTH,    /* the same: asks the top for its truth */
    CT_EFFECT_IDENTITY, /* looks at no more than the identity of what it pops */
    CT_EFFECT_CONTAINS, /* looks for the second in the top and pops both: a bool */
    CT_EFFECT_ITEM,     /* takes the item named by the top from the second: the same */
    CT_EFFECT_COLLECT,  /* makes a tuple or list of the `arg` topmost */
    CT_EFFECT_COPY,     /* pushes what lies `arg` deep; 1 is the top */
    CT_EFFECT_SWAP,     /* exchanges the top with what lies `arg` deep */
    CT_EFFECT_CALL,     /* calls what lies under `arg` arguments, and a NULL or self */
    CT_EFFECT_CALL_NAMED,     /* the same, with names of arguments on the top */
    CT_EFFECT_LOAD,           /* pushes the local `arg` */
    CT_EFFECT_LOAD_TWO,       /* pushes the locals `arg >> 4` and `arg & 15` */
    CT_EFFECT_LOAD_CONSTANT,  /* pushes the constant `arg` */
    CT_EFFECT_LOAD_NULL,      /* pushes what stands for no self in a call */
    CT_EFFECT_LOAD_GLOBAL,    /* pushes the global named `arg >> 1` */
    CT_EFFECT_LOAD_FUNCTION,  /* the same, to be called: with a NULL */
    CT_EFFECT_LOAD_ATTRIBUTE, /* replaces the top by its attribute named `arg >> 1` */
    CT_EFFECT_LOAD_METHOD,    /* the same, to be called: with a NULL or self */
    CT_EFFECT_STORE,          /* pops into the local `arg` */
    CT_EFFECT_STORE_LOAD,     /* pops into `arg >> 4`, pushes `arg & 15` */
    CT_EFFECT_STORE_TWO,      /* pops into both, first into `arg >> 4` */
    CT_EFFECT_ITERATE,        /* replaces the top by an iterator over it */
    CT_EFFECT_NEXT,           /* pushes the next item of the iterator on the top */
    CT_EFFECT_UNPACK,         /* replaces the top by its `arg` items */
    CT_EFFECT_COLLECT_MAP,    /* makes a dict of `arg` keys and values */
    CT_EFFECT_COLLECT_NAMED,  /* the same; the keys are in a tuple on the top */
    CT_EFFECT_LOOP_END,       /* stands behind the body of a loop */
    CT_EFFECT_POP,            /* drops the top */
    CT_EFFECT_YIELD,          /* replaces the top, given away, by what comes back */
    CT_EFFECT_FAIL,           /* begins what ends in an AssertionError, … */
    CT_EFFECT_RAISE,          /* … here */
};

enum ct_effect ct_instruction_effect(const struct ct_instruction *instruction);

/* How many values an instruction of the effects INERT, TRUTH and IDENTITY
 * takes off the stack, and how many it leaves there in their place. */
struct ct_stack_use {
    int takes, leaves;
};

struct ct_stack_use ct_instruction_stack_use(const struct ct_instruction *instruction);

/* Whether an instruction of those effects may go on elsewhere than with the next one,
 * and whether it never goes on with that. */
bool ct_instruction_jumps(const struct ct_instruction *instruction);
bool ct_instruction_ends_block(const struct ct_instruction *instruction);

/* The code unit of the instruction that it may jump to; -1: to none. */
int ct_instruction_target(const struct ct_instruction *instruction);

/* Whether an instruction does nothing but to go on, or to return a constant. */
bool ct_instruction_passes(const struct ct_instruction *instruction);

/* Whether the interpreter attends to signals, other threads and its collector after an
 * instruction. */
bool ct_instruction_attends(const struct ct_instruction *instruction);

/* The locals and cells that an instruction assigns, deletes or takes away, by their
 * index in co_localsplusnames; gives their number. */
int ct_instruction_assigns(const struct ct_instruction *instruction, int locals[2]);

/* Whether the instruction ends a loop's body by jumping back. */
bool ct_instruction_is_loop(const struct ct_instruction *instruction);
