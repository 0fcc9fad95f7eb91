/* The file that mirrored bytes wait in: what is appended comes out whole and in order,
 * wherever it is cut, moved by the process or by who finds it dead. */
#include "tape/mirror.h"

#include "check.h"
#include "tape/tape_reader.h"
#include "workspace.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct workspace space;

struct mirrored {
    struct ct_tape tape;
    struct ct_stream stream;
    struct ct_mirror mirror;
};

static void begin(struct mirrored *mirrored)
{
    struct ct_error err;
    memset(mirrored, 0, sizeof *mirrored);
    CHECK(ct_tape_open(&mirrored->tape, space.dir, &err) == CT_OK);
    ct_stream_init(&mirrored->stream, &mirrored->tape, 1);
    CHECK(ct_stream_begin_run(&mirrored->stream));
    CHECK(ct_mirror_make(&mirrored->mirror, &mirrored->tape));
}

static void end(struct mirrored *mirrored)
{
    ct_tape_remove(mirrored->tape.folder);
    ct_stream_close(&mirrored->stream);
    ct_tape_close(&mirrored->tape);
    CHECK(workspace_is_empty(&space));
}

static bool append(const struct mirrored *mirrored, enum ct_event event,
                   const char *text)
{
    return ct_mirror_append(&mirrored->mirror, event, text, strlen(text));
}

/* The texts of the tape's pieces of a kind, one behind the other; flags are checked. */
static struct ct_buf text_of(enum ct_event event)
{
    struct ct_buf text = {0};
    struct ct_error err;
    struct ct_tape_record record;
    struct ct_tape_reader *reader = ct_tape_reader_new(space.dir, &err);
    CHECK(reader != NULL);
    while (reader != NULL && ct_tape_reader_next(reader, &record)) {
        if (record.kind != CT_REC_EVENT || record.detail != event)
            continue;
        bool is_line =
            record.text.size > 0 && record.text.bytes[record.text.size - 1] == '\n';
        CHECK(record.flags == (CT_IO_MIRROR | (is_line ? CT_IO_NEWLINE : CT_IO_OPEN)));
        ct_buf_append_text(&text, record.text);
    }
    CHECK(reader != NULL && !ct_tape_reader_is_damaged(reader));
    ct_tape_reader_free(reader);
    return text;
}

static void check_text(enum ct_event event, const char *expected)
{
    struct ct_buf text = text_of(event);
    CHECK_TEXT(text.data, text.size, expected);
    ct_buf_fini(&text);
}

static void test_moves(void)
{
    struct mirrored mirrored;
    begin(&mirrored);
    CHECK(append(&mirrored, CT_EVENT_WRITE, "a\nb"));
    CHECK(append(&mirrored, CT_EVENT_WRITE_ERR, "error\n"));
    ct_mirror_move(&mirrored.mirror, &mirrored.stream);
    ct_mirror_move(&mirrored.mirror, &mirrored.stream); /* nothing is moved twice */
    check_text(CT_EVENT_WRITE, "a\nb");
    CHECK(append(&mirrored, CT_EVENT_WRITE, "c\xff\n"));
    CHECK(append(&mirrored, CT_EVENT_WRITE, ""));
    CHECK(append(&mirrored, CT_EVENT_WRITE, "d"));
    ct_mirror_move(&mirrored.mirror, &mirrored.stream);
    check_text(CT_EVENT_WRITE, "a\nbc\xef\xbf\xbd\nd");
    check_text(CT_EVENT_WRITE_ERR, "error\n");
    end(&mirrored);
}

/* Characters are not cut, wherever the blocks end in which the file is read; and the
 * file does not grow with what has been moved. */
static void test_long(void)
{
    struct mirrored mirrored;
    struct stat info;
    const size_t size = 3 * ((size_t)1 << 20) + 1;
    char *text = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        text[i] = "\xe2\x82\xac"[(i + 2) % 3]; /* begins with the end of one */
    text[0] = 'x';
    text[size] = '\0';
    begin(&mirrored);
    for (int i = 0; i < 2; i++) {
        CHECK(ct_mirror_append(&mirrored.mirror, CT_EVENT_WRITE, text, size));
        ct_mirror_move(&mirrored.mirror, &mirrored.stream);
    }
    struct ct_buf got = text_of(CT_EVENT_WRITE);
    if (CHECK(got.size == 2 * size)) {
        CHECK_BYTES(got.data, size, text, size);
        CHECK_BYTES(got.data + size, size, text, size);
    }
    CHECK(stat(mirrored.mirror.path, &info) == 0 && info.st_blocks * 512 <= 2 << 20);
    ct_buf_fini(&got);
    free(text);
    end(&mirrored);
}

/* What a dead process has not moved, whoever finishes its tape moves; what is not whole
 * is left. */
static void test_recovers(void)
{
    struct mirrored mirrored;
    begin(&mirrored);
    CHECK(append(&mirrored, CT_EVENT_WRITE, "moved\n"));
    ct_mirror_move(&mirrored.mirror, &mirrored.stream);
    CHECK(append(&mirrored, CT_EVENT_WRITE, "left\n"));
    CHECK(append(&mirrored, CT_EVENT_WRITE, "cut"));
    struct stat info;
    CHECK(stat(mirrored.mirror.path, &info) == 0 &&
          truncate(mirrored.mirror.path, info.st_size - 1) == 0);
    ct_stream_commit(&mirrored.stream);
    ct_mirror_recover(mirrored.tape.folder);
    ct_mirror_recover(mirrored.tape.folder);
    check_text(CT_EVENT_WRITE, "moved\nleft\n");
    end(&mirrored);
}

static unsigned count_notes(void)
{
    unsigned notes = 0;
    struct ct_error err;
    struct ct_tape_record record;
    struct ct_tape_reader *reader = ct_tape_reader_new(space.dir, &err);
    CHECK(reader != NULL);
    while (reader != NULL && ct_tape_reader_next(reader, &record))
        notes += record.kind == CT_REC_FACT && record.detail == CT_FACT_NOTE;
    ct_tape_reader_free(reader);
    return notes;
}

/* Behind the limit of file sizes nothing is written, or it would be a signal. That it
 * is missing is said once, in the tape of the process or by who finishes that of a dead
 * one. */
static void test_missing(bool is_dead)
{
    struct mirrored mirrored;
    struct rlimit before;
    begin(&mirrored);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    struct rlimit small = {.rlim_cur = 64, .rlim_max = before.rlim_max};
    CHECK(append(&mirrored, CT_EVENT_WRITE, "a\n"));
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(!append(&mirrored, CT_EVENT_WRITE,
                      "more than the limit of the size of files lets anyone write\n"));
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(append(&mirrored, CT_EVENT_WRITE, "b\n"));
    for (int i = 0; i < 2; i++) {
        if (is_dead) {
            ct_stream_commit(&mirrored.stream);
            ct_mirror_recover(mirrored.tape.folder);
        } else {
            ct_mirror_move(&mirrored.mirror, &mirrored.stream);
        }
    }
    check_text(CT_EVENT_WRITE, "a\nb\n");
    CHECK(count_notes() == 1);
    end(&mirrored);
}

static void test_end(void)
{
    struct mirrored mirrored;
    begin(&mirrored);
    CHECK(append(&mirrored, CT_EVENT_WRITE, "rest\n"));
    ct_mirror_end(&mirrored.mirror, &mirrored.tape);
    ct_tape_end(&mirrored.tape, CT_END_EXIT, CT_EXIT_CODE, 0, CT_TEXT(""));
    ct_mirror_recover(mirrored.tape.folder);
    check_text(CT_EVENT_WRITE, "rest\n");
    end(&mirrored);
}

int main(void)
{
    workspace_make(&space);
    test_moves();
    test_long();
    test_recovers();
    test_end();
    test_missing(false);
    test_missing(true);
    workspace_remove(&space);
    return check_report();
}
