/* The trace model: the records of trace-formats.md 2 as C data.
 *
 * Shared by the replay, which makes them from a tape, and by the writers, which make
 * bytes of them. Ids are those of the file: counted per kind from 0 in order of their
 * definition. Everything is borrowed for the duration of a call. */
#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Type kinds (trace-formats.md 2.5), the same numbers in both formats. */
enum ct_type_kind {
    CT_KIND_SEQ = 0,
    CT_KIND_SET = 1,
    CT_KIND_STRUCT = 6,
    CT_KIND_INT = 7,
    CT_KIND_FLOAT = 8,
    CT_KIND_STRING = 9,
    CT_KIND_BOOL = 12,
    CT_KIND_RAW = 16,
    CT_KIND_TUPLE = 27,
    CT_KIND_NONE = 30,
    CT_KIND_ANY = 32,
};

struct ct_type {
    enum ct_type_kind kind;
    struct ct_text lang_type;
    size_t field_count;           /* only of CT_KIND_STRUCT */
    const struct ct_text *fields; /* names */
    uint64_t field_type;          /* id of the type `object`, every field's type */
};

/* Value kinds (trace-formats.md 2.3). */
enum ct_node_kind {
    CT_NODE_NONE,
    CT_NODE_BOOL,
    CT_NODE_INT,
    CT_NODE_FLOAT,
    CT_NODE_STRING,
    CT_NODE_BIGINT,
    CT_NODE_SEQUENCE,
    CT_NODE_TUPLE,
    CT_NODE_STRUCT,
    CT_NODE_RAW,
    CT_NODE_ERROR,
};

struct ct_subtrees;

/* A value is a tree in one array, parents before children: the first child of node i
 * is node i + 1, its further children are found over `next`. */
struct ct_node {
    enum ct_node_kind kind;
    bool flag;        /* BOOL: the value; BIGINT: negative */
    uint32_t next;    /* index of the next sibling; of the end of the subtree if none */
    uint32_t subtree; /* SEQUENCE, TUPLE, STRUCT: 1 + index of its subtree; 0: none. Of
                        one that is known there are no children (subtree.h) */
    uint64_t type_id; /* 0 for NONE */
    union {
        int64_t integer;     /* INT */
        double real;         /* FLOAT */
        uint32_t count;      /* SEQUENCE, TUPLE, STRUCT: number of children */
        struct ct_text text; /* STRING, RAW, ERROR; BIGINT: big-endian magnitude */
    } of;
};

/* A value to be written, and the subtrees of all values of the record. */
struct ct_tree {
    const struct ct_node *nodes;  /* the root is the first */
    struct ct_subtrees *subtrees; /* subtree.h; NULL: there are none */
};

struct ct_argument {
    uint64_t variable_id;
    struct ct_tree value;
};

/* Event kinds by their JSON number; trace.bin has other numbers (trace-formats.md 2.8).
 */
enum ct_event_kind {
    CT_EVENT_KIND_WRITE = 0,
    CT_EVENT_KIND_WRITE_OTHER = 2,
    CT_EVENT_KIND_READ = 3,
    CT_EVENT_KIND_ERROR = 11,
};

enum ct_thread_record {
    CT_THREAD_START = 21,
    CT_THREAD_EXIT = 22,
    CT_THREAD_SWITCH = 23
};
