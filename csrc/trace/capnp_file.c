/* Putting trace.bin together (capnp_file.h).
 *
 * With the list first the packed payloads are copied as they are, behind a junction:
 * the first run of the payloads may belong to a run that what is before leaves open.
 * With several segments the landing pads of a segment stand behind its payloads, which
 * point to each other and so keep their distances. The work files are our own; still,
 * what is cut or odd is an error and not a crash. */
#include "trace/capnp_file.h"

#include "trace/capnp.h"
#include "trace/file_reader.h"
#include "trace/pack.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t header[8] = {0xc0, 0xde, 0x72, 0xac, 0xe2, 0, 0, 0};

#define ENTRY_SIZE 12 /* bytes of a record in the index */
#define PLACE_SHIFT 8 /* below the place there: the tag, and … */
#define AGAIN 128u    /* … whether the payload is an earlier one */
#define SHAPE_TRACE ((struct ct_shape){0, 1})
#define SHAPE_RECORD ((struct ct_shape){1, 1})

/* A record of the index: twelve bytes, since there may be hundreds of millions, all to
 * be read while the program waits for its trace. */
static void put_entry(struct ct_buf *index, uint64_t place, uint32_t tag, uint64_t more)
{
    const uint64_t first = place << PLACE_SHIFT | tag;
    const uint32_t second = (uint32_t)more; /* the format's limits are below 2³² */
    if (!ct_buf_reserve(index, ENTRY_SIZE))
        return;
    memcpy(index->data + index->size, &first, sizeof first);
    memcpy(index->data + index->size + sizeof first, &second, sizeof second);
    index->size += ENTRY_SIZE;
}

void ct_capnp_index(struct ct_buf *index, enum ct_capnp_tag tag, uint64_t place,
                    uint64_t size)
{
    put_entry(index, place, tag, size);
}

void ct_capnp_index_again(struct ct_buf *index, uint64_t place, uint64_t number)
{
    put_entry(index, place, AGAIN | CT_TAG_VALUE, number);
}

/* One record of the index, as the list and the layout need it. */
struct entry {
    uint64_t tag;
    uint64_t pointer; /* to the payload, with offset 0 */
    uint64_t place;   /* of the payload: words before it, of all payloads */
    uint64_t number;  /* … payloads before it */
    bool is_new;      /* it is the first with this payload */
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
    uint64_t number; /* of the next new payload in the index */
};

static inline bool next_entry(struct assembly *self, struct entry *entry)
{
    struct ct_file_reader *index = &self->index;
    uint64_t first;
    uint32_t second;
    if (ct_file_reader_fill(index, ENTRY_SIZE) < ENTRY_SIZE) {
        if (index->error.status == CT_OK)
            ct_error_set(&index->error, CT_ERR_FORMAT, 0, "%.400s is cut", index->path);
        return false;
    }
    memcpy(&first, index->next, sizeof first);
    memcpy(&second, index->next + sizeof first, sizeof second);
    index->next += ENTRY_SIZE;
    entry->place = first >> PLACE_SHIFT;
    entry->tag = first & (AGAIN - 1);
    entry->is_new = (first & AGAIN) == 0;
    entry->number = entry->is_new ? self->number++ : second;
    entry->pointer = entry->tag == CT_TAG_NAME ? ct_pointer_bytes((uint64_t)second + 1)
                                               : struct_pointer(entry->tag);
    return true;
}

static void put_words(struct assembly *self, const uint64_t *words, size_t count)
{
    ct_pack(&self->packer, &self->out->buf, words, count);
}

/* The word in its segment where a payload's landing pad is. */
static uint64_t pad_place(const struct ct_capnp_segment *segment, uint64_t number)
{
    return segment[1].place - segment->place + number - segment->number;
}

/* Words of a segment of payloads, with its landing pads. */
static uint64_t segment_words(const struct ct_capnp_segment *segment)
{
    return pad_place(segment, segment[1].number);
}

/* Of the segment with the list. */
static uint64_t first_words(const struct ct_capnp_parts *parts)
{
    return CT_CAPNP_HEAD_WORDS + parts->records * CT_CAPNP_RECORD_WORDS +
           (parts->segments == NULL ? parts->payload_words : 0);
}

/* The segment table and the first three words. */
static void put_head(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    uint64_t records = parts->records;
    size_t count = parts->segments == NULL ? 0 : parts->segment_count;
    uint32_t table[CT_CAPNP_SEGMENTS + 2] = {(uint32_t)count,
                                             (uint32_t)first_words(parts)};
    for (size_t i = 0; i < count; i++)
        table[i + 2] = (uint32_t)segment_words(&parts->segments[i]);
    for (size_t i = 0; i <= count + 1; i += 2) {
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

/* ---- the list ------------------------------------------------------------------ */

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

/* The list in the segment of the payloads, which begin `distance` words behind the end
 * of its first pointer. */
static bool put_list(struct assembly *self, int64_t distance)
{
    for (uint64_t left = self->parts->records; left != 0; left--) {
        struct entry entry;
        if (!next_entry(self, &entry))
            return false;
        uint64_t pointer =
            ct_pointer_to(entry.pointer, distance + (int64_t)entry.place);
        if (!put_usual_entry(self, entry.tag, pointer))
            put_words(self, (const uint64_t[]){entry.tag, pointer},
                      CT_CAPNP_RECORD_WORDS);
        distance -= CT_CAPNP_RECORD_WORDS;
        if (!ct_sink_settle(self->out))
            return false;
    }
    return true;
}

/* The segment of a payload, 0 the first behind the list's. */
static size_t find_segment(const struct ct_capnp_parts *parts, uint64_t number)
{
    size_t low = 0, high = parts->segment_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (parts->segments[middle].number <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The list, its pointers leading to landing pads. */
static bool put_far_list(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    for (uint64_t left = parts->records; left != 0; left--) {
        struct entry entry;
        if (!next_entry(self, &entry))
            return false;
        size_t segment = find_segment(parts, entry.number);
        uint64_t pad = pad_place(&parts->segments[segment], entry.number);
        put_words(
            self,
            (const uint64_t[]){entry.tag, 2 | pad << 3 | (uint64_t)(segment + 1) << 32},
            CT_CAPNP_RECORD_WORDS);
        if (!ct_sink_settle(self->out))
            return false;
    }
    return true;
}

/* ---- the payloads --------------------------------------------------------------- */

/* Bytes of the payload file that have been used. */
static uint64_t used(const struct ct_file_reader *payload)
{
    return payload->offset - (uint64_t)(payload->end - payload->next);
}

/* Packs the payload's next run again. */
static bool put_run(struct assembly *self)
{
    struct ct_file_reader *payload = &self->payload;
    uint64_t words[CT_PACK_RUN];
    ct_file_reader_fill(payload, CT_PACK_TOKEN_MAX);
    size_t count = ct_unpack(&payload->next, payload->end, words);
    if (count == 0 && payload->error.status == CT_OK)
        ct_error_set(&payload->error, CT_ERR_FORMAT, 0, "%.400s is cut", payload->path);
    put_words(self, words, count);
    return count != 0;
}

/* Copies packed payloads up to a byte of their file, which were packed as if nothing
 * stood before them. */
static bool copy_payloads(struct assembly *self, uint64_t stop)
{
    struct ct_file_reader *payload = &self->payload;
    struct ct_sink *out = self->out;
    while (used(payload) < stop && ct_file_reader_fill(payload, 1) != 0 &&
           ct_pack_joins(&self->packer, *payload->next)) {
        if (!put_run(self))
            return false;
    }
    ct_pack_close(&self->packer, &out->buf);
    while (used(payload) < stop && ct_file_reader_fill(payload, 1) != 0) {
        uint64_t size = (uint64_t)(payload->end - payload->next);
        if (size > stop - used(payload))
            size = stop - used(payload);
        ct_buf_append(&out->buf, payload->next, (size_t)size);
        payload->next += size;
        if (!ct_sink_flush(out))
            return false;
    }
    return payload->error.status == CT_OK;
}

static bool rewind_index(struct assembly *self)
{
    const struct ct_sink *index = self->parts->index;
    ct_file_reader_fini(&self->index);
    self->number = 0;
    return ct_file_reader_init(&self->index, index->fd, index->path);
}

/* The landing pads of a segment's payloads. */
static bool put_pads(struct assembly *self, const struct ct_capnp_segment *segment)
{
    while (self->number < segment[1].number) {
        struct entry entry;
        if (!next_entry(self, &entry))
            return false;
        if (!entry.is_new)
            continue;
        uint64_t pad = pad_place(segment, entry.number);
        int64_t distance = (int64_t)(entry.place - segment->place) - (int64_t)(pad + 1);
        uint64_t pointer = ct_pointer_to(entry.pointer, distance);
        put_words(self, &pointer, 1);
        if (!ct_sink_settle(self->out))
            return false;
    }
    return true;
}

static bool put_segments(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    if (!put_far_list(self) || !rewind_index(self))
        return false;
    for (size_t i = 0; i < parts->segment_count; i++) {
        const struct ct_capnp_segment *segment = &parts->segments[i];
        if (!copy_payloads(self, segment[1].offset) || !put_pads(self, segment))
            return false;
    }
    ct_pack_close(&self->packer, &self->out->buf);
    return true;
}

/* -------------------------------------------------------------------------------- */

static bool put_message(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    ct_buf_append(&self->out->buf, header, sizeof header);
    if (!ct_file_reader_init(&self->payload, parts->payload->fd, parts->payload->path))
        return false;
    self->payload.offset = CT_CAPNP_PROLOGUE;
    put_head(self);
    if (parts->segments != NULL)
        return put_segments(self);
    return put_list(self, (int64_t)(parts->records - 1) * CT_CAPNP_RECORD_WORDS) &&
           copy_payloads(self, UINT64_MAX);
}

/* The list behind the payloads, and the words before them. */
static bool complete(struct assembly *self)
{
    const struct ct_capnp_parts *parts = self->parts;
    struct ct_buf prologue = {0};
    put_prologue(&prologue,
                 &(const struct prologue){
                     .table = first_words(parts) << 32, /* one segment */
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
