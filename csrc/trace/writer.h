/* The one interface behind which every trace format stands.
 *
 * The replay calls a writer in the order of the file: `writer->ops->step(writer, …)`.
 * A writer streams: it keeps no record, and its memory does not grow with the trace.
 * Its status is sticky: after a failure every call does nothing, and `finish` reports
 * it, so callers look at that result alone (and at `failed` to stop early).
 *
 * Values that show at many steps are made once: `value` writes a Value record and tells
 * what `put_values` needs to write it again, any number of times, with as many others
 * as stand together. In trace.json that is the whole record, in a large trace.bin where
 * it is; in a small one each is made anew. What is known of a value's subtrees is not
 * made again, there, in `call` and in `ret`; the others are remembered (subtree.h). */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "trace/model.h"

#include <stdatomic.h>

struct ct_writer;

/* A Value record that has been written; owned by the replay, set by the writer. */
struct ct_fragment {
    struct ct_buf bytes; /* with which it is written again; empty: it cannot be */
    uint64_t words;      /* trace.bin: that a reader visits for it; 0 in JSON */
};

/* Value records that have been written, one behind the other. Borrowed. */
struct ct_records {
    const uint8_t *bytes;
    size_t size; /* bytes */
    size_t count;
    uint64_t words; /* as in ct_fragment, of all */
};

/* The record that was written last with this fragment; until the next one. */
static inline struct ct_records ct_fragment_records(const struct ct_fragment *fragment)
{
    return (struct ct_records){
        .bytes = fragment->bytes.data,
        .size = fragment->bytes.size,
        .count = 1,
        .words = fragment->words,
    };
}

static inline void ct_fragment_fini(struct ct_fragment *fragment)
{
    ct_buf_fini(&fragment->bytes);
}

struct ct_writer_ops {
    const char *events_file; /* name of the file in the trace directory */
    bool has_float;          /* FLOAT nodes may be passed; else the replay passes RAW */

    void (*path)(struct ct_writer *, struct ct_text path);
    void (*function)(struct ct_writer *, uint64_t path_id, int64_t line,
                     struct ct_text);
    void (*type)(struct ct_writer *, const struct ct_type *);
    void (*name)(struct ct_writer *, struct ct_text name);
    void (*step)(struct ct_writer *, uint64_t path_id, int64_t line);
    void (*value)(struct ct_writer *, uint64_t variable_id, const struct ct_tree *value,
                  struct ct_fragment *written);
    void (*put_values)(struct ct_writer *, const struct ct_records *);
    void (*call)(struct ct_writer *, uint64_t function_id, size_t count,
                 const struct ct_argument *args);
    void (*ret)(struct ct_writer *, const struct ct_tree *value);
    void (*event)(struct ct_writer *, enum ct_event_kind, struct ct_text metadata,
                  struct ct_text content);
    void (*thread)(struct ct_writer *, enum ct_thread_record, uint64_t number);

    /* To be asked before the values of a record are decoded: what was made of
     * containers while it gave another number cannot be used again, and nothing of what
     * is made while it gives 0. */
    uint32_t (*generation)(struct ct_writer *);

    /* ct_sink_write_behind for what is much. */
    void (*write_behind)(struct ct_writer *, const _Atomic uint32_t *is_awaited);

    /* Bytes of the events file so far, nearly. */
    uint64_t (*size)(const struct ct_writer *);

    /* Completes the file under its temporary name (the caller renames it). */
    enum ct_status (*finish)(struct ct_writer *, struct ct_error *);
    /* Frees the writer; removes its temporary files if `finish` did not succeed. */
    void (*free)(struct ct_writer *);
};

struct ct_writer {
    const struct ct_writer_ops *ops;
    bool failed;  /* sticky */
    bool is_full; /* a limit of the format is reached: the replay closes the trace */
    uint64_t records;
    uint64_t words; /* trace.bin: that a reader visits, each as often as it does; 0 in
                       JSON */
};

/* Opens `temporary_path` (and, for binary, work files beside it). NULL on failure with
 * *err filled. */
struct ct_writer *ct_writer_json_new(const char *temporary_path, struct ct_error *err);
struct ct_writer *ct_writer_capnp_new(const char *temporary_path, struct ct_error *err);
