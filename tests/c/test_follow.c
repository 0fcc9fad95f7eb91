/* Following a tape that is being written: tape/tape_reader, and trace/finish on top.
 *
 * Random work of several streams is written with the real writer; a reader that goes as
 * far as it can at random moments gives the records that one gives who comes
 * afterwards, and makes the same files. */
#include "tape/tape_reader.h"

#include "check.h"
#include "tape/tape_writer.h"
#include "trace/finish.h"
#include "workspace.h"

#include <unistd.h>

#define STREAMS 4

static struct workspace space;

/* ---- a tape that grows ------------------------------------------------------------
 */

struct growing {
    struct ct_tape tape;
    struct ct_stream streams[STREAMS];
    int current;
    unsigned seed;
    int count;   /* events so far */
    int records; /* records so far, but RUNs */
};

static unsigned draw(struct growing *growing, unsigned limit)
{
    growing->seed = growing->seed * 1103515245u + 12345u;
    return (growing->seed >> 16) % limit;
}

static void begin(struct growing *growing, unsigned seed)
{
    struct ct_error err;
    memset(growing, 0, sizeof *growing);
    growing->seed = seed;
    CHECK(ct_tape_open(&growing->tape, space.dir, &err) == CT_OK);
    for (int i = 0; i < STREAMS; i++)
        ct_stream_init(&growing->streams[i], &growing->tape, (uint64_t)i + 1);
    CHECK(ct_stream_begin_run(&growing->streams[0]));
    CHECK(ct_stream_fact(&growing->streams[0], CT_FACT_PROGRAM, CT_TEXT("/p")));
    CHECK(ct_stream_fact(&growing->streams[0], CT_FACT_FORMAT, CT_TEXT("json")));
    ct_stream_number(&growing->streams[0], CT_REC_PATH);
    ct_stream_number(&growing->streams[0], 0);
    ct_stream_text(&growing->streams[0], CT_TEXT("/p"));
    ct_stream_commit(&growing->streams[0]);
    growing->records = 3;
}

/* An event of a stream, another one than before now and then; most are small. */
static void grow(struct growing *growing)
{
    static char filler[30000];
    char text[64];
    memset(filler, 'x', sizeof filler);
    if (draw(growing, 3) == 0) {
        growing->current = (int)draw(growing, STREAMS);
        CHECK(ct_stream_begin_run(&growing->streams[growing->current]));
    }
    struct ct_stream *stream = &growing->streams[growing->current];
    int n = snprintf(text, sizeof text, "%d of %d", growing->count++, growing->current);
    CHECK(ct_stream_fact(stream, CT_FACT_NOTE, (struct ct_text){text, (size_t)n}));
    growing->records++;
    if (draw(growing, 4) != 0)
        return;
    growing->records++;
    CHECK(ct_stream_fact(stream, CT_FACT_NOTE,
                         (struct ct_text){filler, draw(growing, sizeof filler)}));
}

/* A stream that is closed leaves the rest of its segment; the next one has its own. */
static void close_one(struct growing *growing)
{
    int other = (growing->current + 1) % STREAMS;
    ct_stream_close(&growing->streams[other]);
}

static void end(struct growing *growing)
{
    for (int i = 0; i < STREAMS; i++)
        ct_stream_close(&growing->streams[i]);
    ct_tape_close(&growing->tape);
}

/* ---- what is read -----------------------------------------------------------------
 */

struct seen {
    struct ct_buf texts; /* one behind the other */
    uint64_t threads;    /* a hash of their order */
    int records;
};

static void take(struct seen *seen, struct ct_tape_reader *reader)
{
    struct ct_tape_record record;
    while (ct_tape_reader_next(reader, &record)) {
        seen->threads = seen->threads * 31 + record.thread;
        seen->records++;
        if (record.kind == CT_REC_FACT)
            ct_buf_append_text(&seen->texts, record.text);
    }
}

static void check_same(unsigned seed, const struct seen *got, const struct seen *want)
{
    bool is_same =
        CHECK(got->records == want->records) && CHECK(got->threads == want->threads) &&
        CHECK(got->texts.size == want->texts.size) &&
        CHECK(memcmp(got->texts.data, want->texts.data, want->texts.size) == 0);
    if (!is_same)
        fprintf(stderr, "  seed %u: %d records of %d\n", seed, got->records,
                want->records);
}

static void remove_tape(void)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, space.dir);
    ct_tape_remove(folder);
}

static void test_records(void)
{
    for (unsigned seed = 0; seed < 40; seed++) {
        struct growing growing;
        struct seen got = {0}, want = {0};
        struct ct_error err;
        bool has_end = seed % 2 == 0;
        begin(&growing, seed);
        struct ct_tape_reader *reader = ct_tape_reader_new(space.dir, &err);
        if (!CHECK(reader != NULL))
            return;
        ct_tape_reader_follow(reader);
        for (int i = 0; i < 400; i++) {
            grow(&growing);
            if (draw(&growing, 50) == 0)
                close_one(&growing);
            if (draw(&growing, 1 + seed % 9) == 0) {
                take(&got, reader);
                CHECK(ct_tape_reader_is_waiting(reader));
            }
        }
        take(&got, reader);
        CHECK(got.records == growing.records); /* nothing is held back */
        if (has_end)
            ct_tape_end(&growing.tape, CT_END_EXIT, CT_EXIT_CODE, 0, CT_TEXT(""));
        take(&got, reader);
        CHECK(ct_tape_reader_is_waiting(reader) == !has_end);
        ct_tape_reader_settle(reader);
        take(&got, reader);
        CHECK(!ct_tape_reader_is_waiting(reader) && !ct_tape_reader_is_damaged(reader));
        CHECK(ct_tape_reader_done(reader) > 0);
        ct_tape_reader_free(reader);
        reader = ct_tape_reader_new(space.dir, &err);
        take(&want, reader);
        ct_tape_reader_free(reader);
        check_same(seed, &got, &want);
        CHECK(want.records > 400);
        end(&growing);
        ct_buf_fini(&got.texts);
        ct_buf_fini(&want.texts);
        remove_tape();
    }
}

/* ---- the files ----------------------------------------------------------------------
 */

static void read_file(const char *name, struct ct_buf *out)
{
    char path[128], part[4096];
    snprintf(path, sizeof path, "%s/%s", space.dir, name);
    FILE *file = fopen(path, "rb");
    ct_buf_clear(out);
    if (!CHECK(file != NULL))
        return;
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
        ct_buf_append(out, part, n);
    fclose(file);
}

/* A trace made while the tape grew, or afterwards; with its metadata in *out. */
static void make_trace(bool is_live, struct ct_buf *out)
{
    const struct ct_finish_options options = {.is_live = is_live};
    struct ct_finish_result result;
    struct ct_error err = {0};
    struct growing growing;
    begin(&growing, 7);
    struct ct_finisher *finisher = NULL;
    if (is_live)
        finisher = ct_finisher_new(space.dir, &options, &err);
    for (int i = 0; i < 300; i++) {
        grow(&growing);
        if (is_live)
            CHECK(ct_finisher_go(finisher, &err) == CT_OK);
    }
    CHECK(!is_live || !ct_finisher_has_end(finisher));
    ct_tape_end(&growing.tape, CT_END_STOP, CT_EXIT_CODE, 5, CT_TEXT("the end"));
    CHECK(!is_live || ct_finisher_go(finisher, &err) == CT_OK);
    CHECK(!is_live || ct_finisher_has_end(finisher));
    if (!is_live)
        finisher = ct_finisher_new(space.dir, &options, &err);
    CHECK(ct_finisher_end(finisher, &result, &err) == CT_OK && result.complete);
    ct_finisher_free(finisher);
    end(&growing);
    read_file("trace_metadata.json", out);
}

static void test_files(void)
{
    struct ct_buf live = {0}, later = {0};
    make_trace(true, &live);
    make_trace(false, &later);
    CHECK(live.size > 100000); /* the notes */
    CHECK_BYTES(live.data, live.size, later.data, later.size);
    ct_buf_fini(&live);
    ct_buf_fini(&later);
}

/* A tape that is odd while it is followed is left to who reads it at rest. */
static void test_odd(void)
{
    const struct ct_finish_options options = {.is_live = true};
    struct growing growing;
    struct ct_error err = {0};
    begin(&growing, 1);
    struct ct_finisher *finisher = ct_finisher_new(space.dir, &options, &err);
    CHECK(ct_finisher_go(finisher, &err) == CT_OK);
    *growing.streams[0].cursor++ = 0x3f; /* no record */
    ct_stream_commit(&growing.streams[0]);
    CHECK(ct_finisher_go(finisher, &err) == CT_ERR_FORMAT);
    ct_finisher_free(finisher);
    CHECK(access(space.dir, F_OK) == 0);
    end(&growing);
    remove_tape();
}

int main(void)
{
    workspace_make(&space);
    test_records();
    test_files();
    test_odd();
    workspace_remove(&space);
    return check_report();
}
