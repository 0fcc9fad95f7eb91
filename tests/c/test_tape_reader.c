/* tape/tape_reader: the order of runs, END, and tapes that are damaged in every way. */
#include "tape/tape_reader.h"

#include "check.h"
#include "random_tape.h"
#include "tape_builder.h"
#include "workspace.h"

#include <stdlib.h>

/* The notes (FACT NOTE) of the tape in `dir` with their threads, as "a1 b2 …"; "!" at
 * the end if the tape is damaged, "-" if it cannot be opened. */
static void read_notes(const char *dir, char *out)
{
    struct ct_error err;
    struct ct_tape_record record;
    struct ct_tape_reader *reader = ct_tape_reader_new(dir, &err);
    strcpy(out, "-");
    if (reader == NULL)
        return;
    char *at = out;
    while (ct_tape_reader_next(reader, &record)) {
        if (record.kind == CT_REC_FACT)
            at += sprintf(at, "%.*s%u ", (int)record.text.size, record.text.bytes,
                          (unsigned)record.thread);
        else if (record.kind == CT_REC_END)
            at += sprintf(at, "END ");
    }
    CHECK(!ct_tape_reader_next(reader, &record));
    CHECK(ct_tape_reader_status(reader, &err) == CT_OK);
    strcpy(at, ct_tape_reader_is_damaged(reader) ? "!" : "");
    ct_tape_reader_free(reader);
}

static void expect_notes(struct tape *tape, const char *dir, const char *want)
{
    char got[256];
    tape_save(tape, dir);
    read_notes(dir, got);
    CHECK_TEXT(got, strlen(got), want);
    tape_delete(dir);
    tape_fini(tape);
}

static void note(struct tape *tape, const char *text)
{
    tape_fact(tape, CT_FACT_NOTE, text);
}

static void test_one_segment(const char *dir)
{
    struct tape tape = {0};
    tape_segment(&tape, 5, 1);
    note(&tape, "a");
    tape_end(&tape, CT_END_EXIT, CT_EXIT_CODE, 0, "");
    note(&tape, "behind"); /* END is the last record */
    expect_notes(&tape, dir, "a1 END ");
    tape_segment(&tape, 0, 1);
    note(&tape, "a");
    expect_notes(&tape, dir, "a1 ");
}

static void test_runs_by_key(const char *dir)
{
    struct tape tape = {0};
    tape_segment(&tape, 0, 1);
    note(&tape, "a");
    tape_segment(&tape, 1, 2);
    note(&tape, "b");
    tape_run(&tape, 0, 2, 1);
    note(&tape, "c");
    tape_run(&tape, 1, 3, 2);
    note(&tape, "d");
    tape_segment(&tape, 4, 1); /* thread 1 goes on in a new segment */
    note(&tape, "e");
    tape_run(&tape, 1, 5, 3); /* a new thread in the segment of a dead one */
    note(&tape, "f");
    tape_run(&tape, 2, 6, 1);
    note(&tape, "g");
    expect_notes(&tape, dir, "a1 b2 c1 d2 e1 f3 g1 ");
}

static void test_empty_segments(const char *dir)
{
    struct tape tape = {0};
    tape_segment(&tape, 0, 1);
    note(&tape, "a");
    tape_segment(&tape, 1, 1);
    ct_buf_clear(&tape.segments[1]); /* allocated, nothing committed */
    tape_segment(&tape, 1, 1);
    note(&tape, "b");
    expect_notes(&tape, dir, "a1 b1 ");
    tape_segment(&tape, 0, 1);
    ct_buf_clear(&tape.segments[0]);
    expect_notes(&tape, dir, "");
}

static void test_bad_order(const char *dir)
{
    struct tape tape = {0};
    tape_segment(&tape, 3, 1);
    note(&tape, "a");
    tape_run(&tape, 0, 3, 1); /* not above the key before */
    note(&tape, "b");
    expect_notes(&tape, dir, "a1 !");
    tape_segment(&tape, 3, 1);
    note(&tape, "a");
    tape_run(&tape, 0, 4, 0); /* there is no thread 0 */
    note(&tape, "b");
    expect_notes(&tape, dir, "a1 !");
}

static void test_no_run_first(const char *dir)
{
    struct tape tape = {0};
    tape_segment(&tape, 0, 1);
    note(&tape, "a");
    tape_segment(&tape, 1, 1);
    ct_buf_clear(&tape.segments[1]);
    note(&tape, "b");
    expect_notes(&tape, dir, "a1 !");
}

/* ---- headers ----------------------------------------------------------------------
 */

static const struct ct_segment_header good_header = {
    .magic = CT_SEGMENT_MAGIC,
    .version = CT_SEGMENT_VERSION,
    .header_size = CT_SEGMENT_HEADER_SIZE,
    .number = 1,
    .thread = 1,
    .capacity = 16,
    .committed = 7,
};

/* A good segment 0 and a segment 1 with this header and 16 bytes. */
static void expect_header(const char *dir, const struct ct_segment_header *header,
                          const char *want)
{
    static const uint8_t bytes[16] = {CT_REC_RUN,   1, 1,   CT_REC_FACT,
                                      CT_FACT_NOTE, 1, 'b', CT_REC_FACT,
                                      CT_FACT_NOTE, 1, 'c'};
    struct tape tape = {0};
    tape_segment(&tape, 0, 1);
    note(&tape, "a");
    tape_save_segment(dir, 1, header, bytes, sizeof bytes);
    expect_notes(&tape, dir, want);
}

static void test_headers(const char *dir)
{
    struct ct_segment_header header = good_header;
    expect_header(dir, &header, "a1 b1 ");
    header.committed = 11;
    expect_header(dir, &header, "a1 b1 c1 ");
    header.committed = 10; /* in the middle of a record */
    expect_header(dir, &header, "a1 b1 !");
    header.committed = 17;
    expect_header(dir, &header, "a1 !");
    header = good_header;
    header.capacity = 17; /* the file is shorter */
    expect_header(dir, &header, "a1 !");
    header.capacity = UINT64_MAX;
    expect_header(dir, &header, "a1 !");
    header.committed = UINT64_MAX;
    expect_header(dir, &header, "a1 !");
    header = good_header;
    header.number = 2;
    expect_header(dir, &header, "a1 !");
    header = good_header;
    header.version = CT_SEGMENT_VERSION + 1;
    expect_header(dir, &header, "a1 !");
    header = good_header;
    header.header_size = 0;
    expect_header(dir, &header, "a1 !");
    header = good_header;
    header.magic[0] ^= 1;
    expect_header(dir, &header, "a1 !");
    memset(&header, 0, sizeof header); /* killed before the header was written */
    expect_header(dir, &header, "a1 ");
    header.committed = 17; /* which takes no other field for granted */
    expect_header(dir, &header, "a1 ");
}

static void test_no_tape(const char *dir)
{
    struct ct_error err;
    CHECK(ct_tape_reader_new(dir, &err) == NULL && err.status == CT_ERR_FORMAT);
    struct ct_segment_header header = {0};
    tape_save_segment(dir, 0, &header, NULL, 0);
    CHECK(ct_tape_reader_new(dir, &err) == NULL && err.status == CT_ERR_FORMAT);
    tape_delete(dir);
}

/* ---- records ----------------------------------------------------------------------
 */

/* Reads `size` bytes behind the definitions of a small tape: whether they are one good
 * record. */
static bool is_good(const void *bytes, size_t size)
{
    struct ct_tape_ids ids = {0};
    struct tape tape = {0};
    struct ct_tape_record record;
    tape_segment(&tape, 0, 1);
    tape_function(&tape, tape_path(&tape, "p"), 1, "f");
    uint64_t name = tape_name(&tape, "n");
    tape_shape(&tape, tape_class(&tape, "C"), (int)name, (int)name, -1);
    tape_code(&tape, 0, -1);
    ct_buf_append(&tape.segments[0], bytes, size);
    /* bytes of their own: a sanitizer sees a read behind them */
    size_t all = tape.segments[0].size;
    uint8_t *copy = malloc(all);
    memcpy(copy, tape.segments[0].data, all);
    struct ct_span in = {copy, copy + all};
    bool is_read = true;
    for (int i = 0; i < 7 && is_read; i++)
        is_read = ct_record_read(&ids, copy, &in, &record);
    CHECK(is_read);
    is_read = ct_record_read(&ids, copy, &in, &record) && in.at == in.end;
    free(copy);
    ct_tape_ids_fini(&ids);
    tape_fini(&tape);
    return is_read;
}

#define GOOD(...)                                                                      \
    CHECK(is_good((const uint8_t[]){__VA_ARGS__},                                      \
                  sizeof((const uint8_t[]){__VA_ARGS__})))
#define BAD(...)                                                                       \
    CHECK(!is_good((const uint8_t[]){__VA_ARGS__},                                     \
                   sizeof((const uint8_t[]){__VA_ARGS__})))

static void test_records(void)
{
    GOOD(CT_REC_PATH, 1, 1, 'q');
    BAD(CT_REC_PATH, 0, 1, 'q');
    BAD(CT_REC_PATH, 2, 1, 'q');
    BAD(CT_REC_PATH, 1, 2, 'q');
    BAD(CT_REC_PATH, 1, 1, 0xff); /* no UTF-8 */
    GOOD(CT_REC_FUNCTION, 1, 0, 2, 0);
    BAD(CT_REC_FUNCTION, 1, 1, 2, 0);
    GOOD(CT_REC_CLASS, 17, 0);
    BAD(CT_REC_CLASS, 1, 0);
    GOOD(CT_REC_SHAPE, 1, 16, 1, 0);
    BAD(CT_REC_SHAPE, 1, 14, 1, 0); /* a class id that nothing defines */
    BAD(CT_REC_SHAPE, 1, 17, 1, 0);
    BAD(CT_REC_SHAPE, 1, 16, 1, 1);
    BAD(CT_REC_CODE, 1, 1, 0);
    GOOD(CT_REC_CALL, 0, 0, 2, 1, 0, CT_VAL_NONE);
    BAD(CT_REC_CALL, 4, 0, 2, 1, 0, CT_VAL_NONE);
    BAD(CT_REC_CALL, 0, 1, 2, 0);
    BAD(CT_REC_CALL, 0, 0, 2, 1, 1, CT_VAL_NONE);
    GOOD(CT_REC_EVENT, CT_EVENT_ERROR, 0, 0, 0, 0, 2);
    BAD(CT_REC_EVENT, CT_EVENT_ERROR, 0, 0, 0, 1, 2);
    BAD(CT_REC_EVENT, 1, 0, 0);
    GOOD(CT_REC_END, 6, 2, 0, 0);
    BAD(CT_REC_END, 7, 0, 0, 0);
    BAD(CT_REC_END, 0, 3, 0, 0);
    GOOD(CT_REC_STEP_SHORT);
    GOOD(CT_REC_SLOT, 9, 0);
    BAD(CT_REC_SLOT, 9, 1);
    BAD(0);
    BAD(0x3f);
    BAD(CT_REC_MORE, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02);
}

static void test_values(void)
{
    GOOD(CT_REC_RETURN, CT_VAL_LIST, 2, CT_VAL_TRUE, CT_VAL_CUT, 1);
    BAD(CT_REC_RETURN, CT_VAL_LIST, 2, CT_VAL_TRUE);
    BAD(CT_REC_RETURN, CT_VAL_LIST, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, CT_VAL_TRUE);
    BAD(CT_REC_RETURN, 25);
    BAD(CT_REC_RETURN);
    GOOD(CT_REC_RETURN, CT_VAL_STRUCT, 0, CT_VAL_TRUE, CT_VAL_TRUE);
    BAD(CT_REC_RETURN, CT_VAL_STRUCT, 1, CT_VAL_TRUE, CT_VAL_TRUE);
    GOOD(CT_REC_RETURN, CT_VAL_CLASS, 16, CT_VAL_INT, 2);
    BAD(CT_REC_RETURN, CT_VAL_CLASS, 16, CT_VAL_CLASS, 16, CT_VAL_INT, 2);
    BAD(CT_REC_RETURN, CT_VAL_CLASS, 16, CT_VAL_NONE);
    BAD(CT_REC_RETURN, CT_VAL_CLASS, 16);
    GOOD(CT_REC_RETURN, CT_VAL_DICT, 1, CT_VAL_PAIR, CT_VAL_TRUE, CT_VAL_TRUE);
    BAD(CT_REC_RETURN, CT_VAL_DICT, 1, CT_VAL_TRUE);
    BAD(CT_REC_RETURN, CT_VAL_FLOAT, 0, 0, 0, 0, 0, 0, 0);
    /* 2^63 is outside 64 bits, -2^63 is not */
    GOOD(CT_REC_RETURN, CT_VAL_BIGINT, 0, 8, 0x80, 0, 0, 0, 0, 0, 0, 0);
    BAD(CT_REC_RETURN, CT_VAL_BIGINT, 1, 8, 0x80, 0, 0, 0, 0, 0, 0, 0);
    GOOD(CT_REC_RETURN, CT_VAL_BIGINT, 1, 8, 0x80, 0, 0, 0, 0, 0, 0, 1);
    BAD(CT_REC_RETURN, CT_VAL_BIGINT, 0, 9, 0, 0x80, 0, 0, 0, 0, 0, 0, 0);
    BAD(CT_REC_RETURN, CT_VAL_BIGINT, 0, 1, 5);
    BAD(CT_REC_RETURN, CT_VAL_STR, 3, 0xed, 0xa0, 0x80); /* a surrogate */
}

/* Values that are the same as an earlier one. */
static void test_same(void)
{
    GOOD(CT_REC_CALL, 0, 0, 2, 2, 0, CT_VAL_TRUE, 0, CT_VAL_SAME, 2);
    GOOD(CT_REC_CALL, 0, 0, 2, 3, 0, CT_VAL_LIST, 0, 0, CT_VAL_SAME, 3, 0, CT_VAL_SAME,
         6);
    BAD(CT_REC_CALL, 0, 0, 2, 1, 0, CT_VAL_SAME, 0); /* itself */
    BAD(CT_REC_CALL, 0, 0, 2, 3, 0, CT_VAL_TRUE, 0, CT_VAL_SAME, 2, 0, CT_VAL_SAME,
        3);                                           /* a SAME */
    BAD(CT_REC_CALL, 0, 0, 25, 1, 0, CT_VAL_SAME, 3); /* no value */
    BAD(CT_REC_RETURN, CT_VAL_SAME, 127);             /* before the segment */
    BAD(CT_REC_RETURN, CT_VAL_SAME, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x01);
    BAD(CT_REC_RETURN, CT_VAL_SAME);
    BAD(CT_REC_CALL, 0, 0, 2, 2, 0, CT_VAL_STR, 2, CT_VAL_STR, 9, 0, CT_VAL_SAME,
        3); /* it would end behind the tag */
    BAD(CT_REC_CALL, 0, 0, 2, 2, 0, CT_VAL_TRUE, 0, CT_VAL_LIST, 1, CT_VAL_SAME, 4);
}

/* `[[…]]`, with this many containers around the innermost record. */
static void test_depth(void)
{
    for (size_t depth = 27; depth <= 30; depth++) {
        uint8_t bytes[100] = {CT_REC_RETURN};
        for (size_t i = 0; i < depth; i++) {
            bytes[1 + 2 * i] = CT_VAL_LIST;
            bytes[2 + 2 * i] = 1;
        }
        bytes[1 + 2 * depth] = CT_VAL_NONE;
        CHECK(is_good(bytes, 2 + 2 * depth) == (depth <= CT_VALUE_MAX_DEPTH));
    }
}

/* Every cut of the first segment of a random tape reads as a prefix of it. */
static size_t read_every_cut(uint64_t seed)
{
    struct tape tape = {0};
    enum ct_end_reason reason;
    random_tape(&tape, seed, 400, "json", &reason);
    size_t size = tape.segments[0].size, before = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, tape.segments[0].data, cut);
        struct ct_tape_ids ids = {0};
        struct ct_span in = {copy, copy + cut};
        struct ct_tape_record record;
        size_t records = 0;
        while (in.at < in.end && ct_record_read(&ids, copy, &in, &record))
            records++;
        CHECK(records == before || records == before + 1);
        before = records;
        ct_tape_ids_fini(&ids);
        free(copy);
    }
    tape_fini(&tape);
    return before;
}

static void test_every_cut(void)
{
    size_t records = 0;
    for (uint64_t seed = 0; seed < 20; seed++)
        records += read_every_cut(seed);
    CHECK(records > 500);
}

int main(void)
{
    struct workspace space;
    workspace_make(&space);
    test_one_segment(space.dir);
    test_runs_by_key(space.dir);
    test_empty_segments(space.dir);
    test_bad_order(space.dir);
    test_no_run_first(space.dir);
    test_headers(space.dir);
    test_no_tape(space.dir);
    test_records();
    test_values();
    test_same();
    test_depth();
    test_every_cut();
    workspace_remove(&space);
    return check_report();
}
