/* The reference packing and framing (reference.h). */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static int zero_bytes_of(uint64_t word)
{
    int zeros = 0;
    for (int j = 0; j < 8; j++)
        zeros += (word >> 8 * j & 0xff) == 0;
    return zeros;
}

struct bytes reference_pack(const uint64_t *words, size_t count)
{
    struct bytes out = {must(malloc(count * 10 + 1)), 0};
    for (size_t i = 0; i < count;) {
        uint64_t word = words[i++];
        size_t tag_at = out.size++;
        out.data[tag_at] = 0;
        for (int j = 0; j < 8; j++)
            if (word >> 8 * j & 0xff) {
                out.data[tag_at] |= (uint8_t)(1 << j);
                out.data[out.size++] = (uint8_t)(word >> 8 * j);
            }
        int zeros = zero_bytes_of(word);
        if (zeros != 0 && zeros != 8)
            continue;
        size_t further = 0;
        while (i + further < count && further < 255 &&
               (zeros == 8 ? words[i + further] == 0
                           : zero_bytes_of(words[i + further]) <= 1))
            further++;
        out.data[out.size++] = (uint8_t)further;
        if (zeros == 0) {
            memcpy(out.data + out.size, words + i, further * 8);
            out.size += further * 8;
        }
        i += further;
    }
    return out;
}

struct words reference_unpack(const uint8_t *bytes, size_t size)
{
    struct words out = {NULL, 0};
    size_t capacity = 0;
    for (size_t i = 0; i < size;) {
        if (capacity - out.count < 256) {
            capacity = capacity * 2 + 256;
            out.data = must(realloc(out.data, capacity * 8));
        }
        uint8_t tag = bytes[i++];
        uint64_t word = 0;
        for (int j = 0; j < 8; j++)
            if (tag >> j & 1) {
                if (i == size)
                    goto cut;
                word |= (uint64_t)bytes[i++] << 8 * j;
            }
        out.data[out.count++] = word;
        if (tag != 0 && tag != 0xff)
            continue;
        if (i == size)
            goto cut;
        for (size_t further = bytes[i++]; further != 0; further--) {
            word = 0;
            if (tag == 0xff) {
                if (size - i < 8)
                    goto cut;
                memcpy(&word, bytes + i, 8);
                i += 8;
            }
            out.data[out.count++] = word;
        }
    }
    return out;
cut:
    out.count = SIZE_MAX;
    return out;
}

struct bytes read_file(const char *path)
{
    FILE *file = must(fopen(path, "rb"));
    if (fseek(file, 0, SEEK_END) != 0)
        abort();
    struct bytes out = {NULL, (size_t)ftell(file)};
    rewind(file);
    out.data = must(malloc(out.size + 1));
    if (fread(out.data, 1, out.size, file) != out.size)
        abort();
    fclose(file);
    return out;
}

struct bytes from_hex(const char *text)
{
    struct bytes out = {must(malloc(strlen(text) / 2 + 1)), 0};
    unsigned digits = 0, value = 0;
    for (; *text != '\0'; text++) {
        const char *digit = strchr("0123456789abcdef", *text);
        if (digit == NULL)
            continue;
        value = value << 4 | (unsigned)(digit - "0123456789abcdef");
        if (++digits % 2 == 0)
            out.data[out.size++] = (uint8_t)value;
    }
    return out;
}

/* ---- messages ----------------------------------------------------------------- */

struct segment {
    const uint64_t *words;
    size_t count;
    /* Of the payloads in it: */
    const uint64_t *next; /* where the next one may begin */
    struct record *last;
    const uint64_t *pads; /* the first landing pad */
    size_t payloads;
};

static bool read_segments(struct message *message, struct segment *segments)
{
    const struct words *all = &message->words;
    const uint32_t *table = (const uint32_t *)(const void *)all->data;
    size_t table_words = (message->segments + 2) / 2, at = table_words;
    if (message->segments % 2 == 0 && table[message->segments + 1] != 0)
        return false;
    if (table_words > all->count)
        return false;
    for (size_t i = 0; i < message->segments; i++) {
        segments[i] = (struct segment){all->data + at, table[i + 1], all->data + at,
                                       NULL,           NULL,         0};
        if (segments[i].count > all->count - at)
            return false;
        at += segments[i].count;
    }
    return at == all->count;
}

/* Where the payload begins, by pointer and, if far, landing pad. `*part` is its
 * segment, `*pad` the landing pad or NULL. */
static const uint64_t *payload_of(const struct message *message,
                                  struct segment *segments, const uint64_t *pointer_at,
                                  uint64_t *pointer, struct segment **part,
                                  const uint64_t **pad)
{
    *pointer = *pointer_at;
    *part = &segments[0];
    *pad = NULL;
    if ((*pointer & 3) == 2) {
        uint64_t number = *pointer >> 32, index = (*pointer & 0xffffffff) >> 3;
        if ((*pointer & 4) != 0 || number == 0 || number >= message->segments ||
            index >= segments[number].count)
            return NULL;
        *part = &segments[number];
        *pad = pointer_at = segments[number].words + index;
        *pointer = *pointer_at;
    }
    const uint64_t *payload = pointer_at + 1 + ((int32_t)(*pointer & 0xffffffff) >> 2);
    *pointer &= ~(uint64_t)0xfffffffc;
    if (payload < (*part)->words || payload >= (*part)->words + (*part)->count)
        return NULL;
    return payload;
}

/* The earlier record that has this payload, or NULL. */
static const struct record *find_payload(const struct message *message, size_t before,
                                         const uint64_t *payload)
{
    while (before-- != 0) {
        if (message->records[before].payload == payload)
            return &message->records[before];
    }
    return NULL;
}

static bool read_records(struct message *message, struct segment *segments)
{
    struct segment *first = &segments[0];
    if (first->count < 3 || first->words[0] != (uint64_t)1 << 48)
        return false;
    size_t list_at = 2 + ((first->words[1] & 0xffffffff) >> 2);
    message->is_list_last = list_at != 2;
    if (list_at >= first->count)
        return false;
    message->count = (size_t)(first->words[list_at] & 0xffffffff) >> 2;
    size_t list_words = 2 * message->count;
    if (first->words[1] >> 32 != (7 | (uint64_t)list_words << 3) ||
        (first->words[1] & 3) != 1 || first->words[list_at] >> 32 != 0x10001 ||
        list_words > first->count - list_at - 1 ||
        (message->is_list_last && list_at + 1 + list_words != first->count))
        return false;
    message->records = must(calloc(message->count + 1, sizeof *message->records));
    const uint64_t *entries = first->words + list_at + 1;
    first->next = message->is_list_last ? first->words + 2 : entries + list_words;
    struct segment *part_before = first;
    for (size_t i = 0; i < message->count; i++) {
        struct record *record = &message->records[i];
        const uint64_t *entry = entries + 2 * i, *pad;
        struct segment *part;
        record->tag = entry[0];
        record->payload =
            payload_of(message, segments, entry + 1, &record->pointer, &part, &pad);
        if (record->payload == NULL || (part == first) != (message->segments == 1))
            return false;
        const struct record *same = find_payload(message, i, record->payload);
        record->is_again = same != NULL;
        if (same != NULL) { /* only Values are */
            if (record->tag != 5 || same->tag != 5 || record->pointer != same->pointer)
                return false;
            continue;
        }
        if (part < part_before || (part->last == NULL ? record->payload != part->next
                                                      : record->payload < part->next))
            return false;
        if (part->last != NULL)
            part->last->words = (size_t)(record->payload - part->last->payload);
        if (pad != NULL && part->last != NULL && pad != part->pads + part->payloads)
            return false;
        if (part->last == NULL)
            part->pads = pad;
        part->payloads++;
        part->last = record;
        part->next = record->payload + 1;
        part_before = part;
    }
    for (size_t i = 0; i < message->segments; i++) {
        struct segment *part = &segments[i];
        const uint64_t *end = part->words + part->count;
        if (part->pads != NULL && part->pads + part->payloads != end)
            return false;
        if (part->last != NULL)
            part->last->words = (size_t)((part->pads != NULL      ? part->pads
                                          : message->is_list_last ? entries - 1
                                                                  : end) -
                                         part->last->payload);
    }
    for (size_t i = 0; i < message->count; i++) {
        struct record *record = &message->records[i];
        if (record->is_again)
            record->words = find_payload(message, i, record->payload)->words;
    }
    return true;
}

/* The words packed again give the bytes behind the header. With the list last, the
 * table and the first two words are runs of one, and payloads and list packed alone. */
static bool is_packed_well(const struct message *message, struct bytes file)
{
    const uint64_t *words = message->words.data;
    size_t count = message->words.count, first = 0, list = count;
    const uint8_t *next = file.data + 8, *end = file.data + file.size;
    if (message->is_list_last) {
        for (; first < 3; first++, next += 10)
            if (end - next < 10 || next[0] != 0xff || next[9] != 0 ||
                memcmp(next + 1, words + first, 8) != 0)
                return false;
        list = first + ((words[2] & 0xffffffff) >> 2);
    }
    const size_t starts[] = {first, list, count};
    bool is_good = true;
    for (int i = 0; i < 2; i++) {
        struct bytes again =
            reference_pack(words + starts[i], starts[i + 1] - starts[i]);
        is_good = is_good && again.size <= (size_t)(end - next) &&
                  memcmp(again.data, next, again.size) == 0;
        next += again.size;
        free(again.data);
        if (!is_good)
            return false;
    }
    return next == end;
}

bool message_read(struct message *message, const char *path)
{
    static const uint8_t header[8] = {0xc0, 0xde, 0x72, 0xac, 0xe2};
    struct bytes file = read_file(path);
    struct segment segments[511];
    memset(message, 0, sizeof *message);
    bool is_good = file.size > 8 && memcmp(file.data, header, 8) == 0;
    if (is_good) {
        message->words = reference_unpack(file.data + 8, file.size - 8);
        is_good = message->words.count != SIZE_MAX && message->words.count != 0;
    }
    if (is_good) {
        message->segments = (size_t)(message->words.data[0] & 0xffffffff) + 1;
        is_good = message->segments <= 511 && read_segments(message, segments) &&
                  read_records(message, segments) && is_packed_well(message, file);
    }
    free(file.data);
    return is_good;
}

static void add_word(struct words *out, uint64_t word)
{
    if (out->count % 1024 == 0)
        out->data = must(realloc(out->data, (out->count + 1024) * sizeof word));
    out->data[out->count++] = word;
}

static void expand_object(struct words *out, uint64_t pointer, const uint64_t *object);

/* The words of a struct, or of an element of a list, without what is below. */
static void expand_words(struct words *out, const uint64_t *words, size_t data,
                         size_t pointers)
{
    for (size_t i = 0; i < data + pointers; i++)
        add_word(out, words[i] & (i < data ? UINT64_MAX : ~(uint64_t)0xfffffffc));
}

static void expand_pointers(struct words *out, const uint64_t *words, size_t data,
                            size_t pointers)
{
    for (const uint64_t *at = words + data; at < words + data + pointers; at++)
        if (*at != 0)
            expand_object(out, *at, at + 1 + ((int32_t)(*at & 0xffffffff) >> 2));
}

static void expand_object(struct words *out, uint64_t pointer, const uint64_t *object)
{
    size_t data = pointer >> 32 & 0xffff, pointers = pointer >> 48, count = 1;
    if ((pointer & 3) == 1) {
        count = pointer >> 35;
        if ((pointer >> 32 & 7) == 2) { /* bytes */
            expand_words(out, object, (count + 7) / 8, 0);
            return;
        }
        uint64_t tag = *object++;
        add_word(out, tag);
        count = (tag & 0xffffffff) >> 2;
        data = tag >> 32 & 0xffff;
        pointers = tag >> 48;
    }
    for (size_t i = 0; i < count; i++)
        expand_words(out, object + i * (data + pointers), data, pointers);
    for (size_t i = 0; i < count; i++)
        expand_pointers(out, object + i * (data + pointers), data, pointers);
}

struct words message_expand(const struct message *message)
{
    struct words out = {NULL, 0};
    for (size_t i = 0; i < message->count; i++) {
        const struct record *record = &message->records[i];
        add_word(&out, record->tag);
        add_word(&out, record->pointer);
        expand_object(&out, record->pointer, record->payload);
    }
    return out;
}

void message_free(struct message *message)
{
    free(message->words.data);
    free(message->records);
}
