/* trace.bin: the records as one packed Cap'n Proto message (trace-formats.md 4).
 *
 * Every record's payload is built in `words`, packed at once and appended to the file;
 * what the list of records needs goes to the index (capnp_file.h), and `finish` adds
 * the list. Up to CT_PLAIN_SIZE the file is laid out as trace-formats.md 4.4 has it:
 * the list comes first, which costs a copy of the rest, and each record has all of its
 * own.
 *
 * Above, nothing is in the file twice that is known to be there: a Value that is
 * written again is an entry of the list that points to the payload it has, and a
 * container that was made lately is a pointer to its list of values. Readers follow any
 * pointer (4.4). A pointer inside payloads stays in its segment. So when the message
 * gets too large for one, segments are begun where no container is between being
 * decoded and being written. */
#include "trace/writer_capnp.h"

#include "trace/capnp.h"
#include "trace/capnp_file.h"
#include "trace/pack.h"
#include "trace/sink.h"
#include "trace/subtree.h"

#include <stdlib.h>

/* The part of the records left for closing the trace when it is full: a Return for each
 * open call, and a change of thread before it. Some million records. */
#define RECORDS_SPARE_PART 256
#define SEGMENTS_SPARE 11 /* segments left for the same */

#ifndef CT_PLAIN_SIZE                   /* fuzzing has another */
#define CT_PLAIN_SIZE (4 * 1024 * 1024) /* bytes: copied within milliseconds */
#endif

#define PAYLOAD_WORDS (UINT64_C(1) << 26) /* of a record: 512 MiB before packing */

struct capnp_writer {
    struct ct_writer base;   /* first: a ct_writer is cast to this */
    struct ct_sink payload;  /* the file under its temporary name */
    struct ct_sink index;    /* work file */
    struct ct_sink out;      /* a copy that takes the name of `payload` */
    struct ct_packer packer; /* behind the last payload */
    uint64_t *words;         /* owned: where a payload is built */
    size_t capacity;         /* of `words`, in words */
    struct ct_capnp_limits limits;
    struct ct_capnp_segment next; /* where the next payload is to be */
    struct ct_capnp_segment segments[CT_CAPNP_SEGMENTS]; /* behind the list's */
    uint32_t segment_count;                              /* 0: one segment has all */
    uint32_t generation;   /* segment_count when it was asked for */
    struct ct_error error; /* of anything but the sinks */
};

static struct capnp_writer *self_of(struct ct_writer *writer)
{
    return (struct capnp_writer *)writer;
}

static void *fail(struct capnp_writer *self, enum ct_status status, const char *what)
{
    self->base.failed = true;
    if (self->error.status == CT_OK)
        ct_error_set(&self->error, status, 0, "%s %.400s", what, self->payload.path);
    return NULL;
}

/* Bytes of the packed payloads. */
static uint64_t payload_size(const struct capnp_writer *self)
{
    return self->payload.written + self->payload.buf.size;
}

/* Whether the file is small enough, so far, for the layout without sharing. */
static bool is_plain(const struct capnp_writer *self)
{
    return payload_size(self) <= self->limits.plain_size;
}

/* Room for a payload; NULL after a failure. */
static uint64_t *begin(struct ct_writer *writer, uint64_t words)
{
    struct capnp_writer *self = self_of(writer);
    if (writer->failed)
        return NULL;
    if (words > self->limits.payload_words)
        return fail(self, CT_ERR_LIMIT, "a record is too large for");
    if (words <= self->capacity)
        return self->words;
    uint64_t *larger = realloc(self->words, (size_t)words * 2 * sizeof *larger);
    if (larger == NULL)
        return fail(self, CT_ERR_MEMORY, "out of memory for");
    self->words = larger;
    self->capacity = (size_t)words * 2;
    return larger;
}

/* Begins a segment if the last one may not have room for so many words more. */
static void begin_segment(struct capnp_writer *self, uint64_t room)
{
    uint64_t limit = self->limits.segment_words, most = limit > room ? limit - room : 0;
    struct ct_capnp_segment *next = &self->next;
    if (self->segment_count == 0) {
        if (CT_CAPNP_HEAD_WORDS + self->base.records * CT_CAPNP_RECORD_WORDS +
                next->place <=
            most)
            return;
        self->segments[0] = (struct ct_capnp_segment){.offset = CT_CAPNP_PROLOGUE};
        self->segment_count = 1;
    }
    const struct ct_capnp_segment *last = &self->segments[self->segment_count - 1];
    if (next->place - last->place + next->number - last->number <= most)
        return;
    if (self->segment_count + 2 > CT_CAPNP_SEGMENTS) { /* the list's, and an end */
        fail(self, CT_ERR_LIMIT, "more segments than readers take for");
        return;
    }
    ct_pack_close(&self->packer, &self->payload.buf);
    next->offset = payload_size(self);
    self->segments[self->segment_count++] = *next;
}

static uint32_t generation(struct ct_writer *writer)
{
    struct capnp_writer *self = self_of(writer);
    begin_segment(self, 2 * self->limits.payload_words + 2);
    self->generation = self->segment_count;
    return is_plain(self) ? 0 : 1 + self->generation;
}

/* Counts records that are in the work files; the next payload finds its room. */
static void add_records(struct capnp_writer *self, size_t count, uint64_t words)
{
    struct ct_writer *writer = &self->base;
    writer->records += count;
    writer->words += CT_CAPNP_RECORD_WORDS * count + words;
    writer->is_full =
        writer->records >=
            self->limits.records - self->limits.records / RECORDS_SPARE_PART ||
        self->segment_count + SEGMENTS_SPARE > CT_CAPNP_SEGMENTS;
    if (!ct_sink_settle(&self->payload) || !ct_sink_settle(&self->index))
        writer->failed = true;
    begin_segment(self, self->limits.payload_words + 1);
}

/* Packs the payload of so many words. `size` as ct_capnp_index has it; `known_words` as
 * in struct ct_capnp_room. */
static void add_payload(struct capnp_writer *self, enum ct_capnp_tag tag, uint64_t size,
                        uint64_t words, uint64_t known_words)
{
    ct_pack(&self->packer, &self->payload.buf, self->words, (size_t)words);
    ct_capnp_index(&self->index.buf, tag, self->next.place, size);
    self->next.place += words;
    self->next.number++;
    add_records(self, 1, words + known_words);
}

/* Ends the payload that began at `words`. */
static void end(struct ct_writer *writer, enum ct_capnp_tag tag, const uint64_t *next)
{
    struct capnp_writer *self = self_of(writer);
    uint64_t words = (uint64_t)(next - self->words);
    add_payload(self, tag, 0, words, 0);
}

/* ---- definitions ---------------------------------------------------------------- */

static void put_path(struct ct_writer *writer, struct ct_text path)
{
    uint64_t *next = begin(writer, 1 + ct_text_words(path.size));
    if (next == NULL)
        return;
    uint64_t *record = ct_capnp_struct(&next, NULL, (struct ct_shape){0, 1});
    ct_capnp_text(&next, &record[0], path);
    end(writer, CT_TAG_PATH, next);
}

static void put_function(struct ct_writer *writer, uint64_t path_id, int64_t line,
                         struct ct_text name)
{
    uint64_t *next = begin(writer, 5 + ct_text_words(name.size));
    if (next == NULL)
        return;
    uint64_t *record = ct_capnp_struct(&next, NULL, (struct ct_shape){0, 3});
    ct_capnp_id(&next, &record[0], path_id);
    ct_capnp_id(&next, &record[1], (uint64_t)line);
    ct_capnp_text(&next, &record[2], name);
    end(writer, CT_TAG_FUNCTION, next);
}

static uint64_t type_words(const struct ct_type *type)
{
    uint64_t words = 5 + ct_text_words(type->lang_type.size);
    if (type->kind != CT_KIND_STRUCT)
        return words;
    words += 1;
    for (size_t i = 0; i < type->field_count; i++)
        words += 3 + ct_text_words(type->fields[i].size);
    return words;
}

static void put_type(struct ct_writer *writer, const struct ct_type *type)
{
    uint64_t *next = begin(writer, type_words(type));
    if (next == NULL)
        return;
    uint64_t *record = ct_capnp_struct(&next, NULL, (struct ct_shape){1, 2});
    record[0] = (uint64_t)type->kind;
    ct_capnp_text(&next, &record[1], type->lang_type);
    uint64_t *info = ct_capnp_struct(&next, &record[2], (struct ct_shape){1, 1});
    if (type->kind == CT_KIND_STRUCT) {
        info[0] = 1;
        uint64_t *field =
            ct_capnp_list(&next, &info[1], type->field_count, (struct ct_shape){0, 2});
        for (size_t i = 0; i < type->field_count; i++, field += 2) {
            ct_capnp_text(&next, &field[0], type->fields[i]);
            ct_capnp_id(&next, &field[1], type->field_type);
        }
    }
    end(writer, CT_TAG_TYPE, next);
}

static void put_name(struct ct_writer *writer, struct ct_text name)
{
    struct capnp_writer *self = self_of(writer);
    uint64_t words = ct_text_words(name.size);
    uint64_t *next = begin(writer, words);
    if (next == NULL)
        return;
    ct_capnp_text_words(&next, name);
    add_payload(self, CT_TAG_NAME, name.size, words, 0);
}

/* ---- what happens --------------------------------------------------------------- */

static void put_step(struct ct_writer *writer, uint64_t path_id, int64_t line)
{
    uint64_t *next = begin(writer, 4);
    if (next == NULL)
        return;
    uint64_t *record = ct_capnp_struct(&next, NULL, (struct ct_shape){0, 2});
    ct_capnp_id(&next, &record[0], path_id);
    ct_capnp_id(&next, &record[1], (uint64_t)line);
    end(writer, CT_TAG_STEP, next);
}

static uint64_t full_value_words(const struct ct_tree *value)
{
    return 3 + ct_capnp_value_words(value);
}

static void fill_full_value(uint64_t **next, uint64_t *record, uint64_t variable_id,
                            const struct ct_tree *value, struct ct_capnp_room *room)
{
    ct_capnp_id(next, &record[0], variable_id);
    ct_capnp_value(next, &record[1], value, room);
}

/* Room for a payload with values; `words` NULL after a failure. */
static struct ct_capnp_room begin_values(struct ct_writer *writer, uint64_t words)
{
    return (struct ct_capnp_room){.words = begin(writer, words),
                                  .place = self_of(writer)->next.place};
}

/* Ends the payload, of so many words and with the values of this tree's record in it.
 */
static void end_values(struct ct_writer *writer, enum ct_capnp_tag tag, uint64_t words,
                       const struct ct_capnp_room *room, const struct ct_tree *value)
{
    struct capnp_writer *self = self_of(writer);
    if (room->known_words != 0 && self->generation != self->segment_count) {
        fail(self, CT_ERR_LIMIT, "a record's definitions are too large for");
        return;
    }
    ct_subtrees_remember(value->subtrees, &self->payload.buf);
    add_payload(self, tag, 0, words, room->known_words);
}

static void put_value(struct ct_writer *writer, uint64_t variable_id,
                      const struct ct_tree *value, struct ct_fragment *written)
{
    struct capnp_writer *self = self_of(writer);
    uint64_t size = full_value_words(value);
    struct ct_capnp_room room = begin_values(writer, size);
    if (room.words == NULL)
        return;
    uint64_t *next = self->words;
    uint64_t *record = ct_capnp_struct(&next, NULL, CT_SHAPE_FULL_VALUE);
    fill_full_value(&next, record, variable_id, value, &room);
    ct_buf_clear(&written->bytes);
    if (!is_plain(self))
        ct_capnp_index_again(&written->bytes, self->next.place, self->next.number);
    written->words = size + room.known_words;
    end_values(writer, CT_TAG_VALUE, size, &room, value);
}

static void put_values(struct ct_writer *writer, const struct ct_records *records)
{
    struct capnp_writer *self = self_of(writer);
    if (writer->failed)
        return;
    ct_buf_append(&self->index.buf, records->bytes, records->size);
    add_records(self, records->count, records->words);
}

static void put_call(struct ct_writer *writer, uint64_t function_id, size_t count,
                     const struct ct_argument *args)
{
    uint64_t size = 4;
    for (size_t i = 0; i < count; i++)
        size += full_value_words(&args[i].value);
    struct ct_capnp_room room = begin_values(writer, size);
    if (room.words == NULL)
        return;
    uint64_t *next = self_of(writer)->words;
    uint64_t *record = ct_capnp_struct(&next, NULL, (struct ct_shape){0, 2});
    ct_capnp_id(&next, &record[0], function_id);
    uint64_t *arg = ct_capnp_list(&next, &record[1], count, CT_SHAPE_FULL_VALUE);
    for (size_t i = 0; i < count; i++, arg += 2)
        fill_full_value(&next, arg, args[i].variable_id, &args[i].value, &room);
    if (count == 0)
        end(writer, CT_TAG_CALL, next);
    else
        end_values(writer, CT_TAG_CALL, size, &room, &args[0].value);
}

static void put_return(struct ct_writer *writer, const struct ct_tree *value)
{
    uint64_t size = 1 + ct_capnp_value_words(value);
    struct ct_capnp_room room = begin_values(writer, size);
    if (room.words == NULL)
        return;
    uint64_t *next = self_of(writer)->words;
    uint64_t *record = ct_capnp_struct(&next, NULL, (struct ct_shape){0, 1});
    ct_capnp_value(&next, &record[0], value, &room);
    end_values(writer, CT_TAG_RETURN, size, &room, value);
}

static uint64_t event_number(enum ct_event_kind kind)
{
    switch (kind) {
    case CT_EVENT_KIND_WRITE:
        return 0;
    case CT_EVENT_KIND_WRITE_OTHER:
        return 11;
    case CT_EVENT_KIND_READ:
        return 2;
    case CT_EVENT_KIND_ERROR:
        break;
    }
    return 9;
}

static void put_event(struct ct_writer *writer, enum ct_event_kind kind,
                      struct ct_text metadata, struct ct_text content)
{
    uint64_t *next =
        begin(writer, 3 + ct_text_words(content.size) + ct_text_words(metadata.size));
    if (next == NULL)
        return;
    uint64_t *record = ct_capnp_struct(&next, NULL, (struct ct_shape){1, 2});
    record[0] = event_number(kind);
    ct_capnp_text(&next, &record[1], content);
    ct_capnp_text(&next, &record[2], metadata);
    end(writer, CT_TAG_EVENT, next);
}

static void put_thread(struct ct_writer *writer, enum ct_thread_record record,
                       uint64_t number)
{
    uint64_t *next = begin(writer, 1);
    if (next == NULL)
        return;
    *next++ = number;
    end(writer, (enum ct_capnp_tag)record, next);
}

/* ---- beginning and end ---------------------------------------------------------- */

static enum ct_status report(const struct capnp_writer *self, struct ct_error *err)
{
    const struct ct_error *errors[] = {&self->error, &self->payload.error,
                                       &self->index.error, &self->out.error};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i]->status == CT_OK)
            continue;
        if (err != NULL)
            *err = *errors[i];
        return errors[i]->status;
    }
    return CT_OK;
}

static void write_behind(struct ct_writer *writer, const _Atomic uint32_t *is_awaited)
{
    ct_sink_write_behind(&self_of(writer)->payload, is_awaited);
}

/* An entry of the list takes some eight bytes when it is packed. */
static uint64_t size_of(const struct ct_writer *writer)
{
    const struct capnp_writer *self = (const struct capnp_writer *)writer;
    return payload_size(self) + 8 * writer->records;
}

static bool add_list(struct capnp_writer *self, const struct ct_capnp_parts *parts)
{
    struct ct_sink *payload = &self->payload;
    if (!is_plain(self) && parts->segments == NULL)
        return ct_capnp_complete(parts, &self->error) == CT_OK &&
               ct_sink_finish(payload);
    return ct_sink_unlink(payload) && ct_sink_open(&self->out, payload->path) &&
           ct_capnp_assemble(parts, &self->out, &self->error) == CT_OK &&
           ct_sink_finish(&self->out);
}

static enum ct_status finish(struct ct_writer *writer, struct ct_error *err)
{
    struct capnp_writer *self = self_of(writer);
    if (!writer->failed) {
        ct_pack_close(&self->packer, &self->payload.buf);
        self->next.offset = payload_size(self);
        if (self->segment_count > 1 &&
            self->segments[self->segment_count - 1].number == self->next.number)
            self->segment_count--;
        self->segments[self->segment_count] = self->next;
        const struct ct_capnp_parts parts = {
            .index = &self->index,
            .payload = &self->payload,
            .records = writer->records,
            .segments = self->segment_count == 0 ? NULL : self->segments,
            .segment_count = self->segment_count,
            .payload_words = self->next.place,
        };
        writer->failed = !ct_sink_flush(&self->payload) ||
                         !ct_sink_flush(&self->index) || !add_list(self, &parts);
    }
    return report(self, err);
}

static void free_writer(struct ct_writer *writer)
{
    struct capnp_writer *self = self_of(writer);
    ct_sink_fini(&self->out);
    ct_sink_fini(&self->payload);
    ct_sink_fini(&self->index);
    free(self->words);
    free(self);
}

static const struct ct_writer_ops capnp_ops = {
    .events_file = "trace.bin",
    .has_float = true,
    .path = put_path,
    .function = put_function,
    .type = put_type,
    .name = put_name,
    .step = put_step,
    .value = put_value,
    .put_values = put_values,
    .call = put_call,
    .ret = put_return,
    .event = put_event,
    .thread = put_thread,
    .generation = generation,
    .write_behind = write_behind,
    .size = size_of,
    .finish = finish,
    .free = free_writer,
};

struct ct_writer *ct_writer_capnp_new_limited(const char *temporary_path,
                                              struct ct_capnp_limits limits,
                                              struct ct_error *err)
{
    struct capnp_writer *self = calloc(1, sizeof *self);
    if (self == NULL) {
        ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory for %.400s", temporary_path);
        return NULL;
    }
    self->base.ops = &capnp_ops;
    self->base.words = CT_CAPNP_HEAD_WORDS;
    self->limits = limits;
    self->out.fd = self->payload.fd = self->index.fd = -1;
    if (!ct_sink_open(&self->payload, temporary_path) ||
        !ct_sink_open_work(&self->index, temporary_path, ".index")) {
        report(self, err);
        free_writer(&self->base);
        return NULL;
    }
    ct_capnp_begin(&self->payload.buf);
    return &self->base;
}

struct ct_writer *ct_writer_capnp_new(const char *temporary_path, struct ct_error *err)
{
    const struct ct_capnp_limits limits = {
        .segment_words = CT_CAPNP_SEGMENT_WORDS,
        .payload_words = PAYLOAD_WORDS,
        .records = CT_CAPNP_RECORDS,
        .plain_size = CT_PLAIN_SIZE,
    };
    return ct_writer_capnp_new_limited(temporary_path, limits, err);
}
