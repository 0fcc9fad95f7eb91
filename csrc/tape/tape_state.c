/* Writing the state under another name, and removing what it stands for. */
#include "tape/tape_state.h"

#include "tape/segment.h"
#include "tape/segment_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool write_file(int folder, int fd, uint64_t next, const struct ct_buf *records)
{
    struct stat info;
    struct ct_segment_header header = {
        .version = CT_SEGMENT_VERSION,
        .header_size = CT_SEGMENT_HEADER_SIZE,
        .number = next,
        .capacity = records->size,
        .committed = records->size,
        .sealed = 1,
    };
    memcpy(header.magic, CT_SEGMENT_MAGIC, sizeof header.magic);
    if (fstat(folder, &info) == 0)
        fchmod(fd, info.st_mode & 0666); /* if it cannot be, the umask's has to do */
    return write_all(fd, &header, sizeof header) &&
           write_all(fd, records->data, records->size);
}

enum ct_status ct_tape_state_write(const char *folder, uint64_t next,
                                   const struct ct_buf *records, struct ct_error *err)
{
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
    int fd = dir < 0 ? -1
                     : openat(dir, CT_TAPE_STATE_NEW,
                              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0 && !ct_tape_is_in_file_limit(CT_SEGMENT_HEADER_SIZE + records->size))
        error = EFBIG;
    else if (fd < 0 || !write_file(dir, fd, next, records))
        error = errno;
    if (fd >= 0 && close(fd) < 0 && errno != EINTR && error == 0)
        error = errno;
    if (error == 0 && renameat(dir, CT_TAPE_STATE_NEW, dir, CT_TAPE_STATE_NAME) < 0)
        error = errno;
    if (error != 0 && fd >= 0)
        unlinkat(dir, CT_TAPE_STATE_NEW, 0);
    if (dir >= 0)
        close(dir);
    return error == 0
               ? CT_OK
               : ct_error_set(err, CT_ERR_IO, error,
                              "cannot write '%.400s/" CT_TAPE_STATE_NAME "'", folder);
}

/* Whether a name is that of a segment, whose number goes into *number. */
static bool is_segment(const char *name, uint64_t *number)
{
    char *end;
    if (name[0] < '0' || name[0] > '9')
        return false;
    *number = strtoull(name, &end, 10);
    return strcmp(end, ".seg") == 0;
}

static bool is_among(uint64_t number, const uint64_t *kept, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (kept[i] == number)
            return true;
    }
    return false;
}

void ct_tape_state_drop(const char *folder, uint64_t next, const uint64_t *kept,
                        size_t count)
{
    uint64_t number;
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (is_segment(entry->d_name, &number) && number < next &&
            !is_among(number, kept, count))
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
}
