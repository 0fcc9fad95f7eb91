/* What the recorder keeps of one thread: its place on the tape and a shadow of its
 * stack.
 *
 * A *shadow frame* stands for an open frame of recorded code. Its slots remember what
 * was last written of each variable, so that only changes are written. Frames that
 * suspend (generators) lose their shadow and get a new one when they go on. Slots and
 * encoded values lie in stacks of their own that shrink with the frames, so memory
 * follows the depth of the program's stack. Used by its own thread only, attached. */
#pragma once

#include "base/buf.h"
#include "py/code_table.h"
#include "py/frame.h"
#include "py/memo.h"
#include "py/value.h"
#include "tape/tape_writer.h"

struct ct_life;
struct ct_namespace;
struct ct_selection;

/* What the tape says of a variable. */
enum ct_slot_state {
    CT_SLOT_UNSET = 0,
    CT_SLOT_SINGLETON, /* None, True, False: `of.object` */
    CT_SLOT_INT,       /* an exact int in 64 bits: `of.integer` */
    CT_SLOT_FLOAT,     /* an exact float: its bits in `of.integer` */
    CT_SLOT_BYTES,     /* anything else: its encoding in the thread's `encoded` stack */
    CT_SLOT_REMEMBERED, /* there too, but not on the tape yet */
};

struct ct_slot {
    union {
        int64_t integer;
        const PyObject *object; /* SINGLETON: immortal; BYTES: identity only */
    } of;
    uint64_t written;       /* BYTES: where the stream has the encoding, too */
    uint32_t start, room;   /* BYTES: a block of ct_thread.encoded: … */
    uint32_t size;          /* the encoding, padded to whole words, … */
    uint32_t witness_count; /* and behind it the words of its witness; 0: none */
    uint8_t state;          /* enum ct_slot_state */
    bool is_hidden;         /* by a filter; it has been counted */
};

struct ct_shadow {
    struct ct_frame *frame;  /* borrowed: identity of the activation */
    struct ct_code *code;    /* borrowed; its open_frames counts this shadow */
    int line;                /* of the last Step, or of the Call */
    uint32_t slots_start;    /* index of slot 0 in ct_thread.slots */
    uint32_t slot_count;     /* grows with the names of a namespace */
    uint32_t encoded_start;  /* size of ct_thread.encoded when the frame was opened */
    uint64_t more;           /* variables not shown, as last written (CT_REC_MORE) */
    uint64_t scalars, unset; /* of slots 0 … 63: which hold scalars, which nothing */
    uint64_t stores;         /* slots that the line that runs may assign; or all */
    bool is_inert;           /* … and it can change nothing else */
    bool is_blank;           /* what it ran last is on no line (far_lines.h) */
    bool is_fresh;           /* nothing has run in it yet, unless something attended */
    struct ct_line_head *calls;     /* the line changes nothing until it makes this
                                             call; or NULL */
    struct ct_namespace *names;     /* owned: of module and class bodies */
    struct ct_selection *selection; /* owned: of frames with too many variables */
};

struct ct_thread {
    struct ct_thread *next; /* in the recording's list */
    struct ct_life *life;   /* shared with the thread of the system; or NULL */
    PyThreadState *state;   /* borrowed: identity, with `id` */
    uint64_t id;            /* of the thread state */
    struct ct_stream stream;
    struct ct_encoder encoder;
    struct ct_memo memo;            /* of what the encoder has made */
    const struct ct_policy *policy; /* borrowed */
    struct ct_code_table *codes;    /* borrowed */

    struct ct_shadow *stack; /* owned */
    struct ct_shadow *top;   /* its last open frame; NULL: there is none */
    int depth, stack_capacity;
    struct ct_slot *slots; /* owned */
    uint32_t slots_used, slots_capacity;
    struct ct_buf encoded; /* encodings of CT_SLOT_BYTES slots */
    PyObject **values;     /* owned scratch: the objects of a frame's slots, borrowed */
    uint32_t values_capacity;

    /* The exception that last left a recorded frame, to know it again one frame up;
     * its address only. And where the exception last recorded was raised. */
    PyObject *unwinding, *recorded_error;
    /* Whether a report of `unwinding` on standard error must not be shown, and whether
     * that has been said in its place. */
    bool hides_report, has_hidden_report;
    uint64_t error_path;
    int error_line;
    uint64_t pulse; /* of ct_runtime_pulse, when the top's line began that is inert as
                       long as it stays so; 0: it is in any case. Or when the top,
                       fresh, was called */
    bool trusts_arguments; /* what was remembered of them holds, during an update */
    bool trusts_caller;    /* what its frame shows holds, during a call */
    bool knows_handlers;   /* that signals have none of the program's code */
    int unbound_slot;      /* of the argument that a call could not be recorded for */
};

void ct_thread_init(struct ct_thread *thread, PyThreadState *state, uint64_t number,
                    struct ct_tape *tape, const struct ct_policy *policy,
                    struct ct_code_table *codes, struct ct_classes *classes);
void ct_thread_fini(struct ct_thread *thread);

static inline struct ct_shadow *ct_thread_top(struct ct_thread *thread)
{
    return thread->top;
}

/* Opens a shadow on top; NULL when memory is out. */
struct ct_shadow *ct_thread_push(struct ct_thread *thread, struct ct_frame *frame,
                                 struct ct_code *code, int line);
void ct_thread_pop(struct ct_thread *thread);

/* Memory is out: nothing more is written, and the callback that runs finds that out.
 * Not between a reservation and its record. */
void ct_thread_fail(struct ct_thread *thread);

/* Gives the top shadow `count` slots in all, and `values` room for them; false when
 * memory is out. */
bool ct_thread_reserve_slots(struct ct_thread *thread, struct ct_shadow *top,
                             uint32_t count);
