/* trace/replay: blocks, variables, calls and values, as trace.json. */
#include "trace/replay.h"

#include "check.h"
#include "random_tape.h"
#include "replay_support.h"
#include "trace/capnp_file.h"
#include "trace/writer_capnp.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- steps and variables ----------------------------------------------------------
 */

static void test_changes(void)
{
    struct tape tape = begin_frame();
    set_int(&tape, 2, 7);
    set_int(&tape, 0, 7);
    tape_step(&tape, 1); /* in the order of slots, not of the changes */
    tape_step(&tape, 0); /* nothing has changed, all is shown */
    tape_unset(&tape, 0);
    tape_unset(&tape, 1);
    set_int(&tape, 2, 8);
    tape_step(&tape, 64);
    return_none(&tape);
    end_tape(&tape);
    CHECK(gives(&tape,
                FRAME STEP(6) L TYPE(7, "int") L NAME("a") L VALUE(0, INT(7, 1))
                    L NAME("c") L VALUE(1, INT(7, 1)) L STEP(6) L VALUE(0, INT(7, 1))
                        L VALUE(1, INT(7, 1)) L STEP(70) L VALUE(1, INT(8, 1))
                            L RETURN(NONE) L,
                RETURN(INT(0, 1))));
}

static void test_hidden_names(void)
{
    struct tape tape = begin_tape();
    tape_function(&tape, tape_path(&tape, "/p/t.py"), 5, "f");
    uint64_t x = tape_name(&tape, "x"), y = tape_name(&tape, "y");
    uint64_t x_again = tape_name(&tape, "x"); /* another id of the same text */
    tape_code(&tape, 0, (int)x, (int)y, (int)x_again, -1);
    tape_call(&tape, CT_CALL_START, 0, 5, 0);
    tape_set(&tape, 2);
    tape_str(&tape, "outer");
    tape_step(&tape, 1);
    set_int(&tape, 0, 1);
    tape_set(&tape, 2);
    tape_byte(&tape, CT_VAL_TRUE); /* hidden: not even its type is defined */
    tape_step(&tape, 0);
    tape_unset(&tape, 0);
    tape_step(&tape, 0);
    tape_slot(&tape, 3, y);
    set_int(&tape, 3, 2);
    tape_more(&tape, 12);
    tape_step(&tape, 0);
    tape_more(&tape, 0);
    tape_step(&tape, 0);
    end_tape(&tape);
    CHECK(gives(
        &tape,
        FRAME STEP(6) L TYPE(9, "str") L NAME("x") L VALUE(0, STRING("outer", 1))
            L STEP(6) L TYPE(7, "int") L VALUE(0, INT(1, 2)) L STEP(6) L TYPE(
                12, "bool") L VALUE(0, "{\"kind\":\"Bool\",\"b\":true,\"type_id\":3}")
                L STEP(6) L VALUE(0, "{\"kind\":\"Bool\",\"b\":true,\"type_id\":3}")
                    L NAME("y") L VALUE(1, INT(2, 2)) L TYPE(16, "Cut") L NAME("…")
                        L VALUE(2, RAW("… +12 more", 4)) L STEP(6)
                            L VALUE(0, "{\"kind\":\"Bool\",\"b\":true,\"type_id\":3}")
                                L VALUE(1, INT(2, 2)) L TYPE(16, "Unfinished")
                                    L RETURN(MARK("<unfinished>", 5)) L,
        RETURN(INT(0, 2))));
}

static void test_frames_begin_empty(void)
{
    struct tape tape = begin_frame();
    set_int(&tape, 1, 1);
    tape_slot(&tape, 3, 0);
    tape_more(&tape, 4);
    return_none(&tape);
    tape_call(&tape, CT_CALL_START, 0, 5, 0); /* takes the memory of the first */
    tape_step(&tape, 1);
    tape_slot(&tape, 3, 2);
    set_int(&tape, 3, 9);
    tape_step(&tape, 0);
    return_none(&tape);
    end_tape(&tape);
    CHECK(gives(&tape,
                FRAME RETURN(NONE) L STEP(5) L CALL(1) L STEP(6) L STEP(6)
                    L TYPE(7, "int") L NAME("c") L VALUE(0, INT(9, 1)) L RETURN(NONE) L,
                RETURN(INT(0, 1))));
}

static void test_odd_lines(void)
{
    struct tape tape = begin_frame();
    tape_step(&tape, -5); /* line 0: the function's */
    tape_step(&tape, 1);
    tape_call(&tape, CT_CALL_RESUME, 0, -3, 0);
    return_none(&tape);
    return_none(&tape);
    return_none(&tape); /* of nothing: ignored, like the next three */
    set_int(&tape, 0, 1);
    tape_unset(&tape, 1);
    tape_step(&tape, 1);
    tape_more(&tape, 1);
    tape_call(&tape, CT_CALL_START, 0, 8, 0);
    tape_set(&tape, 3); /* no such slot: the tape ends here */
    tape_int(&tape, 1);
    tape_step(&tape, 1);
    end_tape(&tape);
    CHECK(gives(&tape,
                FRAME STEP(5) L STEP(1) L STEP(5) L CALL(1) L RETURN(NONE)
                    L RETURN(NONE) L STEP(8) L CALL(1) L TYPE(16, "Unfinished")
                        L RETURN(MARK("<unfinished>", 1)) L TYPE(9, "str") L,
                RETURN(STRING("<exit>", 2))));
    CHECK(
        file_has("trace_metadata.json", "{\"reason\":\"killed\",\"complete\":false}"));
    CHECK(file_has("trace_metadata.json", "\"notes\":[\"The recording was damaged"));
}

/* ---- calls ------------------------------------------------------------------------
 */

static void test_paths(void)
{
    struct tape tape = begin_frame();
    uint64_t path = tape_path(&tape, "/p/u.py");
    uint64_t code = tape_code(&tape, tape_function(&tape, path, 0, "g"), -1);
    tape_path(&tape, "/p/unused.py");
    tape_call(&tape, CT_CALL_START, code, 2, 2);
    tape_u(&tape, 2);
    tape_int(&tape, 1);
    tape_u(&tape, 0);
    tape_str(&tape, "s");
    return_none(&tape);
    return_none(&tape);
    end_tape(&tape);
    CHECK(gives(
        &tape,
        FRAME "{\"Path\":\"/p/u.py\"}" L FUNCTION_IN(1, 1, "g") L TYPE(7, "int")
            L NAME("c") L TYPE(9, "str") L NAME("a") L
        "{\"Step\":{\"path_id\":1,\"line\":2}}" L
        "{\"Call\":{\"function_id\":2,\"args\":[{\"variable_id\":0,\"value\":" INT(
            1, 1) "},{\"variable_id\":1,\"value\":" STRING("s", 2) "}]}}" L RETURN(NONE)
            L RETURN(NONE) L,
        RETURN(INT(0, 1))));
    CHECK(file_is("trace_paths.json", "[\"/p/t.py\",\"/p/u.py\"]\n"));
}

/* Arguments and variables that are the same as an earlier value. */
static void test_same(void)
{
    struct tape tape = begin_frame();
    tape_set(&tape, 0);
    size_t start = tape.segments[0].size;
    tape_str(&tape, "seen");
    struct tape_value seen = tape_value_since(&tape, start);
    tape_step(&tape, 1);
    tape_call(&tape, CT_CALL_START, 0, 5, 2);
    tape_u(&tape, 1);
    tape_same(&tape, seen);
    tape_u(&tape, 2);
    tape_int(&tape, 1);
    tape_set(&tape, 1);
    tape_same(&tape, seen);
    tape_step(&tape, 1);
    tape_return(&tape);
    tape_same(&tape, seen);
    return_none(&tape);
    end_tape(&tape);
    CHECK(gives(
        &tape,
        FRAME STEP(6) L TYPE(9, "str") L NAME("a") L VALUE(0, STRING("seen", 1))
            L NAME("b") L TYPE(7, "int") L NAME("c") L STEP(5) L
        "{\"Call\":{\"function_id\":1,\"args\":[{\"variable_id\":1,\"value\":" STRING(
            "seen", 1) "},{\"variable_id\":2,\"value\":" INT(1, 2) "}]}}" L STEP(6)
            L VALUE(1, STRING("seen", 1)) L RETURN(STRING("seen", 1)) L RETURN(NONE) L,
        RETURN(INT(0, 2))));
}

/* The words of a trace.bin without regard to where they stand. */
static struct bytes read_words(const char *path, size_t *segments)
{
    struct message message;
    CHECK(message_read(&message, path));
    struct words words = message_expand(&message);
    *segments = message.segments;
    message_free(&message);
    return (struct bytes){(uint8_t *)words.data, words.count * sizeof *words.data};
}

/* What the finished trace says. */
static struct bytes read_events(const char *format)
{
    char path[128];
    size_t segments;
    if (strcmp(format, "json") == 0)
        return read_in("trace.json");
    snprintf(path, sizeof path, "%s/trace.bin", support_dir());
    return read_words(path, &segments);
}

/* Both tapes give the same trace. */
static void check_same_trace(struct tape *got_of, struct tape *want_of,
                             const char *format)
{
    struct ct_finish_result want_result, got_result;
    CHECK(finish(want_of, &want_result));
    struct bytes want = read_events(format);
    CHECK(finish(got_of, &got_result));
    struct bytes got = read_events(format);
    CHECK_BYTES(got.data, got.size, want.data, want.size);
    CHECK(got_result.truncated_values == want_result.truncated_values);
    free(want.data);
    free(got.data);
}

/* A tape where values are written out gives the same trace. */
static void test_random_same(void)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct tape tape = {0}, whole = {.has_no_same = true};
        enum ct_end_reason reason;
        random_tape(&tape, seed, 300, "json", &reason);
        random_tape(&whole, seed, 300, "json", &reason);
        check_same_trace(&tape, &whole, "json");
    }
}

/* What was made of a variable's value before, and of the variables around it, is used
 * again. */
static void test_random_again(void)
{
    for (uint64_t seed = 0; seed < 80; seed++) {
        const char *format = seed % 2 == 0 ? "json" : "binary";
        struct tape tape = {0}, unset = {.has_unset = true};
        random_containers(&tape, seed, 60, format);
        random_containers(&unset, seed, 60, format);
        check_same_trace(&tape, &unset, format);
    }
}

/* The same tape in segments of so many words. */
static struct bytes in_segments(const char *dir, uint64_t segment_words,
                                size_t *segments)
{
    const struct ct_capnp_limits limits = {.segment_words = segment_words,
                                           .payload_words = 4000,
                                           .records = CT_CAPNP_RECORDS};
    char path[128];
    struct ct_error err = {0};
    struct ct_facts facts;
    struct ct_replay_result result = {0};
    ct_facts_init(&facts);
    snprintf(path, sizeof path, "%s/trace.bin", dir);
    struct ct_writer *writer = ct_writer_capnp_new_limited(path, limits, &err);
    CHECK(writer != NULL && ct_facts_read(&facts, dir, &err) == CT_OK &&
          ct_replay_run(dir, writer, &facts, &result, &err) == CT_OK &&
          writer->ops->finish(writer, &err) == CT_OK);
    uint64_t visited = writer->words;
    writer->ops->free(writer);
    ct_replay_result_fini(&result);
    ct_facts_fini(&facts);
    struct bytes words = read_words(path, segments);
    CHECK(visited == CT_CAPNP_HEAD_WORDS + words.size / sizeof(uint64_t));
    unlink(path);
    return words;
}

/* What is made of containers is used again in its segment alone, and does not change
 * what the trace says. */
static void test_random_segments(void)
{
    size_t most = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct tape tape = {0};
        size_t segments;
        random_containers(&tape, seed, 400, "binary");
        tape_save(&tape, support_dir());
        tape_fini(&tape);
        struct bytes want =
            in_segments(support_dir(), CT_CAPNP_SEGMENT_WORDS, &segments);
        CHECK(segments == 1);
        for (uint64_t words = 12100; words < 30000; words += 2311) {
            struct bytes got = in_segments(support_dir(), words, &segments);
            CHECK_BYTES(got.data, got.size, want.data, want.size);
            free(got.data);
            if (segments > most)
                most = segments;
        }
        struct ct_finish_result result;
        CHECK(ct_finish(support_dir(), &result, NULL) == CT_OK); /* small: no sharing */
        struct bytes plain = read_events("binary");
        CHECK_BYTES(plain.data, plain.size, want.data, want.size);
        free(plain.data);
        free(want.data);
    }
    CHECK(most > 5);
}

static void test_no_steps(void)
{
    struct tape tape = begin_tape();
    end_tape(&tape);
    CHECK(gives(&tape, STEP(1) L TYPE(7, "int") L, RETURN(INT(0, 1))));
    tape = begin_tape(); /* a first call in a path of its own, and no Step in it */
    tape_code(&tape, tape_function(&tape, tape_path(&tape, "/p/u.py"), 4, "g"), -1);
    tape_call(&tape, CT_CALL_START, 0, 4, 0);
    tape_end(&tape, CT_END_STOP, CT_EXIT_DISABLED, 0, "a note");
    CHECK(gives(&tape,
                "{\"Path\":\"/p/u.py\"}" L FUNCTION_IN(1, 4, "g") L CALL(1)
                    L TYPE(16, "Unfinished") L RETURN(MARK("<unfinished>", 1)) L
                "{\"Step\":{\"path_id\":1,\"line\":4}}" L TYPE(9, "str") L,
                RETURN(STRING("<disabled>", 2))));
    CHECK(file_has(
        "trace_metadata.json",
        "{\"code\":null,\"label\":\"<disabled>\"},\"end\":{\"reason\":\"stop\","
        "\"complete\":true}"));
    CHECK(file_has("trace_metadata.json", "\"notes\":[\"a note\"]"));
}

/* ---- values -----------------------------------------------------------------------
 */

static void test_values(void)
{
    struct tape tape = begin_frame();
    uint64_t class = tape_class(&tape, "m.C");
    uint64_t shape = tape_shape(&tape, class, 1, 0, -1);
    tape_set(&tape, 0);
    tape_byte(&tape, CT_VAL_DICT);
    tape_u(&tape, 2);
    tape_byte(&tape, CT_VAL_PAIR);
    tape_byte(&tape, CT_VAL_CLASS);
    tape_u(&tape, class);
    tape_int(&tape, -1);
    tape_byte(&tape, CT_VAL_STR_CUT);
    tape_u(&tape, 500);
    tape_text(&tape, "ab");
    tape_byte(&tape, CT_VAL_CUT);
    tape_u(&tape, 3);
    tape_set(&tape, 1);
    tape_byte(&tape, CT_VAL_STRUCT);
    tape_u(&tape, shape);
    tape_byte(&tape, CT_VAL_BELOW);
    tape_u(&tape, CT_CLASS_LIST);
    tape_u(&tape, 1);
    tape_byte(&tape, CT_VAL_OBJECT);
    tape_u(&tape, class);
    tape_set(&tape, 2);
    tape_byte(&tape, CT_VAL_TUPLE);
    tape_u(&tape, 5);
    tape_byte(&tape, CT_VAL_SIZED);
    tape_u(&tape, CT_CLASS_BYTES);
    tape_u(&tape, 2);
    tape_text(&tape, "b'ab'");
    tape_byte(&tape, CT_VAL_CYCLE);
    tape_byte(&tape, CT_VAL_REDACTED);
    tape_byte(&tape, CT_VAL_DROPPED);
    tape_byte(&tape, CT_VAL_FROZENSET);
    tape_u(&tape, 0);
    tape_step(&tape, 0);
    tape_return(&tape);
    tape_byte(&tape, CT_VAL_BIGINT);
    tape_byte(&tape, 1);
    tape_bytes(&tape, "\1\0\0\0\0\0\0\0\0", 9);
    end_tape(&tape);
    CHECK(gives(
        &tape,
        FRAME STEP(5) L TYPE(0, "dict") L TYPE(27, "tuple") L TYPE(7, "m.C")
            L TYPE(9, "str[500]") L TYPE(16, "Cut") L NAME("a") L VALUE(
                0,
                "{\"kind\":\"Sequence\",\"elements\":[{\"kind\":\"Tuple\","
                "\"elements\":[" INT(-1, 3) "," STRING(
                    "ab…",
                    4) "],\"type_id\":2}," RAW("… +3 more",
                                               5) "],\"is_slice\":false,\"type_id\":1}")
                L TYPE(32, "object") L
        "{\"Type\":{\"kind\":6,\"lang_type\":\"m.C\",\"specific_info\":{\"kind\":"
        "\"Struct\",\"fields\":[{\"name\":\"b\",\"type_id\":6},{\"name\":\"a\","
        "\"type_id\":6}]}}}" L TYPE(16, "list") L TYPE(16, "m.C") L NAME("b") L VALUE(
            1, "{\"kind\":\"Struct\",\"field_values\":[" RAW(
                   "<list, 1 item>", 8) "," RAW("<m.C object>", 9) "],\"type_id\":7}")
            L TYPE(16, "bytes[2]") L TYPE(16, "Redacted") L TYPE(16, "Dropped")
                L TYPE(1, "frozenset") L NAME("c") L VALUE(
                    2, "{\"kind\":\"Tuple\",\"elements\":[" RAW("b'ab'", 10) "," RAW(
                           "<cycle>",
                           5) "," MARK("<redacted>",
                                       11) "," MARK("<dropped>",
                                                    12) ",{\"kind\":\"Sequence\","
                                                        "\"elements\":[],"
                                                        "\"is_slice\":false,\"type_"
                                                        "id\":13}],\"type_id\":2}")
                    L TYPE(7, "int") L RETURN(
                        "{\"kind\":\"BigInt\",\"b\":\"AQAAAAAAAAAA\",\"negative\":true,"
                        "\"type_id\":14}") L,
        RETURN(INT(0, 14))));
    CHECK(file_has("trace_metadata.json", "\"truncated_values\":2}"));
}

#define STRUCT_TYPE(fields)                                                            \
    "{\"Type\":{\"kind\":6,\"lang_type\":\"m.C\",\"specific_info\":{\"kind\":"         \
    "\"Struct\",\"fields\":[" fields "]}}}"
#define STRUCT(values, type)                                                           \
    "{\"kind\":\"Struct\",\"field_values\":[" values "],\"type_id\":" #type "}"

/* One type a class name and list of fields, whatever the tape's ids. */
static void test_struct_types(void)
{
    struct tape tape = begin_frame();
    uint64_t class = tape_class(&tape, "m.C"), same_name = tape_class(&tape, "m.C");
    uint64_t shapes[] = {
        tape_shape(&tape, class, -1),
        tape_shape(&tape, class, 0, -1),
        tape_shape(&tape, same_name, 0, -1),
        tape_shape(&tape, class, 1, -1),
    };
    for (size_t i = 0; i < 4; i++) {
        tape_set(&tape, 0);
        tape_byte(&tape, CT_VAL_STRUCT);
        tape_u(&tape, shapes[i]);
        if (i > 0)
            tape_byte(&tape, CT_VAL_NONE);
        tape_step(&tape, 0);
    }
    return_none(&tape);
    end_tape(&tape);
    CHECK(gives(
        &tape,
        FRAME STEP(5) L TYPE(32, "object") L STRUCT_TYPE("") L NAME("a") L VALUE(
            0, STRUCT("", 2)) L STEP(5) L STRUCT_TYPE("{\"name\":\"a\",\"type_id\":1}")
            L VALUE(0, STRUCT(NONE, 3)) L STEP(5) L VALUE(0, STRUCT(NONE, 3)) L STEP(5)
                L STRUCT_TYPE("{\"name\":\"b\",\"type_id\":1}")
                    L VALUE(0, STRUCT(NONE, 4)) L RETURN(NONE) L TYPE(7, "int") L,
        RETURN(INT(0, 5))));
}

/* A tape that asks for more text than any value has ends there. */
static void test_made_text(void)
{
    static char name[1 << 20];
    memset(name, 'x', sizeof name - 1);
    struct tape tape = begin_frame();
    uint64_t class = tape_class(&tape, name);
    tape_step(&tape, 1);
    tape_return(&tape);
    tape_byte(&tape, CT_VAL_LIST);
    tape_u(&tape, 70);
    for (int i = 0; i < 70; i++) {
        tape_byte(&tape, CT_VAL_OBJECT);
        tape_u(&tape, class);
    }
    end_tape(&tape);
    struct ct_finish_result result;
    CHECK(finish(&tape, &result) && !result.complete);
    CHECK(file_has("trace.json", RETURN(MARK("<unfinished>", 3))));
}

int main(void)
{
    support_begin();
    test_changes();
    test_hidden_names();
    test_frames_begin_empty();
    test_odd_lines();
    test_paths();
    test_same();
    test_random_same();
    test_random_again();
    test_random_segments();
    test_no_steps();
    test_values();
    test_struct_types();
    test_made_text();
    support_end();
    return check_report();
}
