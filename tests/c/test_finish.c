/* trace/finish: whole traces, errors, and the rules of trace-formats.md 8.
 *
 * The example of trace-formats.md 7 comes out in both formats byte for byte; random
 * tapes, whole and cut anywhere, keep the rules. */
#include "trace/finish.h"

#include "check.h"
#include "examples.h"
#include "random_tape.h"
#include "replay_support.h"
#include "rule_writer.h"
#include "trace/replay.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the example of the page ------------------------------------------------------
 */

static struct tape half_tape(const char *format)
{
    struct tape tape = {0};
    tape_segment(&tape, 0, 1);
    tape_fact(&tape, CT_FACT_RECORDING_ID, "019a9c3e-5b7a-7c21-9d54-0f6b2a1e8c77");
    tape_fact(&tape, CT_FACT_WORKDIR, "/w");
    tape_fact(&tape, CT_FACT_PROGRAM, "/w/t.py");
    tape_fact(&tape, CT_FACT_PROGRAM_PATH, "/w/t.py");
    tape_fact(&tape, CT_FACT_RECORDER_VERSION, "0.4.0");
    tape_fact(&tape, CT_FACT_TARGET_SCRIPT, "/w/t.py");
    tape_fact(&tape, CT_FACT_PYTHON, "3.13.0");
    tape_fact(&tape, CT_FACT_PLATFORM, "linux-x86_64");
    tape_fact(&tape, CT_FACT_FORMAT, format);
    static const char filter[] =
        "<inline:builtin-default>\0"
        "0000000000000000000000000000000000000000000000000000000000000000\0"
        "builtin-default\0"
        "1";
    tape_byte(&tape, CT_REC_FACT);
    tape_byte(&tape, CT_FACT_FILTER);
    tape_bytes(&tape, filter, sizeof filter - 1);
    uint64_t path = tape_path(&tape, "/w/t.py");
    uint64_t module = tape_function(&tape, path, 1, "<__main__>");
    uint64_t half = tape_name(&tape, "half"), x = tape_name(&tape, "x");
    uint64_t main_code = tape_code(&tape, module, (int)half, (int)x, -1);
    tape_call(&tape, CT_CALL_START, main_code, 1, 0);
    tape_step(&tape, 0);
    uint64_t function_class = tape_class(&tape, "function");
    tape_set(&tape, 0);
    tape_raw(&tape, function_class, "<function half>");
    tape_step(&tape, 2);
    uint64_t function = tape_function(&tape, path, 1, "half"),
             n = tape_name(&tape, "n");
    uint64_t code = tape_code(&tape, function, (int)n, -1);
    tape_unset(&tape, 0);
    tape_call(&tape, CT_CALL_START, code, 1, 1);
    tape_u(&tape, n);
    tape_int(&tape, 3);
    set_int(&tape, 0, 3);
    tape_step(&tape, 1);
    tape_return(&tape);
    tape_float(&tape, 1.5);
    tape_set(&tape, 1);
    tape_float(&tape, 1.5);
    tape_step(&tape, 1);
    tape_io(&tape, CT_EVENT_WRITE, CT_IO_NEWLINE, "1.5\n");
    return_none(&tape);
    end_tape(&tape);
    return tape;
}

static const char half_metadata[] =
    "{\"workdir\":\"/w\",\"program\":\"/w/t.py\",\"args\":[],\"recording_id\":"
    "\"019a9c3e-5b7a-7c21-9d54-0f6b2a1e8c77\",\"recorder\":{\"name\":"
    "\"codetracer_python_recorder\",\"version\":\"0.4.0\",\"target_script\":\"/w/"
    "t.py\","
    "\"python\":\"3.13.0\",\"platform\":\"linux-x86_64\"},\"trace_filter\":{"
    "\"filters\":["
    "{\"path\":\"<inline:builtin-default>\",\"sha256\":"
    "\"0000000000000000000000000000000000000000000000000000000000000000\",\"name\":"
    "\"builtin-default\",\"version\":1}],\"stats\":{\"scopes_skipped\":0,"
    "\"value_redactions\":{\"local\":0,\"global\":0,\"argument\":0,\"return\":0,"
    "\"attribute\":0},\"value_drops\":{\"local\":0,\"global\":0,\"argument\":0,"
    "\"return\":0,\"attribute\":0}}},\"process_exit_status\":{\"code\":0,\"label\":"
    "null},"
    "\"end\":{\"reason\":\"exit\",\"complete\":true},\"counts\":{\"steps\":5,\"calls\":"
    "3,"
    "\"values\":3,\"events\":1,\"threads\":1,\"truncated_values\":0},\"notes\":[],"
    "\"diff\":null}\n";

static const struct example *find_example(const char *name)
{
    for (size_t i = 0; i < example_count; i++) {
        if (strcmp(examples[i].name, name) == 0)
            return &examples[i];
    }
    abort();
}

static void test_example(void)
{
    const struct example *example = find_example("half");
    struct tape tape = half_tape("json");
    struct ct_finish_result result;
    CHECK(finish(&tape, &result));
    CHECK(result.steps == 5 && result.calls == 3 && result.values == 3 &&
          result.events == 1 && result.threads == 1 && result.complete);
    CHECK(strcmp(result.events_file, "trace.json") == 0);
    CHECK(file_is("trace.json", example->json));
    CHECK(file_is("trace_metadata.json", half_metadata));
    CHECK(file_is("trace_paths.json", "[\"/w/t.py\"]\n"));

    tape = half_tape("binary"); /* and the other events file goes */
    CHECK(finish(&tape, &result));
    CHECK(!is_there("trace.json"));
    struct bytes got = read_in("trace.bin"), want = from_hex(example->hex);
    CHECK_BYTES(got.data, got.size, want.data, want.size);
    CHECK(file_is("trace_metadata.json", half_metadata));
    free(got.data);
    free(want.data);
}

/* ---- files ------------------------------------------------------------------------
 */

static void test_errors(void)
{
    struct ct_finish_result result;
    struct ct_error err = {0};
    CHECK(ct_finish(support_dir(), &result, &err) == CT_ERR_IO && err.text[0] != 0);
    CHECK(ct_finish("/nowhere/at/all", &result, &err) == CT_ERR_IO);
    struct tape tape = begin_frame();
    tape_save(&tape, support_dir());
    tape_fini(&tape);
    char path[128];
    snprintf(path, sizeof path, "%s/trace_paths.json", support_dir());
    unlink(path);
    CHECK(mkdir(path, 0777) == 0); /* what cannot be renamed over */
    CHECK(ct_finish(support_dir(), &result, &err) == CT_ERR_IO);
    CHECK(is_there("trace.tape") && !is_there("trace.json.tmp") &&
          !is_there("trace_metadata.json.tmp") && !is_there("trace_metadata.json"));
    rmdir(path);
    CHECK(ct_finish(support_dir(), &result, &err) == CT_OK && !result.complete);
    CHECK(file_has("trace_metadata.json", "{\"code\":null,\"label\":\"<exit>\"}"));
}

/* Who removes a directory and records into it anew loses nothing to the helper of the
 * recording that was there before: neither the tape nor the unfinished trace. */
static void test_replaced(void)
{
    const struct ct_finish_options options = {.is_live = false};
    struct ct_finish_result result;
    struct ct_error err = {0};
    char trace[128], unfinished[sizeof trace + 4];
    snprintf(trace, sizeof trace, "%s/trace.json", support_dir());
    snprintf(unfinished, sizeof unfinished, "%s.tmp", trace);
    for (int ends = 0; ends < 2; ends++) {
        unlink(trace);
        struct tape tape = begin_frame();
        tape_save(&tape, support_dir());
        struct ct_finisher *finisher = ct_finisher_new(support_dir(), &options, &err);
        CHECK(finisher != NULL);
        tape_delete(support_dir());
        tape_save(&tape, support_dir());
        tape_fini(&tape);
        unlink(unfinished);
        int file = open(unfinished, O_CREAT | O_EXCL | O_RDWR, 0600);
        CHECK(file >= 0 && close(file) == 0);
        if (ends)
            CHECK(ct_finisher_end(finisher, &result, &err) == CT_ERR_IO);
        ct_finisher_free(finisher);
        CHECK(is_there("trace.tape") && is_there("trace.json.tmp") &&
              !is_there("trace.json"));
        CHECK(ct_finish(support_dir(), &result, &err) == CT_OK);
        CHECK(is_there("trace.json") && !is_there("trace.tape"));
    }
}

/* A trace.bin of bare Steps reaches what old readers take (trace-formats.md 4.6). */
static void test_old_readers(void)
{
    for (int more = 0; more < 2; more++) {
        struct tape tape = {0};
        struct ct_finish_result result;
        tape_segment(&tape, 0, 1);
        tape_code(&tape, tape_function(&tape, tape_path(&tape, "/p"), 1, "f"), -1);
        tape_call(&tape, CT_CALL_START, 0, 1, 0);
        for (int i = 0; i < (more ? 1048576 : 1048500); i++)
            tape_step(&tape, 0);
        return_none(&tape);
        end_tape(&tape);
        CHECK(finish(&tape, &result) && !is_there("trace.json"));
        CHECK(file_has("trace_metadata.json",
                       more ? "\"notes\":[\"trace.bin is too large for readers before "
                              "codetracer_trace_reader 0.17.1"
                            : "\"notes\":[]"));
    }
}

/* ---- random tapes -----------------------------------------------------------------
 */

/* Replays the tape in the workspace into a rule_writer; true if no rule is broken. */
static bool keeps_rules(const struct rule_options *options,
                        struct ct_replay_result *result)
{
    struct ct_facts facts;
    struct ct_error err = {0};
    ct_facts_init(&facts);
    struct ct_writer *writer = rule_writer_new(options);
    bool is_good = ct_facts_read(&facts, support_dir(), &err) == CT_OK &&
                   ct_replay_run(support_dir(), writer, &facts, result, &err) == CT_OK;
    if (CHECK(is_good)) {
        const char *broken = rule_writer_verdict(writer);
        const struct ct_counts *counts = rule_writer_counts(writer);
        if (!CHECK(broken == NULL))
            fprintf(stderr, "  %s\n", broken);
        is_good = broken == NULL;
        CHECK(counts->steps == result->counts.steps &&
              counts->calls == result->counts.calls &&
              counts->values == result->counts.values &&
              counts->events == result->counts.events);
        ct_replay_result_fini(result);
    } else {
        fprintf(stderr, "  %s\n", err.text);
    }
    ct_facts_fini(&facts);
    writer->ops->free(writer);
    return is_good;
}

static void test_random(void)
{
    for (uint64_t seed = 0; seed < 600; seed++) {
        struct tape tape = {0};
        struct ct_replay_result result;
        enum ct_end_reason reason;
        bool is_json = seed % 2 == 0;
        random_tape(&tape, seed, 20 + seed, is_json ? "json" : "binary", &reason);
        tape_save(&tape, support_dir());
        struct rule_options options = {
            .has_float = !is_json,
            .allows_thread_records = !is_json,
            .allows_error_at_end = reason == CT_END_EXCEPTION,
        };
        if (!keeps_rules(&options, &result) || !CHECK(result.reason == reason))
            fprintf(stderr, "  seed %llu\n", (unsigned long long)seed);
        options.record_limit = 10 + seed % 100; /* the same, in a file that gets full */
        options.allows_error_at_end = false;
        options.allows_unused = true;
        if (seed > 300 && CHECK(keeps_rules(&options, &result)))
            CHECK(result.reason == CT_END_LIMIT && !result.complete);
        tape_delete(support_dir());
        tape_fini(&tape);
    }
}

/* A tape cut anywhere still gives a whole file. */
static void test_cuts(void)
{
    struct tape tape = {0};
    enum ct_end_reason reason;
    random_tape(&tape, 7, 400, "json", &reason);
    for (size_t i = 0; i < tape.count; i++) {
        size_t size = tape.segments[i].size;
        for (size_t cut = 0; cut < size; cut += 5) {
            struct ct_replay_result result;
            tape.segments[i].size = cut;
            tape_save(&tape, support_dir());
            struct rule_options options = {.allows_unused = true};
            if (!keeps_rules(&options, &result))
                fprintf(stderr, "  segment %zu cut at %zu\n", i, cut);
            tape_delete(support_dir());
        }
        tape.segments[i].size = size;
    }
    tape_fini(&tape);
}

int main(void)
{
    support_begin();
    test_example();
    test_errors();
    test_replaced();
    test_old_readers();
    test_random();
    test_cuts();
    support_end();
    return check_report();
}
