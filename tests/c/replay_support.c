/* Whole files from tapes (replay_support.h). */
#include "replay_support.h"

#include "workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

bool file_is(const char *name, const char *want)
{
    struct bytes got = read_in(name);
    bool is_same = got.size == strlen(want) && memcmp(got.data, want, got.size) == 0;
    if (!is_same)
        fprintf(stderr, "want:\n%sgot:\n%.*s", want, (int)got.size,
                (const char *)got.data);
    free(got.data);
    return is_same;
}

bool file_has(const char *name, const char *part)
{
    struct bytes got = read_in(name);
    bool has = memmem(got.data, got.size, part, strlen(part)) != NULL;
    if (!has)
        fprintf(stderr, "no %s in:\n%.*s", part, (int)got.size, (const char *)got.data);
    free(got.data);
    return has;
}

bool finish(struct tape *tape, struct ct_finish_result *result)
{
    struct ct_error err = {0};
    tape_save(tape, space.dir);
    tape_fini(tape);
    bool is_good = ct_finish(space.dir, result, &err) == CT_OK;
    if (!is_good)
        fprintf(stderr, "ct_finish: %s\n", err.text);
    return is_good && !is_there("trace.tape") && !is_there("trace.json.tmp") &&
           !is_there("trace.bin.tmp") && !is_there("trace_paths.json.tmp") &&
           !is_there("trace_metadata.json.tmp");
}

bool gives(struct tape *tape, const char *records, const char *last)
{
    char want[16384];
    struct ct_finish_result result;
    snprintf(want, sizeof want, "[\n%s%s%s\n]\n", FIRST_FOUR, records, last);
    return finish(tape, &result) && file_is("trace.json", want);
}

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
