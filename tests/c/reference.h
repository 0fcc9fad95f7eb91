/* A second, simple implementation of trace.bin's packing and framing, for comparison.
 *
 * Written from trace-formats.md for clearness, sharing no code with csrc/trace. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct words {
    uint64_t *data; /* owned, malloc */
    size_t count;
};

struct bytes {
    uint8_t *data; /* owned, malloc */
    size_t size;
};

struct bytes reference_pack(const uint64_t *words, size_t count);

/* `count` is SIZE_MAX when the bytes end inside a word or run. */
struct words reference_unpack(const uint8_t *bytes, size_t size);

/* The whole file; aborts when it cannot be read. */
struct bytes read_file(const char *path);

/* The bytes of a hexadecimal text; other characters are skipped. */
struct bytes from_hex(const char *text);

/* A message taken apart: record i is a tag, a pointer without its offset, and the
 * words from its payload to the next payload, the list, the landing pads or the end of
 * the segment. */
struct record {
    uint64_t tag, pointer;
    const uint64_t *payload;
    size_t words;
    bool is_again; /* the payload is an earlier record's, too */
};

struct message {
    struct words words; /* with the segment table */
    size_t segments;
    bool is_list_last; /* behind the payloads, as large files of one segment have it */
    size_t count;
    struct record *records; /* owned */
};

/* Reads a trace.bin: false if a rule of sections 4.1, 4.2, 4.4 or 4.6 is broken, among
 * them that packing the words again gives the same bytes. Free in either case. */
bool message_read(struct message *message, const char *path);

/* What the message says, wherever it stands: the tag and the payload of each record,
 * each object followed by its children, pointers without their offsets. Free the data.
 */
struct words message_expand(const struct message *message);
void message_free(struct message *message);
