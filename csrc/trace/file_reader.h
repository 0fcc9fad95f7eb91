/* Buffered reading of a work file.
 *
 * `ct_file_reader_fill` brings bytes into view at [next, end); the user moves `next`.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CT_FILE_READER_BUFFER (256 * 1024) /* bytes */

struct ct_file_reader {
    int fd;              /* borrowed; its file position is left alone */
    const char *path;    /* borrowed; for messages */
    uint64_t offset;     /* in the file, of `end` */
    uint8_t *buffer;     /* owned */
    const uint8_t *next; /* the bytes in view, not yet used */
    const uint8_t *end;
    struct ct_error error; /* status CT_OK until something fails */
};

/* Begins at the start of the file. On false `error` is filled; fini is due anyway. */
CT_NODISCARD bool ct_file_reader_init(struct ct_file_reader *reader, int fd,
                                      const char *path);
void ct_file_reader_fini(struct ct_file_reader *reader);

/* Reads on until `want` bytes are in view (at most CT_FILE_READER_BUFFER) or the file
 * ends; fewer than `want` mean the end, or a failure if `error` says so. */
size_t ct_file_reader_refill(struct ct_file_reader *reader, size_t want);

static inline size_t ct_file_reader_fill(struct ct_file_reader *reader, size_t want)
{
    size_t have = (size_t)(reader->end - reader->next);
    return have >= want ? have : ct_file_reader_refill(reader, want);
}
