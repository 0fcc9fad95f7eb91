/* Putting trace.bin together (capnp_file.h).
 *
 * With one segment and the list first, the packed payloads are copied as they are,
 * behind a junction: the first run of the payloads may belong to a run that the list
 * leaves open. With several segments each payload gets a landing pad, so all of them
 * are packed once more. The work files are our own; still, what is cut or odd is an
 * error and not a crash. */
#include "trace/capnp_file.h"

#include "base/varint.h"
#include "trace/capnp.h"
#include "trace/file_reader.h"
#include "trace/pack.h"

#include <stdlib.h>

static const uint8_t header[8] = {0xc0, 0xde, 0x72, 0xac, 0xe2, 0, 0, 0};

#define SHAPE_TRACE ((struct ct_shape){0, 1})
#define SHAPE_RECORD ((struct ct_shape){1, 1})

void ct_capnp_index(struct ct_buf *index, enum ct_capnp_tag tag, uint64_t size)
{
    if (!ct_buf_reserve(index, 2 * CT_VARINT_MAX))
        return;
    uint8_t *stop = ct_varint_put(index->data + index->size, tag);
    index->size = (size_t)(ct_varint_put(stop, size) - index->data);
}

/* One record of the index, as the list and the layout need it. */
struct entry {
    uint64_t tag;
    uint64_t words;   /* of the payload */
    uint64_t pointer; /* to the payload, with offset 0 */
};

/* A pointer to the payload of a record that is a struct, with offset 0. */
static inline uint64_t struct_pointer(uint64_t tag)
{
    static const struct ct_shape shapes[] = {
        [CT_TAG_STEP] = {0, 2},          [CT_TAG_PATH] = {0, 1},
        [CT_TAG_TYPE] = {1, 2},          [CT_TAG_VALUE] = {0, 2},
        [CT_TAG_FUNCTION] = {0, 3},      [CT_TAG_CALL] = {0, 2},
        [CT_TAG_RETURN] = {0, 1},        [CT_TAG_EVENT] = {1, 2},
        [CT_TAG_THREAD_START] = {1, 0},  [CT_TAG_THREAD_EXIT] = {1, 0},
        [CT_TAG_THREAD_SWITCH] = {1, 0},
    };
    return tag < sizeof shapes / sizeof *shapes ? ct_pointer_struct(shapes[tag]) : 0;
}

static inline bool next_entry(struct ct_file_reader *index, struct entry *entry)
{
    uint64_t size;
    ct_file_reader_fill(index, 2 * CT_VARINT_MAX);
    if (!ct_varint_get(&index->next, index->end, &entry->tag) ||
        !ct_varint_get(&index->next, index->end, &size)) {
        if (index->error.status == CT_OK)
            ct_error_set(&index->error, CT_ERR_FORMAT, 0, "%.400s is cut", index->path);
        return false;
    }
    if (entry->tag == CT_TAG_NAME) {
        entry->words = ct_text_words(size);
        entry->pointer = ct_pointer_bytes(size + 1);
    } else {
        entry->words = size;
        entry->pointer = struct_pointer(entry->tag);
    }
    return true;
}

/* ---- the prologue -------------------------------------------------------------- */

/* The first words, which the end of a recording decides. A word in this form, a run of
 * one, can be overwritten in place (trace-formats.md 4.5). */
struct prologue {
    uint64_t table; /* segment table */
    uint64_t root;
    uint64_t list; /* pointer to the list */
};

static void put_fixed_word(struct ct_buf *out, uint64_t word)
{
    ct_buf_append_byte(out, 0xff);
    ct_buf_append(out, &word, sizeof word);
    ct_buf_append_byte(out, 0);
}

static void put_prologue(struct ct_buf *out, const struct prologue *prologue)
{
    ct_buf_append(out, header, sizeof header);
    put_fixed_word(out, prologue->table);
    put_fixed_word(out, prologue->root);
    put_fixed_word(out, prologue->list);
}

void ct_capnp_begin(struct ct_buf *out)
{
    put_prologue(out, &(const struct prologue){0});
}

/* ---- the stream of words ------------------------------------------------------- */

struct assembly {
    const struct ct_capnp_parts *parts;
    struct ct_sink *out;
    struct ct_packer packer;
    struct ct_file_reader index, payload;
    uint64_t pending[CT_PACK_RUN]; /* words of the payload's last run */
    size_t pending_next, pending_end;
    uint32_t sizes[CT_CAPNP_SEGMENTS]; /* words of each segment */
    size_t segments;
};

static void put_words(struct assembly *self, const uint64_t *words, size_t count)
{
    ct_pack(&self->packer, &self->out->buf, words, count);
}

/* Unpacks the payload's next run to `pending`. */
static bool next_run(struct assembly *self)
{
    struct ct_file_reader *payload = &self->payload;
    ct_file_reader_fill(payload, CT_PACK_TOKEN_MAX);
    self->pending_next = 0;
    self->pending_end = ct_unpack(&payload->next, payload->end, self->pending);
    if (self->pending_end == 0 && payload->error.status == CT_OK)
        ct_error_set(&payload->error, CT_ERR_FORMAT, 0, "%.400s is cut", payload->path);
    return self->pending_end != 0;
}

/* The segment table and the first three words. */
static void put_head(struct assembly *self)
{
    uint64_t records = self->parts->records;
    uint32_t table[CT_CAPNP_SEGMENTS + 2] = {(uint32_t)self->segments - 1};
    for (size_t i = 0; i < self->segments; i++)
        table[i + 1] = self->sizes[i];
    for (size_t i = 0; i <= self->segments; i += 2) {
        uint64_t word = table[i] | (uint64_t)table[i + 1] << 32;
        put_words(self, &word, 1);
    }
    const uint64_t head[CT_CAPNP_HEAD_WORDS] = {
        ct_pointer_struct(SHAPE_TRACE),
        ct_pointer_list(records * CT_CAPNP_RECORD_WORDS),
        ct_list_tag(records, SHAPE_RECORD),
    };
    put_words(self, head, CT_CAPNP_HEAD_WORDS);
}

/* ---- one segment --------------------------------------------------------------- */

static uint64_t message_words(const struct ct_capnp_parts *parts)
{
    return CT_CAPNP_HEAD_WORDS + parts->records * CT_CAPNP_RECORD_WORDS +
           parts->payload_words;
}

bool ct_capnp_is_one_segment(const struct ct_capnp_parts *parts)
{
    return message_words(parts) <= parts->segment_words;
}

/* Packs an entry as most are: a pointer to two pointers whose offset has no zero byte.
 * Eight bytes, in a sixth of the time: 0 0 or 1 and the tag, then which bytes of the
 * pointer are not zero, the four of the offset, and the 2 of CT_SHAPE_FULL_VALUE. False
 * if it is not such an entry. */
static inline bool put_usual_entry(struct assembly *self, uint64_t tag,
                                   uint64_t pointer)
{
    struct ct_buf *out = &self->out->buf;
    uint32_t offset = (uint32_t)pointer;
    bool has_zero = ((offset - 0x01010101u) & ~offset & 0x80808080u) != 0;
    if (has_zero || pointer >> 32 != UINT32_C(2) << 16 ||
        (self->packer.zeros | self->packer.full) != 0 || !ct_buf_reserve(out, 8))
        return false;
    uint64_t packed = (uint64_t)(tag != 0) | tag << 8 | UINT64_C(0x4f) << 16 |
                      (uint64_t)offset << 24 | UINT64_C(2) << 56;
    memcpy(out->data + out->size, &packed, 8);
    out->size += 8;
    return true;
}

/* The list, its pointers leading to payloads that follow each other; the first is
 * `distance` words behind the end of its pointer. */
static bool put_list(struct assembly *self, int64_t distance)
{
    for (uint64_t left = self->parts->records; left != 0; left--) {
        struct entry entry;
        if (!next_entry(&self->index, &entry))
            return false;
        uint64_t pointer = ct_pointer_to(entry.pointer, distance);
        if (!put_usual_entry(self, entry.tag, pointer))
            put_words(self, (const uint64_t[]){entry.tag, pointer},
                      CT_CAPNP_RECORD_WORDS);
        distance += (int64_t)entry.words - CT_CAPNP_RECORD_WORDS;
        if (!ct_sink_settle(self->out))
            return false;
    }
    return true;
}

/* Copies the packed payloads, which were packed as if nothing stood before them. */
static bool copy_payloads(struct assembly *self)
{
    struct ct_file_reader *payload = &self->payload;
    struct ct_sink *out = self->out;
    while (ct_file_reader_fill(payload, 1) != 0 &&
           ct_pack_joins(&self->packer, *payload->next)) {
        if (!next_run(self))
            return false;
        put_words(self, self->pending, self->pending_end);
    }
    ct_pack_close(&self->packer, &out->buf);
    while (ct_file_reader_fill(payload, 1) != 0) {
        ct_buf_append(&out->buf, payload->next, (size_t)(payload->end - payload->next));
        payload->next = payload->end;
        if (!ct_sink_flush(out))
            return false;
    }
    return payload->error.status == CT_OK;
}

/* ---- several segments ---------------------------------------------------------- */

/* Whether a payload, with its landing pad, still has room in a segment of `size`. */
static bool has_room(const struct assembly *self, uint64_t size, uint64_t words)
{
    return size + 1 + words <= self->parts->segment_words;
}

/* Decides which payload goes to which segment: `sizes` and `segments`. */
static bool plan_segments(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    self->sizes[0] =
        (uint32_t)(CT_CAPNP_HEAD_WORDS + parts->records * CT_CAPNP_RECORD_WORDS);
    self->segments = 1;
    uint64_t size = parts->segment_words; /* segment 0 takes no payload */
    for (uint64_t left = parts->records; left != 0; left--) {
        struct entry entry;
        if (!next_entry(&self->index, &entry))
            return false;
        if (!has_room(self, size, entry.words)) {
            if (self->segments == CT_CAPNP_SEGMENTS ||
                !has_room(self, 0, entry.words)) {
                ct_error_set(&self->index.error, CT_ERR_LIMIT, 0,
                             "%.400s would need more than %d segments", self->out->path,
                             CT_CAPNP_SEGMENTS);
                return false;
            }
            self->segments++;
            size = 0;
        }
        size += 1 + entry.words;
        self->sizes[self->segments - 1] = (uint32_t)size;
    }
    return true;
}

/* The list, its pointers leading to landing pads. */
static bool put_far_list(struct assembly *self)
{
    uint64_t segment = 0, size = self->parts->segment_words;
    for (uint64_t left = self->parts->records; left != 0; left--) {
        struct entry entry;
        if (!next_entry(&self->index, &entry))
            return false;
        if (!has_room(self, size, entry.words)) {
            segment++;
            size = 0;
        }
        put_words(self, (const uint64_t[]){entry.tag, 2 | size << 3 | segment << 32},
                  CT_CAPNP_RECORD_WORDS);
        size += 1 + entry.words;
        if (!ct_sink_settle(self->out))
            return false;
    }
    return true;
}

/* The payloads, each behind its landing pad. */
static bool put_payloads(struct assembly *self)
{
    for (uint64_t left = self->parts->records; left != 0; left--) {
        struct entry entry;
        if (!next_entry(&self->index, &entry))
            return false;
        put_words(self, &entry.pointer, 1);
        for (uint64_t words = entry.words; words != 0;) {
            if (self->pending_next == self->pending_end && !next_run(self))
                return false;
            uint64_t part = self->pending_end - self->pending_next;
            if (part > words)
                part = words;
            put_words(self, self->pending + self->pending_next, (size_t)part);
            self->pending_next += (size_t)part;
            words -= part;
            if (!ct_sink_settle(self->out))
                return false;
        }
    }
    ct_pack_close(&self->packer, &self->out->buf);
    return true;
}

static bool rewind_index(struct assembly *self)
{
    const struct ct_sink *index = self->parts->index;
    ct_file_reader_fini(&self->index);
    return ct_file_reader_init(&self->index, index->fd, index->path);
}

/* -------------------------------------------------------------------------------- */

static bool put_message(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    ct_buf_append(&self->out->buf, header, sizeof header);
    if (!ct_file_reader_init(&self->payload, parts->payload->fd, parts->payload->path))
        return false;
    self->payload.offset = CT_CAPNP_PROLOGUE;
    if (ct_capnp_is_one_segment(parts)) {
        self->segments = 1;
        self->sizes[0] = (uint32_t)message_words(parts);
        put_head(self);
        return put_list(self, (int64_t)(parts->records - 1) * CT_CAPNP_RECORD_WORDS) &&
               copy_payloads(self);
    }
    if (!plan_segments(self) || !rewind_index(self))
        return false;
    put_head(self);
    return put_far_list(self) && rewind_index(self) && put_payloads(self);
}

/* The list behind the payloads, and the words before them. */
static bool complete(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    struct ct_buf prologue = {0};
    put_prologue(&prologue,
                 &(const struct prologue){
                     .table = message_words(parts) << 32, /* one segment */
                     .root = ct_pointer_struct(SHAPE_TRACE),
                     .list = ct_pointer_to(
                         ct_pointer_list(parts->records * CT_CAPNP_RECORD_WORDS),
                         (int64_t)parts->payload_words),
                 });
    const uint64_t tag = ct_list_tag(parts->records, SHAPE_RECORD);
    put_words(self, &tag, 1);
    bool ok = put_list(self, -(int64_t)parts->payload_words - CT_CAPNP_HEAD_WORDS);
    ct_pack_close(&self->packer, &self->out->buf);
    ok = ok && ct_sink_flush(self->out) && ct_sink_overwrite(self->out, 0, &prologue);
    ct_buf_fini(&prologue);
    return ok;
}

/* The first failure of the three files, to *err. */
static enum ct_status report(const struct assembly *self, struct ct_error *err)
{
    const struct ct_error *errors[] = {&self->out->error, &self->index.error,
                                       &self->payload.error};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i]->status == CT_OK)
            continue;
        if (err != NULL)
            *err = *errors[i];
        return errors[i]->status;
    }
    return CT_OK;
}

/* Opens the index, runs `put`, and says what came of it. */
static enum ct_status run(bool (*put)(struct assembly *),
                          const struct ct_capnp_parts *parts, struct ct_sink *out,
                          struct ct_error *err)
{
    struct assembly *self = calloc(1, sizeof *self);
    if (self == NULL)
        return ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory for %.400s",
                            out->path);
    self->parts = parts;
    self->out = out;
    if (ct_file_reader_init(&self->index, parts->index->fd, parts->index->path) &&
        put(self))
        ct_sink_flush(out);
    enum ct_status status = report(self, err);
    ct_file_reader_fini(&self->index);
    ct_file_reader_fini(&self->payload);
    free(self);
    return status;
}

enum ct_status ct_capnp_complete(const struct ct_capnp_parts *parts,
                                 struct ct_error *err)
{
    return run(complete, parts, parts->payload, err);
}

enum ct_status ct_capnp_assemble(const struct ct_capnp_parts *parts,
                                 struct ct_sink *out, struct ct_error *err)
{
    return run(put_message, parts, out, err);
}
