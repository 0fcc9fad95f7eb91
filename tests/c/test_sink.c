/* Files being written: with and without a thread, and with room ahead of their end. */
#include "trace/sink.h"

#include "check.h"
#include "examples.h"
#include "reference.h"
#include "workspace.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 1000
#define LARGE (18 << 20) /* four times what has its place ahead, and a half */

static _Atomic uint32_t is_awaited;

static uint8_t byte_at(size_t at)
{
    return (uint8_t)(at * 7 + at / 251 + at / 65537);
}

static void append(struct ct_sink *sink, size_t from, size_t to)
{
    while (from < to) {
        uint8_t piece[PIECE];
        size_t size = to - from < PIECE ? to - from : PIECE;
        for (size_t i = 0; i < size; i++)
            piece[i] = byte_at(from + i);
        ct_buf_append(&sink->buf, piece, size);
        from += size;
        if (!CHECK(ct_sink_settle(sink)))
            return;
    }
}

static bool has_pattern(const struct bytes *content)
{
    for (size_t i = 0; i < content->size; i++) {
        if (content->data[i] != byte_at(i))
            return false;
    }
    return true;
}

/* Opens the workspace's file; a thread writes once, or if, it is awaited. */
static void begin(struct workspace *space, struct ct_sink *sink, bool awaited)
{
    if (!CHECK(ct_sink_open(sink, space->file)))
        abort();
    is_awaited = awaited;
    ct_sink_write_behind(sink, &is_awaited);
}

/* `awaited_at`: how much of the file is written without a thread. */
static void check_file(struct workspace *space, size_t size, size_t awaited_at)
{
    struct ct_sink sink;
    struct stat info;
    begin(space, &sink, false);
    append(&sink, 0, awaited_at);
    is_awaited = 1;
    append(&sink, awaited_at, size);
    CHECK(sink.written + sink.buf.size == size);
    CHECK(ct_sink_finish(&sink) && sink.written == size);
    CHECK((sink.behind == NULL) && sink.error.status == CT_OK);
    ct_sink_fini(&sink);
    struct bytes content = read_file(space->file);
    CHECK(content.size == size && has_pattern(&content));
    free(content.data);
    /* A file system may take some blocks for itself; not what was placed ahead. */
    CHECK(stat(space->file, &info) == 0 &&
          info.st_blocks * INT64_C(512) < (int64_t)size + (1 << 20));
    unlink(space->file);
}

static void test_contents(struct workspace *space)
{
    check_file(space, 0, 0);
    check_file(space, 1, 0);
    check_file(space, CT_SINK_BUFFER, CT_SINK_BUFFER);
    check_file(space, CT_SINK_BUFFER + 1, 0);
    check_file(space, LARGE, LARGE);
    check_file(space, LARGE + 1, 0);
    check_file(space, LARGE - 1, LARGE / 3);
}

static void test_overwrite(struct workspace *space)
{
    struct ct_sink sink;
    struct ct_buf bytes = {0};
    begin(space, &sink, true);
    append(&sink, 0, LARGE);
    CHECK(ct_sink_flush(&sink));
    ct_buf_append_text(&bytes, CT_TEXT("head"));
    CHECK(ct_sink_overwrite(&sink, 0, &bytes));
    append(&sink, LARGE, LARGE + PIECE);
    CHECK(ct_sink_finish(&sink));
    ct_sink_fini(&sink);
    struct bytes content = read_file(space->file);
    if (CHECK(content.size == LARGE + PIECE && memcmp(content.data, "head", 4) == 0)) {
        for (size_t i = 0; i < 4; i++)
            content.data[i] = byte_at(i);
        CHECK(has_pattern(&content));
    }
    free(content.data);
    ct_buf_fini(&bytes);
    unlink(space->file);
}

static void begin_full(struct workspace *space, struct ct_sink *sink)
{
    CHECK(symlink("/dev/full", space->file) == 0);
    begin(space, sink, true);
    ct_buf_append_text(&sink->buf, CT_TEXT("some text"));
}

/* A thread's error is found by what comes next, and stays. */
static void test_full(struct workspace *space)
{
    struct ct_sink sink;
    if (access("/dev/full", W_OK) != 0)
        return;
    begin_full(space, &sink);
    CHECK(ct_sink_pass(&sink) && sink.behind != NULL && sink.buf.size == 0);
    ct_buf_append_text(&sink.buf, CT_TEXT("more"));
    CHECK(!ct_sink_pass(&sink) && sink.buf.size == 0);
    CHECK(sink.error.os_errno == ENOSPC);
    CHECK(!ct_sink_finish(&sink) && sink.error.status == CT_ERR_IO);
    CHECK(strstr(sink.error.text, space->file) != NULL);
    ct_sink_fini(&sink);

    begin_full(space, &sink);
    CHECK(!ct_sink_flush(&sink) && sink.error.os_errno == ENOSPC);
    ct_sink_fini(&sink);
    CHECK(workspace_is_empty(space));
}

/* What is thrown away while the thread writes leaves nothing. */
static void test_discard(struct workspace *space)
{
    struct ct_sink sink;
    begin(space, &sink, true);
    append(&sink, 0, LARGE);
    ct_sink_fini(&sink);
    CHECK(workspace_is_empty(space));
}

int main(void)
{
    struct workspace space;
    workspace_make(&space);
    test_contents(&space);
    test_overwrite(&space);
    test_full(&space);
    test_discard(&space);
    workspace_remove(&space);
    return check_report();
}
