/* A segment: one file of the tape.
 *
 * The tape of a recording lies in the folder `trace.tape` of the trace directory, in
 * files `00000000.seg`, `00000001.seg`, … numbered in order of creation over all
 * threads. A segment file is a header, then record bytes. `committed` counts the record
 * bytes that are valid; it is stored after them, so that a process killed at any
 * instant leaves a segment that ends at a whole event. Little-endian machines only. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define CT_TAPE_FOLDER "trace.tape"
#define CT_SEGMENT_NAME_FORMAT "%08llu.seg" /* the segment's number */
#define CT_SEGMENT_MAGIC                                                               \
    "\x89"                                                                             \
    "CTTAPE\n"
#define CT_SEGMENT_VERSION 2
#define CT_TAPE_STATE_NAME "state" /* stands for the beginning (tape_state.h) */
#define CT_TAPE_STATE_NEW "state.new"
#define CT_TAPE_STATE_DONE "state.done" /* … of a tape that is being removed */
#define CT_MIRROR_NAME "mirror"         /* bytes on their way to the tape (mirror.h) */
#define CT_SEGMENT_HEADER_SIZE 64

struct ct_segment_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t header_size;       /* CT_SEGMENT_HEADER_SIZE */
    uint64_t number;            /* of the segment; equals the one in its name. Of the
                                   state: of the first segment behind it */
    uint64_t thread;            /* number of the thread that began it */
    uint64_t capacity;          /* record bytes there is room for */
    _Atomic uint64_t committed; /* record bytes that are valid */
    _Atomic uint64_t sealed;    /* 1: nothing will be added any more */
    uint64_t reserved;
};

_Static_assert(sizeof(struct ct_segment_header) == CT_SEGMENT_HEADER_SIZE,
               "the header is part of the file format");
