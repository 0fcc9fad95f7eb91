/* Both writers: the example files byte for byte, every kind of value and type, and what
 * happens when the file cannot be written. */
#include "trace/writer.h"

#include "check.h"
#include "examples.h"
#include "reference.h"
#include "trace/capnp.h"
#include "trace/capnp_file.h"
#include "trace/pack.h"
#include "trace/writer_capnp.h"
#include "workspace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct ct_writer *new_writer(const char *path, struct ct_error *err);

static new_writer *const kinds[] = {ct_writer_json_new, ct_writer_capnp_new};

/* Every test runs with and without a thread that writes. */
static _Atomic uint32_t is_awaited;

static struct ct_writer *begin(new_writer *new, const char *path, struct ct_error *err)
{
    struct ct_writer *writer = new(path, err);
    if (!CHECK(writer != NULL))
        abort();
    writer->ops->write_behind(writer, &is_awaited);
    return writer;
}

/* Writes with `write` to the workspace's file, and reads it. */
static struct bytes written(struct workspace *space, new_writer *new,
                            void (*write)(struct ct_writer *))
{
    struct ct_error err = {0};
    struct ct_writer *writer = begin(new, space->file, &err);
    write(writer);
    CHECK(writer->ops->finish(writer, &err) == CT_OK && !writer->failed);
    writer->ops->free(writer);
    CHECK(workspace_has_only_file(space));
    return read_file(space->file);
}

static void test_examples(struct workspace *space)
{
    for (size_t i = 0; i < example_count; i++) {
        struct bytes json = written(space, ct_writer_json_new, examples[i].write);
        CHECK_TEXT(json.data, json.size, examples[i].json);
        struct bytes bin = written(space, ct_writer_capnp_new, examples[i].write);
        struct bytes want = from_hex(examples[i].hex);
        if (!CHECK_BYTES(bin.data, bin.size, want.data, want.size))
            fprintf(stderr, "  example %s\n", examples[i].name);
        free(json.data);
        free(bin.data);
        free(want.data);
    }
}

/* ---- values ------------------------------------------------------------------- */

#define LEAF(kind_, type_, ...)                                                        \
    {.kind = (kind_), .next = 1, .type_id = (type_), __VA_ARGS__}

#define BIGNUM {"\1\0\0\0\0\0\0\0\0", 9}

static const struct value_case {
    const char *json;
    const char *packed; /* of the record and what is below, if the page gives it */
    struct ct_node nodes[4];
} values[] = {
    {"{\"kind\":\"Int\",\"i\":-1,\"type_id\":2}",
     NULL,
     {LEAF(CT_NODE_INT, 2, .of.integer = -1)}},
    {"{\"kind\":\"Bool\",\"b\":true,\"type_id\":3}",
     "01010102000011080100010103",
     {LEAF(CT_NODE_BOOL, 3, .flag = true)}},
    {"{\"kind\":\"Raw\",\"r\":\"1.5\",\"type_id\":3}",
     "c0f83f0101000011080100010103",
     {LEAF(CT_NODE_FLOAT, 3, .of.real = 1.5)}},
    {"{\"kind\":\"String\",\"text\":\"ab\",\"type_id\":4}",
     "00000103000011091a11080100000361620104",
     {LEAF(CT_NODE_STRING, 4, .of.text = CT_TEXT("ab"))}},
    {"{\"kind\":\"BigInt\",\"b\":\"AQAAAAAAAAAA\",\"negative\":true,\"type_id\":2}",
     "0101010d000011094a110c010000010100000102",
     {LEAF(CT_NODE_BIGINT, 2, .flag = true, .of.text = BIGNUM)}},
    {"{\"kind\":\"Sequence\",\"elements\":[{\"kind\":\"Int\",\"i\":7,\"type_id\":2}],"
     "\"is_slice\":false,\"type_id\":5}",
     "00000104000011093711240100005104030301070001110801000101020105",
     {{.kind = CT_NODE_SEQUENCE, .next = 2, .type_id = 5, .of.count = 1},
      {.kind = CT_NODE_INT, .next = 2, .type_id = 2, .of.integer = 7}}},
    {"{\"kind\":\"Tuple\",\"elements\":[],\"type_id\":6}",
     NULL,
     {LEAF(CT_NODE_TUPLE, 6, .of.count = 0)}},
    {"{\"kind\":\"Struct\",\"field_values\":[{\"kind\":\"Tuple\",\"elements\":["
     "{\"kind\":\"None\",\"type_id\":0}],\"type_id\":6},"
     "{\"kind\":\"Bool\",\"b\":false,\"type_id\":3}],\"type_id\":7}",
     NULL,
     {{.kind = CT_NODE_STRUCT, .next = 4, .type_id = 7, .of.count = 2},
      {.kind = CT_NODE_TUPLE, .next = 3, .type_id = 6, .of.count = 1},
      {.kind = CT_NODE_NONE, .next = 3},
      {.kind = CT_NODE_BOOL, .next = 4, .type_id = 3}}},
    {"{\"kind\":\"Raw\",\"r\":\"<x>\",\"type_id\":8}",
     NULL,
     {LEAF(CT_NODE_RAW, 8, .of.text = CT_TEXT("<x>"))}},
    {"{\"kind\":\"Error\",\"msg\":\"<redacted>\",\"type_id\":9}",
     NULL,
     {LEAF(CT_NODE_ERROR, 9, .of.text = CT_TEXT("<redacted>"))}},
    {"{\"kind\":\"None\",\"type_id\":0}", NULL, {LEAF(CT_NODE_NONE, 0)}},
};

static void test_values_json(struct workspace *space)
{
    struct ct_error err;
    struct ct_writer *writer = ct_writer_json_new(space->file, &err);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct ct_fragment fragment = {0};
        char want[512];
        writer->ops->value(writer, 12, &(struct ct_tree){.nodes = values[i].nodes},
                           &fragment);
        snprintf(want, sizeof want, "{\"Value\":{\"variable_id\":12,\"value\":%s}}",
                 values[i].json);
        if (CHECK(fragment.bytes.size > 2) &&
            CHECK(memcmp(fragment.bytes.data, ",\n", 2) == 0))
            CHECK_TEXT(fragment.bytes.data + 2, fragment.bytes.size - 2, want);
        ct_fragment_fini(&fragment);
    }
    writer->ops->free(writer);
    CHECK(workspace_is_empty(space)); /* an unfinished file does not stay */
}

static void test_values_packed(void)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint64_t words[64], *next = words;
        const struct ct_tree tree = {.nodes = values[i].nodes};
        struct ct_capnp_room room = {.words = words};
        ct_capnp_value(&next, NULL, &tree, &room);
        CHECK(room.known_words == 0);
        CHECK((uint64_t)(next - words) == ct_capnp_value_words(&tree));
        if (values[i].packed == NULL)
            continue;
        struct bytes want = from_hex(values[i].packed);
        struct ct_packer packer = {0};
        struct ct_buf out = {0};
        ct_pack(&packer, &out, words, (size_t)(next - words));
        ct_pack_close(&packer, &out);
        CHECK_BYTES(out.data, out.size, want.data, want.size);
        ct_buf_fini(&out);
        free(want.data);
    }
}

static void write_struct_type(struct ct_writer *writer)
{
    const struct ct_text fields[] = {CT_TEXT("x"), CT_TEXT("\"")};
    const struct ct_type type = {.kind = CT_KIND_STRUCT,
                                 .lang_type = CT_TEXT("m.C"),
                                 .field_count = 2,
                                 .fields = fields,
                                 .field_type = 7};
    writer->ops->type(writer, &type);
    writer->ops->event(writer, CT_EVENT_KIND_READ, CT_TEXT("m"), CT_TEXT(""));
    writer->ops->event(writer, CT_EVENT_KIND_WRITE_OTHER, CT_TEXT("m"), CT_TEXT(""));
    writer->ops->event(writer, CT_EVENT_KIND_ERROR, CT_TEXT("m"), CT_TEXT(""));
}

static void test_struct_type_and_events(struct workspace *space)
{
    struct bytes json = written(space, ct_writer_json_new, write_struct_type);
    CHECK_TEXT(
        json.data, json.size,
        "[\n{\"Type\":{\"kind\":6,\"lang_type\":\"m.C\",\"specific_info\":{\"kind\":"
        "\"Struct\",\"fields\":[{\"name\":\"x\",\"type_id\":7},{\"name\":\"\\\"\","
        "\"type_id\":7}]}}},\n"
        "{\"Event\":{\"kind\":3,\"metadata\":\"m\",\"content\":\"\"}},\n"
        "{\"Event\":{\"kind\":2,\"metadata\":\"m\",\"content\":\"\"}},\n"
        "{\"Event\":{\"kind\":11,\"metadata\":\"m\",\"content\":\"\"}}\n]\n");
    free(json.data);
    free(written(space, ct_writer_capnp_new, write_struct_type).data);
    struct message message;
    CHECK(message_read(&message, space->file) && message.count == 4);
    static const uint64_t type[] = {
        6,
        1 | 1 << 2 | (2 | 4ull << 3) << 32, /* lang_type, behind the other pointer */
        1 << 2 | 0x1000100000000ull,        /* TypeInfo */
        0x432e6d,                           /* "m.C" */
        1,
        1 | (7 | 4ull << 3) << 32, /* the fields, 4 words */
        2 << 2 | 0x2000000000000ull,
        1 | 3 << 2 | (2 | 2ull << 3) << 32, /* "x", behind the list */
        3 << 2 | 0x100000000ull,
        1 | 3 << 2 | (2 | 2ull << 3) << 32,
        3 << 2 | 0x100000000ull,
        'x',
        7,
        '"',
        7,
    };
    CHECK_BYTES(message.records[0].payload, message.records[0].words * 8, type,
                sizeof type);
    CHECK(message.records[1].payload[0] == 2 && message.records[2].payload[0] == 11 &&
          message.records[3].payload[0] == 9);
    message_free(&message);
}

/* ---- failures ----------------------------------------------------------------- */

static void test_no_directory(void)
{
    for (size_t i = 0; i < 2; i++) {
        struct ct_error err = {0};
        CHECK(kinds[i]("/nonexistent/dir/trace.tmp", &err) == NULL);
        CHECK(err.status == CT_ERR_IO && err.os_errno == ENOENT);
        CHECK(strstr(err.text, "/nonexistent/dir/trace.tmp") != NULL);
        CHECK(strstr(err.text, strerror(ENOENT)) != NULL);
    }
}

/* `path`, a name in the workspace, is a way to a device that is always full. */
static void check_full(struct workspace *space, new_writer *new, const char *path)
{
    struct ct_error err = {0};
    CHECK(symlink("/dev/full", path) == 0);
    struct ct_writer *writer = begin(new, space->file, &err);
    write_random(writer, 1, 20000);
    CHECK(writer->ops->finish(writer, &err) == CT_ERR_IO);
    CHECK(writer->failed && err.os_errno == ENOSPC && strstr(err.text, path) != NULL);
    uint64_t records = writer->records;
    writer->ops->step(writer, 0, 1);
    CHECK(writer->records == records);
    writer->ops->free(writer);
    CHECK(workspace_is_empty(space));
}

static void test_full_disk(struct workspace *space)
{
    char path[100];
    if (access("/dev/full", W_OK) != 0)
        return;
    check_full(space, ct_writer_json_new, space->file);
    check_full(space, ct_writer_capnp_new, space->file);
    snprintf(path, sizeof path, "%s.index", space->file);
    check_full(space, ct_writer_capnp_new, path);
}

/* As a large trace.bin is written. */
static struct ct_writer *new_large(const char *path, struct ct_error *err)
{
    const struct ct_capnp_limits limits = {.segment_words = CT_CAPNP_SEGMENT_WORDS,
                                           .payload_words = 100000,
                                           .records = CT_CAPNP_RECORDS};
    return ct_writer_capnp_new_limited(path, limits, err);
}

/* With files limited to n bytes, for growing n, until one is whole. */
static void test_every_size_of_disk(struct workspace *space)
{
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    new_writer *const all[] = {kinds[0], kinds[1], new_large};
    for (size_t i = 0; i < 3; i++) {
        size_t failures = 0;
        bool is_done = false;
        for (limit = before, limit.rlim_cur = 1; !is_done; limit.rlim_cur += 997) {
            setrlimit(RLIMIT_FSIZE, &limit);
            struct ct_error err = {0};
            struct ct_writer *writer = begin(all[i], space->file, &err);
            write_random(writer, 1, 500);
            enum ct_status status = writer->ops->finish(writer, &err);
            writer->ops->free(writer);
            setrlimit(RLIMIT_FSIZE, &before);
            is_done = status == CT_OK;
            if (is_done) {
                CHECK(workspace_has_only_file(space));
            } else {
                failures++;
                CHECK(status == CT_ERR_IO && err.os_errno == EFBIG);
                CHECK(workspace_is_empty(space));
            }
        }
        CHECK(failures > 10);
        unlink(space->file);
    }
}

static void run(struct workspace *space)
{
    test_examples(space);
    unlink(space->file);
    test_values_json(space);
    test_values_packed();
    test_struct_type_and_events(space);
    unlink(space->file);
    test_no_directory();
    test_full_disk(space);
    test_every_size_of_disk(space);
}

int main(void)
{
    struct workspace space;
    workspace_make(&space);
    run(&space);
    is_awaited = 1;
    run(&space);
    workspace_remove(&space);
    return check_report();
}
