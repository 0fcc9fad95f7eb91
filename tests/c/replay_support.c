/* Whole files from tapes (replay_support.h). A failed check names this file; the test's
 * output shows what came instead. */
#include "replay_support.h"

#include "check.h"
#include "workspace.h"

#include <stdlib.h>
#include <unistd.h>

static struct workspace space;

void support_begin(void)
{
    workspace_make(&space);
}

void support_end(void)
{
    workspace_remove(&space);
}

const char *support_dir(void)
{
    return space.dir;
}

struct bytes read_in(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", space.dir, name);
    return read_file(path);
}

bool is_there(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", space.dir, name);
    return access(path, F_OK) == 0;
}

void expect_file(const char *name, const char *want)
{
    struct bytes got = read_in(name);
    if (!CHECK_TEXT(got.data, got.size, want))
        fprintf(stderr, "got:\n%.*s", (int)got.size, (const char *)got.data);
    free(got.data);
}

void expect_in_file(const char *name, const char *part)
{
    struct bytes got = read_in(name);
    if (!CHECK(memmem(got.data, got.size, part, strlen(part)) != NULL))
        fprintf(stderr, "no %s in:\n%.*s", part, (int)got.size, (const char *)got.data);
    free(got.data);
}

struct ct_finish_result finish(struct tape *tape)
{
    struct ct_finish_result result;
    struct ct_error err = {0};
    tape_save(tape, space.dir);
    tape_fini(tape);
    if (!CHECK(ct_finish(space.dir, &result, &err) == CT_OK))
        fprintf(stderr, "  %s\n", err.text);
    CHECK(!is_there("trace.tape"));
    CHECK(!is_there("trace.json.tmp") && !is_there("trace_paths.json.tmp"));
    return result;
}

void expect_with(struct tape *tape, const char *records, const char *last)
{
    char want[16384];
    finish(tape);
    snprintf(want, sizeof want, "[\n%s%s%s\n]\n", FIRST_FOUR, records, last);
    expect_file("trace.json", want);
}

/* A tape in JSON, of a program at /p/t.py. */
struct tape begin_tape(void)
{
    struct tape tape = {0};
    tape_segment(&tape, 0, 1);
    tape_fact(&tape, CT_FACT_FORMAT, "json");
    tape_fact(&tape, CT_FACT_PROGRAM_PATH, "/p/t.py");
    return tape;
}

struct tape begin_frame(void)
{
    struct tape tape = begin_tape();
    tape_function(&tape, tape_path(&tape, "/p/t.py"), 5, "f");
    tape_name(&tape, "a");
    tape_name(&tape, "b");
    tape_name(&tape, "c");
    tape_code(&tape, 0, 0, 1, 2, -1);
    tape_call(&tape, CT_CALL_START, 0, 5, 0);
    return tape;
}

void end_tape(struct tape *tape)
{
    tape_end(tape, CT_END_EXIT, CT_EXIT_CODE, 0, "");
}

void return_none(struct tape *tape)
{
    tape_return(tape);
    tape_byte(tape, CT_VAL_NONE);
}

void set_int(struct tape *tape, uint64_t slot, int64_t value)
{
    tape_set(tape, slot);
    tape_int(tape, value);
}
