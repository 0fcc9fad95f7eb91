/* The replay's state, shared by replay.c and the files named replay_*.c alone.
 *
 * replay.c runs the tape and knows beginning and end; replay_block.c writes call
 * blocks, step blocks and Returns; replay_thread.c changes threads; replay_event.c
 * writes Events, replay_io.c those of output and input. */
#pragma once

#include "tape/tape_reader.h"
#include "trace/definitions.h"
#include "trace/frame.h"
#include "trace/intern.h"
#include "trace/replay.h"
#include "trace/value_decode.h"
#include "trace/writer.h"

struct ct_thread {
    uint64_t number;      /* of the tape */
    uint64_t file_number; /* by its first record in the file; 0: there is none yet */
    struct ct_frames frames;
    struct ct_place step; /* its last; when it has none, the file's when it began */
    bool has_ended; /* its THREAD_EXIT has come; freed when another thread goes on */
};

/* Output or input that the next record may go on with. */
struct ct_chunk {
    bool is_open;
    uint8_t event;   /* enum ct_event */
    uint8_t flags;   /* those that all of it has */
    uint64_t thread; /* number */
    struct ct_buf text;
};

struct ct_replay {
    const char *dir;          /* borrowed */
    struct ct_writer *writer; /* borrowed */
    struct ct_facts *facts;   /* borrowed */
    struct ct_replay_options options;
    struct ct_tape_reader *tape;    /* owned */
    struct ct_replay_result result; /* as far as it is known; without its paths */
    uint64_t told;                  /* record bytes, to options.tell */
    bool has_end;                   /* the tape's END has come */
    bool is_full;                   /* … of the file: by its format or by the user */
    bool is_full_by_user;
    bool has_thread_records;

    struct ct_defs defs;
    struct ct_intern intern;
    struct ct_values values;
    struct ct_counts counts;
    bool failed; /* memory is out, or a limit of limits.h was met */
    bool is_odd; /* the tape cannot go on like this: its end */

    struct ct_buf threads;     /* struct ct_thread *, owned, by number */
    struct ct_thread *first;   /* thread 1 */
    struct ct_thread *current; /* the thread the file stands in */
    struct ct_thread *reading; /* the thread the tape stands in */

    struct ct_place last_step;    /* of the file */
    int64_t highest_step;         /* the highest path id a Step has had; -1: none */
    struct ct_place highest_path; /* the path defined last, and a line in it */

    uint64_t waiting_events; /* on the tape before the first Step of the file */
    bool is_error_last;      /* the last Event is an Error without a Step behind it */
    bool has_uncaught;
    struct ct_buf uncaught_metadata, uncaught_content;
    struct ct_chunk chunk;

    struct ct_buf arguments;    /* scratch: struct ct_argument */
    struct ct_buf metadata;     /* scratch */
    struct ct_buf content;      /* scratch */
    struct ct_fragment written; /* scratch */
    struct ct_buf shown;        /* uint64_t by variable id: number of the Step that
                                   showed it last */
    struct ct_fragment hidden;  /* the `…` variable for `hidden_count` */
    uint64_t hidden_count;
    uint32_t hidden_id;
};

/* ---- replay_block.c ----------------------------------------------------------- */

/* Writes a Step alone. */
void ct_replay_put_step(struct ct_replay *replay, uint32_t path_id, int64_t line);

/* A CALL of the current thread: definitions, call block, a new frame. */
void ct_replay_call(struct ct_replay *replay, const struct ct_tape_record *record);

/* The call block of a frame that is open again after another thread has run. */
void ct_replay_reopen(struct ct_replay *replay, struct ct_frame *frame);

/* A STEP of the current thread's innermost frame `difference` lines further. */
void ct_replay_step(struct ct_replay *replay, int64_t difference);

/* The RETURN of the current thread's innermost frame. */
void ct_replay_return(struct ct_replay *replay, struct ct_span value);

/* A Return(Error) that closes a call without its own: text and type of the mark. */
void ct_replay_put_mark(struct ct_replay *replay, struct ct_text text,
                        struct ct_text type);

/* ---- replay_thread.c ---------------------------------------------------------- */

/* The thread of a number, made if it is new; NULL when memory is out. */
struct ct_thread *ct_replay_thread(struct ct_replay *replay, uint64_t number);

/* Makes the file stand in `thread`, before a record of it is written. */
void ct_replay_enter(struct ct_replay *replay, struct ct_thread *thread);

/* THREAD_EXIT of `thread`. */
void ct_replay_thread_exit(struct ct_replay *replay, struct ct_thread *thread);

/* Closes the open calls of the current thread with `<unfinished>`. */
void ct_replay_close_frames(struct ct_replay *replay);

void ct_replay_free_threads(struct ct_replay *replay);

/* ---- replay_io.c -------------------------------------------------------------- */

/* A piece of output or input, in the current thread. */
void ct_replay_take_io(struct ct_replay *replay, const struct ct_tape_record *record);

/* Closes the open chunk, if there is one, unless `record`, which comes now, goes on
 * with it. */
void ct_replay_settle_io(struct ct_replay *replay, const struct ct_tape_record *record);

/* Closes the open chunk, if there is one, with these flags besides its own. */
void ct_replay_close_io(struct ct_replay *replay, uint8_t flags);

/* ---- replay_event.c ----------------------------------------------------------- */

/* Writes an Event. */
void ct_replay_put_event(struct ct_replay *replay, enum ct_event_kind kind,
                         const struct ct_buf *metadata, struct ct_text content);

/* `"thread":"ThreadId(n)"`, the number that of the file. */
void ct_replay_put_thread_id(struct ct_buf *out, uint64_t number);

/* An EVENT of `thread`; one before the file's first Step only waits. */
void ct_replay_event(struct ct_replay *replay, struct ct_thread *thread,
                     const struct ct_tape_record *record);

/* Writes the Events that have waited for the first Step, reading the tape again. */
CT_NODISCARD enum ct_status ct_replay_waiting(struct ct_replay *replay,
                                              struct ct_error *err);

/* The rule of the end: the Event of the uncaught exception, or a Step after an Error.
 */
void ct_replay_end_event(struct ct_replay *replay, enum ct_end_reason reason);
