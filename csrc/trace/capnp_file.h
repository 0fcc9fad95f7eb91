/* The file trace.bin: a list of records, and their payloads (trace-formats.md 4).
 *
 * What the list says is known last. So the writer streams the payloads of the records,
 * packed, into the file itself, behind a prologue whose words are set at the end, and
 * what the list needs of each record to a work file, the index. At the end the list
 * goes behind the payloads (`ct_capnp_complete`). A small file, and one that needs
 * several segments, has the list first and is made from the two by copying
 * (`ct_capnp_assemble`).
 *
 * A record that says what an earlier one said has no payload of its own: its entry of
 * the list points to the earlier one's. */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "trace/sink.h"

#include <stdint.h>

#define CT_CAPNP_SEGMENT_WORDS ((UINT64_C(1) << 29) - 1) /* most of one segment */
#define CT_CAPNP_SEGMENTS 511                            /* readers refuse more */
#define CT_CAPNP_RECORDS ((UINT64_C(1) << 28) - 1)       /* most in the list */
#define CT_CAPNP_HEAD_WORDS 3   /* root, pointer to the list, the list's tag */
#define CT_CAPNP_PROLOGUE 38    /* bytes: header, segment table, the first two words */
#define CT_CAPNP_RECORD_WORDS 2 /* of an entry of the list */

/* Union tags of a Record (trace-formats.md 2.2). */
enum ct_capnp_tag {
    CT_TAG_STEP = 0,
    CT_TAG_PATH = 1,
    CT_TAG_NAME = 2,
    CT_TAG_TYPE = 4,
    CT_TAG_VALUE = 5,
    CT_TAG_FUNCTION = 6,
    CT_TAG_CALL = 7,
    CT_TAG_RETURN = 8,
    CT_TAG_EVENT = 9,
    CT_TAG_THREAD_START = 21,
    CT_TAG_THREAD_EXIT = 22,
    CT_TAG_THREAD_SWITCH = 23,
};

/* Appends a record to the index. `place`: words of all payloads before its own;
 * `size`: of CT_TAG_NAME, whose payload is a bare text, its bytes. */
void ct_capnp_index(struct ct_buf *index, enum ct_capnp_tag tag, uint64_t place,
                    uint64_t size);

/* Appends a Value record with the payload of an earlier one, before which are so many
 * payloads. */
void ct_capnp_index_again(struct ct_buf *index, uint64_t place, uint64_t number);

/* Appends the prologue, its words without their values. */
void ct_capnp_begin(struct ct_buf *out);

/* Where the payloads of a segment begin. */
struct ct_capnp_segment {
    uint64_t place;  /* words before it, of all payloads */
    uint64_t number; /* payloads before it */
    uint64_t offset; /* in the file of payloads, where no run is open */
};

struct ct_capnp_parts {
    struct ct_sink *index;   /* flushed */
    struct ct_sink *payload; /* flushed; prologue and packed words, each run ended */
    uint64_t records;
    /* Of several segments those behind the first, which has the list, and where one
     * more would begin. NULL: one segment has all. */
    const struct ct_capnp_segment *segments;
    size_t segment_count;
    uint64_t payload_words;
};

/* Makes `payload` the file, of one segment, with the list behind the payloads. It is
 * flushed, not closed. */
CT_NODISCARD enum ct_status ct_capnp_complete(const struct ct_capnp_parts *parts,
                                              struct ct_error *err);

/* Writes the file to `out`, empty and another one than `payload`, with the list before
 * the payloads. It is flushed, not closed. */
CT_NODISCARD enum ct_status ct_capnp_assemble(const struct ct_capnp_parts *parts,
                                              struct ct_sink *out,
                                              struct ct_error *err);
