/* The file trace.bin, put together from two work files (trace-formats.md 4).
 *
 * The list of records comes first in the file, but what it says is known last. So the
 * writer streams the payloads of the records, packed, to one work file and what the
 * list needs of each to another, the index. */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "trace/sink.h"

#include <stdint.h>

#define CT_CAPNP_SEGMENT_WORDS ((UINT64_C(1) << 29) - 1) /* most of one segment */
#define CT_CAPNP_SEGMENTS 511                            /* readers refuse more */
#define CT_CAPNP_RECORDS ((UINT64_C(1) << 28) - 1)       /* most in the list */
#define CT_CAPNP_HEAD_WORDS 3   /* root, pointer to the list, the list's tag */
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

/* Appends a record to the index. `size`: words of the payload; of CT_TAG_NAME, whose
 * payload is a bare text, its bytes. */
void ct_capnp_index(struct ct_buf *index, enum ct_capnp_tag tag, uint64_t size);

struct ct_capnp_parts {
    struct ct_sink *out;     /* empty; is flushed, not closed */
    struct ct_sink *index;   /* flushed */
    struct ct_sink *payload; /* flushed; the packed words of a stream of its own */
    uint64_t records;
    uint64_t payload_words;
    uint64_t
        segment_words; /* limit of a segment: CT_CAPNP_SEGMENT_WORDS, less in tests */
};

CT_NODISCARD enum ct_status ct_capnp_assemble(const struct ct_capnp_parts *parts,
                                              struct ct_error *err);
