/* trace/replay: Events, the rule of the end, and changes of thread, as trace.json. */
#include "trace/replay.h"

#include "check.h"
#include "replay_support.h"

/* ---- events -----------------------------------------------------------------------
 */

#define IO(kind, stream, location, flags, text)                                        \
    "{\"Event\":{\"kind\":" #kind ",\"metadata\":\"{\\\"stream\\\":\\\"" stream        \
    "\\\",\\\"thread\\\":\\\"ThreadId(1)\\\"," location ",\\\"flags\\\":[" flags       \
    "]}\",\"content\":\"" text "\"}}"
#define AT(line, frame)                                                                \
    "\\\"path_id\\\":0,\\\"line\\\":" #line ",\\\"frame_id\\\":" #frame
#define NOWHERE "\\\"path_id\\\":null,\\\"line\\\":null,\\\"frame_id\\\":null"
#define ERROR(line, more, content)                                                     \
    "{\"Event\":{\"kind\":11,\"metadata\":\"{\\\"type\\\":\\\"ValueError\\\","         \
    "\\\"module\\\":\\\"builtins\\\",\\\"message\\\":\\\"boom\\\",\\\"path\\\":"       \
    "\\\"/p/t.py\\\",\\\"line\\\":" #line ",\\\"thread\\\":\\\"ThreadId(1)\\\"" more   \
    "}\",\"content\":\"" content "\"}}"

static void test_events_wait(void)
{
    struct tape tape = begin_tape();
    tape_io(&tape, CT_EVENT_WRITE, 0, "early");
    tape_function(&tape, tape_path(&tape, "/p/t.py"), 5, "f");
    tape_code(&tape, 0, -1);
    tape_call(&tape, CT_CALL_START, 0, 5, 0);
    tape_io(&tape, CT_EVENT_READ, CT_IO_FLUSH | CT_IO_INPUT, "in");
    tape_step(&tape, 1);
    tape_io(&tape, CT_EVENT_WRITE_ERR, CT_IO_NEWLINE | CT_IO_STEP_BOUNDARY, "err");
    tape_io(&tape, CT_EVENT_WRITE, CT_IO_TIME_SPLIT | CT_IO_MIRROR, "fd");
    end_tape(&tape);
    CHECK(gives(
        &tape,
        FRAME STEP(6) L IO(0, "stdout", AT(6, 1), "", "early")
            L IO(3, "stdin", AT(6, 1), "\\\"flush\\\",\\\"input\\\"", "in") L IO(
                2, "stderr", AT(6, 1), "\\\"newline\\\",\\\"step_boundary\\\"", "err")
                L IO(0, "stdout", NOWHERE, "\\\"time_split\\\",\\\"mirror\\\"", "fd")
                    L TYPE(16, "Unfinished") L RETURN(MARK("<unfinished>", 1))
                        L TYPE(7, "int") L,
        RETURN(INT(0, 2))));
    tape = begin_tape(); /* there never is a Step but our own */
    tape_io(&tape, CT_EVENT_WRITE, 0, "x");
    end_tape(&tape);
    CHECK(gives(&tape, STEP(1) L IO(0, "stdout", AT(1, 0), "", "x") L TYPE(7, "int") L,
                RETURN(INT(0, 1))));
}

/* Pieces of one thread and stream are one Event until a line ends, the program flushes,
 * time passes, or anything else comes. */
static void test_pieces(void)
{
    const uint8_t open = CT_IO_OPEN;
    struct tape tape = begin_frame();
    tape_step(&tape, 1);
    tape_io(&tape, CT_EVENT_WRITE, open, "a");
    tape_io(&tape, CT_EVENT_WRITE, open, "b");
    tape_io(&tape, CT_EVENT_WRITE, CT_IO_NEWLINE, "\n");
    tape_io(&tape, CT_EVENT_WRITE, open, "c");
    tape_io(&tape, CT_EVENT_WRITE, CT_IO_FLUSH, "");
    tape_io(&tape, CT_EVENT_WRITE, CT_IO_FLUSH, ""); /* nothing is open */
    tape_io(&tape, CT_EVENT_WRITE, open, "d");
    tape_io(&tape, CT_EVENT_WRITE_ERR, open, "e");
    tape_io(&tape, CT_EVENT_WRITE_ERR, CT_IO_TIME_SPLIT, "");
    tape_io(&tape, CT_EVENT_READ, open | CT_IO_INPUT, "f");
    tape_name(&tape, "a definition");
    tape_io(&tape, CT_EVENT_READ, CT_IO_NEWLINE | CT_IO_INPUT, "g\n");
    tape_io(&tape, CT_EVENT_WRITE, open, "h");
    tape_step(&tape, 1);
    tape_io(&tape, CT_EVENT_WRITE, open, "i");
    end_tape(&tape);
    CHECK(gives(
        &tape,
        FRAME STEP(6) L IO(0, "stdout", AT(6, 1), "\\\"newline\\\"",
                           "ab\\n") L IO(0, "stdout", AT(6, 1), "\\\"flush\\\"", "c")
            L IO(0, "stdout", AT(6, 1), "", "d") L IO(2, "stderr", AT(6, 1),
                                                      "\\\"time_split\\\"", "e")
                L IO(3, "stdin", AT(6, 1), "\\\"newline\\\",\\\"input\\\"", "fg\\n")
                    L IO(0, "stdout", AT(6, 1), "\\\"step_boundary\\\"", "h") L STEP(7)
                        L IO(0, "stdout", AT(7, 1), "\\\"step_boundary\\\"", "i")
                            L TYPE(16, "Unfinished") L RETURN(MARK("<unfinished>", 1))
                                L TYPE(7, "int") L,
        RETURN(INT(0, 2))));
}

/* A long line is written in parts, so that memory stays bounded. */
static void test_long_line(void)
{
    struct tape tape = begin_frame();
    char text[4096 + 1];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    tape_step(&tape, 1);
    for (int i = 0; i < 3; i++)
        tape_io(&tape, CT_EVENT_WRITE, CT_IO_OPEN, text);
    tape_io(&tape, CT_EVENT_WRITE, CT_IO_NEWLINE, "\n");
    end_tape(&tape);
    char expected[16000];
    snprintf(expected, sizeof expected,
             FRAME STEP(6) L IO(0, "stdout", AT(6, 1), "", "%s%s")
                 L IO(0, "stdout", AT(6, 1), "\\\"newline\\\"", "%s\\n")
                     L TYPE(16, "Unfinished") L RETURN(MARK("<unfinished>", 1))
                         L TYPE(7, "int") L,
             text, text, text);
    CHECK(gives(&tape, expected, RETURN(INT(0, 2))));
}

static void test_end_rule(void)
{
    struct tape tape = begin_frame();
    tape_step(&tape, 1);
    tape_error(&tape, CT_EVENT_ERROR, "ValueError", "boom", 0, 6);
    tape_error(&tape, CT_EVENT_UNCAUGHT, "ValueError", "boom", 0, 6);
    return_none(&tape);
    tape_io(&tape, CT_EVENT_WRITE_ERR, 0, "Traceback");
    struct tape handled = tape, silent = tape;
    for (size_t i = 0; i < 2; i++) { /* copies with their own bytes */
        struct tape *copy = i == 0 ? &handled : &silent;
        ct_buf_init(&copy->segments[0]);
        ct_buf_append(&copy->segments[0], tape.segments[0].data, tape.segments[0].size);
    }
#define RAISED                                                                         \
    FRAME STEP(6) L ERROR(6, "", "ValueError: boom") L RETURN(NONE)                    \
    L IO(2, "stderr", AT(6, 0), "", "Traceback") L TYPE(7, "int") L
    tape_end(&tape, CT_END_EXCEPTION, CT_EXIT_CODE, 1, "");
    CHECK(gives(&tape, RAISED ERROR(6, ",\\\"uncaught\\\":true", "ValueError: boom") L,
                RETURN(INT(1, 1))));
    end_tape(&silent); /* no uncaught exception, and the last Event is no Error */
    CHECK(gives(&silent, RAISED, RETURN(INT(0, 1))));
    tape_error(&handled, CT_EVENT_ERROR, "ValueError", "boom", 0, 6);
    end_tape(&handled);
    CHECK(gives(&handled,
                FRAME STEP(6) L ERROR(6, "", "ValueError: boom") L RETURN(NONE)
                    L IO(2, "stderr", AT(6, 0), "", "Traceback")
                        L ERROR(6, "", "ValueError: boom") L TYPE(7, "int") L STEP(6) L,
                RETURN(INT(0, 1))));
}

/* ---- threads ----------------------------------------------------------------------
 */

/* Thread 1 calls f and steps, thread 2 does, thread 1 goes on, thread 2 ends. */
static struct tape thread_tape(const char *records)
{
    struct tape tape = begin_frame();
    tape_fact(&tape, CT_FACT_THREAD_RECORDS, "late facts count for nothing");
    struct tape with_fact = begin_tape();
    tape_fact(&with_fact, CT_FACT_THREAD_RECORDS, records);
    ct_buf_append(&with_fact.segments[0], tape.segments[0].data + 3,
                  tape.segments[0].size - 3); /* without its RUN */
    struct ct_buf bytes = with_fact.segments[0];
    ct_buf_fini(&tape.segments[0]);
    tape.segments[0] = bytes;
    tape_step(&tape, 1);
    tape_segment(&tape, 1, 2);
    set_int(&tape, 0, 5); /* of no frame: ignored, and no change of thread */
    tape_run(&tape, 0, 2, 1);
    tape_step(&tape, 1);
    tape_run(&tape, 1, 3, 2);
    tape_call(&tape, CT_CALL_START, 0, 5, 0);
    tape_call(&tape, CT_CALL_START, 0, 5, 0);
    tape_step(&tape, 3);
    tape_run(&tape, 0, 4, 1);
    tape_step(&tape, 1);
    tape_run(&tape, 1, 5, 2);
    return_none(&tape);
    return_none(&tape);
    tape_byte(&tape, CT_REC_THREAD_EXIT);
    return tape;
}

#define SWITCHED RETURN(MARK("<switched>", 1))
#define THREADS(start, switch_2, switch_1, exit_2)                                     \
    FRAME STEP(6) L STEP(7) L TYPE(16, "Switched") L SWITCHED L start switch_2 STEP(5) \
        L CALL(1) L STEP(5) L CALL(1) L STEP(8)                                        \
            L SWITCHED L SWITCHED L switch_1 STEP(7) L CALL(1) L STEP(8)               \
                L SWITCHED L switch_2 STEP(5) L CALL(1) L STEP(8) L CALL(1) L          \
                RETURN(NONE)                                                           \
    L RETURN(NONE)                                                                     \
    L exit_2 switch_1 STEP(8) L CALL(1) L TYPE(16, "Unfinished") L RETURN(             \
        MARK("<unfinished>", 2)) L TYPE(7, "int") L
#define START_2 "{\"ThreadStart\":2}" L
#define SWITCH(n) "{\"ThreadSwitch\":" #n "}" L
#define EXIT_2 "{\"ThreadExit\":2}" L

static void test_threads(void)
{
    struct tape tape = thread_tape("on");
    end_tape(&tape);
    CHECK(gives(&tape, THREADS(START_2, SWITCH(2), SWITCH(1), EXIT_2),
                RETURN(INT(0, 3))));
    CHECK(file_has("trace_metadata.json", "\"threads\":2,"));
    tape = thread_tape("auto");
    end_tape(&tape);
    CHECK(gives(&tape, THREADS("", "", "", ""), RETURN(INT(0, 3))));
    tape = thread_tape("off");
    end_tape(&tape);
    CHECK(gives(&tape, THREADS("", "", "", ""), RETURN(INT(0, 3))));
}

/* A thread that only prints changes the thread too; mirrored bytes do not, nor do they
 * give a number. */
static void test_thread_events(void)
{
    struct tape tape = begin_frame();
    tape_step(&tape, 1);
    tape_segment(&tape, 1, 2);
    tape_io(&tape, CT_EVENT_WRITE, CT_IO_MIRROR, "m");
    tape_byte(&tape, CT_REC_THREAD_EXIT); /* has recorded nothing */
    tape_run(&tape, 1, 2, 3);
    tape_error(&tape, CT_EVENT_ERROR, "E", "", 0, 2);
    end_tape(&tape);
    CHECK(gives(&tape,
                FRAME STEP(6) L IO(0, "stdout", NOWHERE, "\\\"mirror\\\"", "m")
                    L TYPE(16, "Switched") L SWITCHED L
                "{\"Event\":{\"kind\":11,\"metadata\":\"{\\\"type\\\":\\\"E\\\","
                "\\\"module\\\":\\\"builtins\\\",\\\"message\\\":\\\"\\\","
                "\\\"path\\\":\\\"/p/t.py\\\",\\\"line\\\":2,\\\"thread\\\":"
                "\\\"ThreadId(2)\\\"}\",\"content\":\"E\"}}" L STEP(6) L CALL(1)
                    L TYPE(16, "Unfinished") L RETURN(MARK("<unfinished>", 2))
                        L TYPE(7, "int") L,
                RETURN(INT(0, 3))));
}

int main(void)
{
    support_begin();
    test_events_wait();
    test_pieces();
    test_long_line();
    test_end_rule();
    test_threads();
    test_thread_events();
    support_end();
    return check_report();
}
