/* Buffered reading of a work file (file_reader.h). Interrupted calls are repeated. */
#include "trace/file_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ct_file_reader_init(struct ct_file_reader *reader, int fd, const char *path)
{
    memset(reader, 0, sizeof *reader);
    reader->fd = fd;
    reader->path = path;
    reader->buffer = malloc(CT_FILE_READER_BUFFER);
    reader->next = reader->end = reader->buffer;
    if (reader->buffer != NULL)
        return true;
    ct_error_set(&reader->error, CT_ERR_MEMORY, 0, "out of memory for %.400s", path);
    return false;
}

void ct_file_reader_fini(struct ct_file_reader *reader)
{
    free(reader->buffer);
    reader->buffer = NULL;
    reader->next = reader->end = NULL;
}

size_t ct_file_reader_refill(struct ct_file_reader *reader, size_t want)
{
    size_t have = (size_t)(reader->end - reader->next);
    memmove(reader->buffer, reader->next, have);
    while (have < want && reader->error.status == CT_OK) {
        ssize_t n = pread(reader->fd, reader->buffer + have,
                          CT_FILE_READER_BUFFER - have, (off_t)reader->offset);
        if (n == 0)
            break;
        if (n > 0) {
            have += (size_t)n;
            reader->offset += (uint64_t)n;
        } else if (errno != EINTR) {
            ct_error_set(&reader->error, CT_ERR_IO, errno, "cannot read %.400s",
                         reader->path);
        }
    }
    reader->next = reader->buffer;
    reader->end = reader->buffer + have;
    return have;
}
