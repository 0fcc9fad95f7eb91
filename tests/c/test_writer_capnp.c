/* trace.bin: what depends on size. Runs that cross payloads, the junction behind the
 * list, sharing and the list behind the payloads, several segments, and limits. */
#include "trace/writer_capnp.h"

#include "check.h"
#include "examples.h"
#include "reference.h"
#include "trace/capnp_file.h"
#include "workspace.h"

#include <stdlib.h>
#include <unistd.h>

#define MUCH (CT_CAPNP_SEGMENT_WORDS / 4)

static const struct ct_capnp_limits plain = {CT_CAPNP_SEGMENT_WORDS, MUCH,
                                             CT_CAPNP_RECORDS, UINT64_MAX};
static const struct ct_capnp_limits sharing = {CT_CAPNP_SEGMENT_WORDS, MUCH,
                                               CT_CAPNP_RECORDS, 0};

static struct ct_writer *open_writer(const struct workspace *space,
                                     struct ct_capnp_limits limits)
{
    struct ct_error err;
    struct ct_writer *writer = ct_writer_capnp_new_limited(space->file, limits, &err);
    if (!CHECK(writer != NULL))
        abort();
    return writer;
}

/* Finishes and reads the file; the word count must be that of one segment. */
static struct message finish_and_read(const struct workspace *space,
                                      struct ct_writer *writer)
{
    struct ct_error err = {0};
    struct message message;
    if (!CHECK(writer->ops->finish(writer, &err) == CT_OK))
        fprintf(stderr, "  %s\n", err.text);
    CHECK(message_read(&message, space->file));
    CHECK(message.count == writer->records);
    uint64_t words = 3, visited = 3;
    for (size_t i = 0; i < message.count; i++) {
        visited += 2 + message.records[i].words;
        words += 2 + (message.records[i].is_again ? 0 : message.records[i].words);
    }
    CHECK(visited == writer->words);
    if (message.segments == 1)
        CHECK(words == message.words.count - 1);
    writer->ops->free(writer);
    return message;
}

static bool is_same_record(const struct record *one, const struct record *other)
{
    return one->tag == other->tag && one->pointer == other->pointer &&
           one->words == other->words &&
           memcmp(one->payload, other->payload, one->words * 8) == 0;
}

/* The example of trace-formats.md 4.6, the landing pad behind the payload. */
static void test_two_segments(const struct workspace *space)
{
    struct ct_capnp_limits limits = {
        .segment_words = 5, .payload_words = 4, .records = CT_CAPNP_RECORDS};
    struct ct_writer *writer = open_writer(space, limits);
    writer->ops->step(writer, 0, 7);
    struct message message = finish_and_read(space, writer);
    struct bytes want =
        from_hex("01000000 05000000 05000000 00000000"
                 "0000000000000100 0100000017000000 0400000001000100 0000000000000000"
                 "2200000001000000"
                 "0400000001000000 0400000001000000 0000000000000000 0700000000000000"
                 "ecffffff00000200");
    CHECK_BYTES(message.words.data, message.words.count * 8, want.data, want.size);
    free(want.data);
    message_free(&message);
}

static bool has_same_records(const struct message *one, const struct message *other)
{
    bool is_same = one->count == other->count;
    for (size_t i = 0; is_same && i < one->count; i++)
        is_same = is_same_record(&one->records[i], &other->records[i]);
    return is_same;
}

/* The same records have an earlier one's payload. */
static bool has_same_again(const struct message *one, const struct message *other)
{
    bool is_same = one->count == other->count;
    for (size_t i = 0; is_same && i < one->count; i++)
        is_same = one->records[i].is_again == other->records[i].is_again;
    return is_same;
}

/* Records that have an earlier one's payload. */
static size_t count_again(const struct message *message)
{
    size_t count = 0;
    for (size_t i = 0; i < message->count; i++)
        count += message->records[i].is_again;
    return count;
}

static struct message random_message(const struct workspace *space,
                                     struct ct_capnp_limits limits, uint64_t seed,
                                     size_t records)
{
    struct ct_writer *writer = open_writer(space, limits);
    write_random(writer, seed, records);
    return finish_and_read(space, writer);
}

/* Random traces, plain and sharing, in one segment and in many, have the same records.
 * message_read checks that the bytes are those of packing the words. */
static void test_random_traces(const struct workspace *space)
{
    static const uint64_t segment_words[] = {900, 1000, 5000, 60000};
    size_t most_segments = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        size_t records = 50 + (size_t)seed * 20;
        struct message whole = random_message(space, plain, seed, records);
        CHECK(whole.segments == 1 && whole.count == records && !whole.is_list_last);
        CHECK(count_again(&whole) == 0);
        struct message shared = random_message(space, sharing, seed, records);
        CHECK(shared.segments == 1 && shared.is_list_last);
        CHECK(has_same_records(&shared, &whole));
        for (size_t i = 0; i < 4; i++) {
            struct ct_capnp_limits limits = {segment_words[i], 800, CT_CAPNP_RECORDS,
                                             i % 2 == 0 ? 0 : UINT64_MAX};
            struct message many = random_message(space, limits, seed, records);
            const struct message *one = i % 2 == 0 ? &shared : &whole;
            CHECK((many.segments == 1) ==
                  (one->words.count - 1 + limits.payload_words < segment_words[i]));
            CHECK(has_same_records(&many, one));
            CHECK(has_same_again(&many, one));
            if (many.segments > most_segments)
                most_segments = many.segments;
            message_free(&many);
        }
        message_free(&shared);
        message_free(&whole);
    }
    CHECK(most_segments > 20);
}

/* A file that gets large shares what comes again from then on. */
static void test_grows_large(const struct workspace *space)
{
    struct message shared = random_message(space, sharing, 1, 2000);
    struct message whole = random_message(space, plain, 1, 2000);
    size_t before = count_again(&whole);
    CHECK(before == 0);
    for (uint64_t size = 200000; size > 0; size -= 20000) {
        struct ct_capnp_limits limits = plain;
        limits.plain_size = size;
        struct message grown = random_message(space, limits, 1, 2000);
        size_t again = count_again(&grown);
        CHECK(has_same_records(&grown, &whole) && again >= before);
        CHECK(grown.is_list_last || again == 0);
        before = again;
        message_free(&grown);
    }
    CHECK(before > 10 && before < count_again(&shared));
    message_free(&whole);
    message_free(&shared);
}

static struct ct_text letters(size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memset(text, 'a', size);
    return (struct ct_text){text, size};
}

/* A text that starts the payloads, behind a list whose last pointer has no zero byte:
 * the run that the pointer opens goes on in the text, which was packed without it. */
static void test_junction(const struct workspace *space)
{
    static const size_t sizes[] = {0x5a5a5a * 8 + 7, 0x5a5a5b * 8 + 1,
                                   0x5a5bff * 8 + 7};
    for (size_t i = 0; i < 3; i++) {
        struct ct_text long_name = letters(sizes[i]);
        struct ct_text last_name = letters(0x25a5a5);
        struct ct_writer *writer = open_writer(space, plain);
        writer->ops->name(writer, long_name);
        writer->ops->name(writer, last_name);
        struct message message = finish_and_read(space, writer);
        uint64_t pointer = message.words.data[1 + 3 + 3];
        for (int j = 0; j < 8; j++)
            CHECK((pointer >> 8 * j & 0xff) != 0);
        message_free(&message);
        free((char *)long_name.bytes);
        free((char *)last_name.bytes);
    }
}

/* Values that end in zero words (type 0), before records that begin with them and
 * before others; names that continue each other's runs. */
static void test_open_runs(const struct workspace *space, struct ct_capnp_limits limits)
{
    const struct ct_node none = {.kind = CT_NODE_NONE, .next = 1};
    char zeros[8 * 300] = {0};
    const struct ct_node nothing = {
        .kind = CT_NODE_STRING, .next = 1, .of.text = {zeros, sizeof zeros}};
    struct ct_fragment values[2] = {0};
    struct ct_writer *writer = open_writer(space, limits);
    writer->ops->value(writer, 5, &(struct ct_tree){.nodes = &none}, &values[0]);
    writer->ops->value(writer, 5, &(struct ct_tree){.nodes = &nothing}, &values[1]);
    uint64_t state = 9;
    for (int i = 0; i < 3000; i++) {
        static const size_t sizes[] = {0, 1, 7, 8, 15, 1023, 2039, 2047, 2400};
        switch (check_random(&state) % 5) {
        case 0:
            writer->ops->value(writer, 5, &(struct ct_tree){.nodes = &none},
                               &values[0]);
            break;
        case 1:
            writer->ops->value(writer, 5, &(struct ct_tree){.nodes = &nothing},
                               &values[1]);
            break;
        case 2:
            writer->ops->thread(writer, CT_THREAD_EXIT, check_random(&state) % 2);
            break;
        case 3:
            writer->ops->name(writer,
                              (struct ct_text){zeros, sizes[check_random(&state) % 9]});
            break;
        default: {
            struct ct_text text = letters(sizes[check_random(&state) % 9]);
            writer->ops->name(writer, text);
            free((char *)text.bytes);
        }
        }
    }
    for (int i = 0; i < 2; i++)
        ct_fragment_fini(&values[i]);
    struct message message = finish_and_read(space, writer);
    message_free(&message);
}

static void test_is_full(const struct workspace *space)
{
    struct ct_capnp_limits limits = {CT_CAPNP_SEGMENT_WORDS, MUCH, 5000, 0};
    struct ct_writer *writer = open_writer(space, limits);
    while (!writer->is_full)
        writer->ops->step(writer, 0, 1);
    CHECK(writer->records == 5000 - 5000 / 256);
    writer->ops->step(writer, 0, 1); /* closing the trace still works */
    CHECK(!writer->failed);
    struct message message = finish_and_read(space, writer);
    message_free(&message);

    limits = (struct ct_capnp_limits){100, 33, CT_CAPNP_RECORDS, 0};
    writer = open_writer(space, limits);
    while (!writer->is_full)
        writer->ops->step(writer, 0, 1);
    message = finish_and_read(space, writer);
    CHECK(message.segments > 250 && message.segments < 511);
    message_free(&message);
}

static void test_beyond_limits(const struct workspace *space)
{
    char text[800] = {0};
    struct ct_capnp_limits limits = {100, 33, CT_CAPNP_RECORDS, 0};
    struct ct_writer *writer = open_writer(space, limits);
    struct ct_error err = {0};
    writer->ops->name(writer, (struct ct_text){text, 32 * 8});
    CHECK(!writer->failed);
    writer->ops->name(writer, (struct ct_text){text, 33 * 8});
    CHECK(writer->failed);
    CHECK(writer->ops->finish(writer, &err) == CT_ERR_LIMIT && err.text[0] != '\0');
    writer->ops->free(writer);
    CHECK(access(space->file, F_OK) != 0);

    writer = open_writer(space, limits);
    for (int i = 0; !writer->is_full; i++)
        writer->ops->name(writer, (struct ct_text){text, 30 * 8});
    CHECK(!writer->failed);
    for (int i = 0; i < 100; i++)
        writer->ops->name(writer, (struct ct_text){text, 30 * 8});
    CHECK(writer->failed);
    CHECK(writer->ops->finish(writer, &err) == CT_ERR_LIMIT);
    CHECK(writer->failed && strstr(err.text, space->file) != NULL);
    writer->ops->free(writer);
    CHECK(workspace_is_empty(space));
}

/* The list moves behind the payloads where the file gets larger than this. */
static void test_plain_size(const struct workspace *space)
{
    for (int i = 0; i < 2; i++) {
        struct ct_capnp_limits limits = plain;
        limits.plain_size = CT_CAPNP_PROLOGUE + 4 - (uint64_t)i;
        struct ct_writer *writer = open_writer(space, limits);
        writer->ops->name(writer, CT_TEXT("abc")); /* a tag and three bytes */
        struct message message = finish_and_read(space, writer);
        CHECK(message.is_list_last == (i == 1));
        message_free(&message);
        CHECK(workspace_has_only_file(space));
    }
}

int main(void)
{
    struct workspace space;
    workspace_make(&space);
    test_two_segments(&space);
    test_random_traces(&space);
    test_junction(&space);
    test_grows_large(&space);
    test_open_runs(&space, plain);
    test_open_runs(&space, sharing);
    test_plain_size(&space);
    test_is_full(&space);
    test_beyond_limits(&space);
    workspace_remove(&space);
    return check_report();
}
