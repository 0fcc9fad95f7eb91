/* The reader's insides, shared by tape_reader.c and tape_reader_open.c alone.
 *
 * tape_reader.c knows in which order the runs of the segments come; tape_reader_open.c
 * finds and maps the segments, and the state that a tape begins with when it was cut.
 */
#pragma once

#include "tape/segment.h"
#include "tape/tape_reader.h"

#define NO_SEGMENT SIZE_MAX

struct segment {
    void *mapping; /* owned, munmap */
    size_t size;   /* of the mapping */
    struct ct_span rest;
    const uint8_t *run; /* the RUN it stands at */
    uint64_t key;       /* of that run */
    uint64_t thread;    /* of that run */
    bool is_idle;       /* it stands at no run: its next one has not begun */
    bool is_state;
};

struct ct_tape_reader {
    char *folder;         /* owned */
    struct ct_buf active; /* struct segment */
    size_t current;       /* index of the segment being read, or NO_SEGMENT */
    uint64_t next_number; /* of the segment to open next */
    uint64_t readable;    /* segments with a good header */
    uint64_t newest_key;  /* the first one of the segment opened last by number */
    uint64_t last_key;
    bool has_key;
    uint64_t done;
    uint64_t stop_after;   /* `done`, or UINT64_MAX */
    const uint8_t *record; /* the last one */
    bool is_cut;           /* it began with a state */
    bool is_live;          /* the tape is being written */
    bool is_waiting;       /* … and has got no further */
    bool has_all;          /* no further segment file */
    bool is_damaged;
    bool has_ended;
    struct ct_error failure; /* status CT_OK: none */
    struct ct_tape_ids ids;
};

static inline struct segment *segment_at(const struct ct_tape_reader *reader,
                                         size_t index)
{
    return (struct segment *)(void *)reader->active.data + index;
}

/* Where the segment's records begin. */
static inline const uint8_t *segment_records(const struct segment *segment)
{
    return (const uint8_t *)segment->mapping + CT_SEGMENT_HEADER_SIZE;
}

static inline size_t segment_count(const struct ct_tape_reader *reader)
{
    return reader->active.size / sizeof(struct segment);
}

/* Opens the next segment file. Sets has_all when there is none, or none that is good:
 * the segments before it may still be read. Of a tape that is followed, `false` when it
 * is not there yet. */
bool ct_tape_reader_open_next(struct ct_tape_reader *reader);
/* Opens the state and the rests of segments that it names, if there is one. */
void ct_tape_reader_open_state(struct ct_tape_reader *reader);
/* Reads the RUN at which the segment stands; false if it is none. */
bool ct_tape_reader_read_run(struct ct_tape_reader *reader, struct segment *segment);
