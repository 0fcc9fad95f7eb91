/* The tape's records: the narrow waist between capture and output.
 *
 * A tape is a folder of segment files (segment.h). The bytes of a segment are a
 * sequence of *records*: one tag byte, then operands. Capture appends records as fast
 * as the interpreter delivers events and writes only *changes*; the replay
 * (trace/replay.h) turns them back into complete steps. Whatever reads a tape trusts
 * nothing: every length, id and count is checked, anything odd is the end of the tape.
 *
 * Notation of operands: `u` unsigned varint, `s` zigzag varint, `b` one byte, `str` a
 * varint length and that many bytes of UTF-8 without surrogates, `VALUE` an encoded
 * value (below).
 *
 * Ids (path, function, name, class, shape, code) are handed out by the capture half,
 * counted from 0 in order of definition, each defined by its record before its first
 * use, so that every prefix of a tape is complete in itself. They are the tape's own:
 * the ids of a trace file are handed out by the replay at first use in the file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* ---- records ------------------------------------------------------------------ */

enum ct_record {
    /* Order. A run is a stretch of records of one thread. Every segment begins with a
     * RUN, and a thread that goes on after another one has written begins a new RUN.
     * Runs are ordered by `key`, unique and growing. */
    CT_REC_RUN = 0x01, /* u key, u thread (1 = the thread that started recording) */

    /* One fact about the recording: b field (enum ct_fact), str. Before the first call.
     * ARG may repeat; of any other the last one counts. */
    CT_REC_FACT = 0x02,

    /* Definitions. */
    CT_REC_PATH = 0x03,     /* u id, str path */
    CT_REC_FUNCTION = 0x04, /* u id, u path, s line, str name */
    CT_REC_NAME = 0x05,     /* u id, str: a variable, argument or field name */
    CT_REC_CLASS = 0x06, /* u id, str lang_type: a class by Python's name, see below */
    CT_REC_SHAPE = 0x07, /* u id, u class, u n, n × u name: the fields of a struct */
    CT_REC_CODE = 0x08,  /* u id, u function, u n, n × u name: the variables 0 … n-1 of
                            a frame of this code, in the order in which they show */

    /* A frame is entered: b flags (enum ct_call_flag), u code, s line, u n,
     * n × (u name, VALUE). `line` is where the Step of the call block stands: the
     * function's line, or for RESUME/RUNNING the line the frame stands at. */
    CT_REC_CALL = 0x10,
    CT_REC_RETURN = 0x11, /* VALUE: the thread's innermost open frame is left */

    /* A line is about to run in the innermost frame; its variables show as they were
     * set by the records before. s line: difference to the frame's last line (the line
     * of its CALL at first). Differences -64 … 63 take one byte, CT_REC_STEP_SHORT. */
    CT_REC_STEP = 0x12,

    /* Changes of the innermost frame's variables, shown from the next Step on. A frame
     * begins with none bound. */
    CT_REC_SET = 0x13,   /* u slot, VALUE. Slots 0 … 63: CT_REC_SET_SHORT */
    CT_REC_UNSET = 0x14, /* u slot: unbound, or not among the visible ones any more */
    CT_REC_SLOT = 0x15,  /* u slot, u name: a slot behind those of the code gets its
                            name; slots are given in order, each once a frame */
    CT_REC_MORE = 0x16,  /* u n: n variables are not shown (`…`); 0 = all are */

    /* An event at the thread's current Step: b kind (enum ct_event). */
    CT_REC_EVENT = 0x17, /* ERROR, UNCAUGHT: str type, str module, str message, u path,
                               s line. UNCAUGHT: ended the program; shown at the end.
                            WRITE, WRITE_ERR, READ: b flags (enum ct_io_flag), str text.
                            A piece: pieces with CT_IO_OPEN and the next one make one
                            Event, unless anything else of any thread comes between */

    CT_REC_THREAD_EXIT = 0x18, /* the run's thread has ended */

    /* The recording ended: b reason (enum ct_end_reason), b exit (enum ct_end_exit),
     * s code, str note (empty, or what the user should know). The last record. */
    CT_REC_END = 0x19,

    /* Only at the start of the tape's state (tape_state.h), before its RUN: u number,
     * u offset: so many record bytes of that segment are in the state, the rest is
     * needed. */
    CT_REC_KEPT = 0x1a,

    CT_REC_SET_SHORT = 0x40,  /* 0x40 | slot: VALUE */
    CT_REC_STEP_SHORT = 0x80, /* 0x80 | (difference + 64) */
};

#define CT_SET_SHORT_SLOTS 64
#define CT_STEP_SHORT_MIN (-64)
#define CT_STEP_SHORT_MAX 63

enum ct_fact {
    CT_FACT_RECORDING_ID = 1, /* UUID version 7, lower case with hyphens */
    CT_FACT_WORKDIR,
    CT_FACT_PROGRAM,      /* sys.argv[0] */
    CT_FACT_ARG,          /* one of sys.argv[1:], in order */
    CT_FACT_PROGRAM_PATH, /* what path 0 of the trace is */
    CT_FACT_RECORDER_VERSION,
    CT_FACT_TARGET_SCRIPT,
    CT_FACT_PYTHON,   /* "3.13.0" */
    CT_FACT_PLATFORM, /* "linux-x86_64" */
    CT_FACT_FORMAT,   /* "json" or "binary": what to make of this tape */
    CT_FACT_FILTER, /* a filter of the chain as four NUL-separated texts: path, sha256,
                       name, version; may repeat, in order */
    CT_FACT_THREAD_RECORDS, /* "auto", "on", "off" */
    CT_FACT_NOTE,           /* a sentence for `notes`; may repeat, and may come later */
    CT_FACT_MAX_TRACE_SIZE, /* bytes of the events file, in decimal */
    CT_FACT_FILTER_STATS,   /* decimal numbers with blanks between: scopes skipped, then
                               redactions and drops by kind; may come later */
    CT_FACT_KEEP_LAST,      /* record bytes of the tape that are kept, in decimal */
    CT_FACT_COUNT,
};

enum ct_call_flag {
    CT_CALL_START = 0,
    CT_CALL_RESUME = 1,  /* a suspended generator or coroutine goes on */
    CT_CALL_THROW = 2,   /* the same, by an exception thrown in */
    CT_CALL_RUNNING = 3, /* the frame was running when it was first met */
};

enum ct_event {
    CT_EVENT_WRITE = 0,     /* stdout */
    CT_EVENT_WRITE_ERR = 2, /* stderr */
    CT_EVENT_READ = 3,      /* stdin */
    CT_EVENT_ERROR = 11,
    CT_EVENT_UNCAUGHT = 12,
};

enum ct_io_flag {
    CT_IO_NEWLINE = 1,
    CT_IO_FLUSH = 2,
    CT_IO_STEP_BOUNDARY = 4,
    CT_IO_TIME_SPLIT = 8,
    CT_IO_INPUT = 16,
    CT_IO_MIRROR = 32,
    CT_IO_OPEN = 64, /* on the tape only: the thread's next record may go on with it */
};

enum ct_end_reason {
    CT_END_EXIT = 0,
    CT_END_STOP,
    CT_END_EXCEPTION,
    CT_END_SIGNAL,
    CT_END_RECORDER_ERROR,
    CT_END_LIMIT,
    CT_END_KILLED, /* also what a tape without END means */
};

enum ct_end_exit {
    CT_EXIT_CODE = 0, /* `code` is the exit status */
    CT_EXIT_UNKNOWN,  /* shown as "<exit>" */
    CT_EXIT_DISABLED, /* shown as "<disabled>" */
};

/* ---- values ------------------------------------------------------------------- */

/* An encoded value: one tag byte, then operands. The whole value of a SET, of a RETURN
 * or of an argument may be SAME: what is in sight of a call is in sight of its caller.
 * Where no class is named, the type is the builtin the tag is called after; `CLASS u
 * VALUE` gives the value behind it (never another CLASS) the name of a subclass. */
enum ct_value {
    CT_VAL_NONE = 0,
    CT_VAL_FALSE = 1,
    CT_VAL_TRUE = 2,
    CT_VAL_INT = 3,     /* s */
    CT_VAL_FLOAT = 4,   /* 8 bytes, IEEE 754, little-endian */
    CT_VAL_STR = 5,     /* str */
    CT_VAL_STR_CUT = 6, /* u full length in characters, str without the `…` */
    CT_VAL_BIGINT = 7, /* b negative, u n, n bytes: magnitude, big-endian, no leading 0,
                          outside 64 bits */
    CT_VAL_LIST = 8,   /* u n, n × VALUE; the last may be CUT. So for all containers */
    CT_VAL_TUPLE = 9,
    CT_VAL_SET = 10,
    CT_VAL_FROZENSET = 11,
    CT_VAL_DICT = 12,   /* u n, n × (PAIR, the last may be CUT) */
    CT_VAL_PAIR = 13,   /* VALUE key, VALUE value: a 2-tuple of type `tuple` */
    CT_VAL_CLASS = 14,  /* u class, VALUE */
    CT_VAL_RAW = 15,    /* u class, str text */
    CT_VAL_OBJECT = 16, /* u class: Raw `<module.Class object>` */
    CT_VAL_SIZED = 17,  /* u class, u n, str text: Raw whose type is `class[n]` */
    CT_VAL_STRUCT = 18, /* u shape, as many VALUEs as the shape has fields */
    CT_VAL_CUT = 19,    /* u n: Raw `… +N more` of type `Cut`; an element or field */
    CT_VAL_CYCLE = 20,  /* Raw `<cycle>` of type `Cut` */
    CT_VAL_BELOW =
        21, /* u class, u n: Raw `<class, n items>` (`1 item`), type `class` */
    CT_VAL_REDACTED = 22, /* Error */
    CT_VAL_DROPPED = 23,  /* Error */
    CT_VAL_SAME = 24, /* u n: the value, no SAME, that begins n bytes before this tag in
                         the same segment */
};

/* Whether a value has values in it, by its tag; behind a CLASS stands one more tag. */
static inline bool ct_val_is_container(uint8_t tag)
{
    return (tag >= CT_VAL_LIST && tag <= CT_VAL_PAIR) || tag == CT_VAL_STRUCT;
}

/* Class ids that need no definition; CT_REC_CLASS defines from CT_CLASS_FIRST on. */
enum ct_class {
    CT_CLASS_NONE = 0,
    CT_CLASS_BOOL,
    CT_CLASS_INT,
    CT_CLASS_FLOAT,
    CT_CLASS_STR,
    CT_CLASS_TUPLE,
    CT_CLASS_LIST,
    CT_CLASS_SET,
    CT_CLASS_FROZENSET,
    CT_CLASS_DICT,
    CT_CLASS_BYTES,
    CT_CLASS_BYTEARRAY,
    CT_CLASS_MEMORYVIEW,
    CT_CLASS_OBJECT,
    CT_CLASS_FIRST = 16,
};

#define CT_VALUE_MAX_DEPTH                                                             \
    28 /* container records around the innermost one; PAIR counts */
