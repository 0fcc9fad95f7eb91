/* Segments of a tape being written: creation, mapping, rolling over.
 *
 * Called by the capture half, from any thread; each stream by its own thread only. The
 * process holds no descriptor between calls: a segment is opened, allocated, mapped
 * and closed. Space is allocated before it is mapped, so that a full disk is an error
 * here and never a SIGBUS later. */
#include "tape/tape_writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* File sizes of segments. They double, so that a short thread costs little and a long
 * one few system calls. */
#define CT_SEGMENT_FIRST_SIZE ((size_t)64 << 10)
#define CT_SEGMENT_LAST_SIZE ((size_t)4 << 20)
#define CT_PAGE_SIZE ((size_t)4096)
#define CT_RUN_SIZE (1 + 2 * CT_VARINT_MAX) /* bytes of a RUN record at most */

enum ct_status ct_tape_open(struct ct_tape *tape, const char *dir, struct ct_error *err)
{
    memset(tape, 0, sizeof *tape);
    size_t size = strlen(dir) + sizeof "/" CT_TAPE_FOLDER;
    tape->folder = malloc(size);
    if (tape->folder == NULL)
        return ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    snprintf(tape->folder, size, "%s/" CT_TAPE_FOLDER, dir);
    if (mkdir(tape->folder, 0777) < 0) {
        ct_error_set(err, CT_ERR_IO, errno, "cannot create '%s'", tape->folder);
        ct_tape_close(tape);
        return CT_ERR_IO;
    }
    return CT_OK;
}

void ct_tape_close(struct ct_tape *tape)
{
    free(tape->folder);
    tape->folder = NULL;
}

static bool is_segment_name(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    return digits > 0 && strcmp(name + digits, ".seg") == 0;
}

void ct_tape_remove(struct ct_tape *tape)
{
    DIR *folder = opendir(tape->folder);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (is_segment_name(entry->d_name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
    rmdir(tape->folder);
}

void ct_stream_init(struct ct_stream *stream, struct ct_tape *tape, uint64_t thread)
{
    memset(stream, 0, sizeof *stream);
    stream->tape = tape;
    stream->thread = thread;
    stream->next_capacity = CT_SEGMENT_FIRST_SIZE - CT_SEGMENT_HEADER_SIZE;
}

void ct_stream_close(struct ct_stream *stream)
{
    struct ct_segment_header *header = stream->header;
    if (header == NULL)
        return;
    atomic_fetch_add(&stream->tape->bytes, atomic_load(&header->committed));
    atomic_store(&header->sealed, 1);
    munmap(header, sizeof *header + header->capacity);
    stream->header = NULL;
    stream->cursor = stream->end = stream->records = NULL;
}

static bool fail(struct ct_tape *tape, const char *what, const char *path, int os_errno)
{
    if (!atomic_exchange(&tape->failed, true))
        ct_error_set(&tape->error, CT_ERR_IO, os_errno, "cannot %s '%s'", what, path);
    return false;
}

/* Creates the file and maps it; NULL with the tape failed. */
static struct ct_segment_header *map_segment(struct ct_tape *tape, const char *path,
                                             size_t size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        fail(tape, "create", path, errno);
        return NULL;
    }
    void *mapping = MAP_FAILED;
    int error;
    do
        error = posix_fallocate(fd, 0, (off_t)size);
    while (error == EINTR);
    if (error == 0) {
        mapping =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (mapping == MAP_FAILED)
            error = errno;
    }
    close(fd);
    if (mapping == MAP_FAILED) {
        fail(tape, "allocate", path, error);
        unlink(path);
        return NULL;
    }
    return mapping;
}

static bool open_segment(struct ct_stream *stream, size_t capacity)
{
    struct ct_tape *tape = stream->tape;
    uint64_t number = atomic_fetch_add(&tape->next_segment, 1);
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/" CT_SEGMENT_NAME_FORMAT, tape->folder,
                     (unsigned long long)number);
    if (n < 0 || (size_t)n >= sizeof path)
        return fail(tape, "name a segment in", tape->folder, ENAMETOOLONG);
    struct ct_segment_header *header =
        map_segment(tape, path, sizeof *header + capacity);
    if (header == NULL)
        return false;
    header->version = CT_SEGMENT_VERSION;
    header->header_size = CT_SEGMENT_HEADER_SIZE;
    header->number = number;
    header->thread = stream->thread;
    header->capacity = capacity;
    memcpy(header->magic, CT_SEGMENT_MAGIC, sizeof header->magic);
    stream->header = header;
    stream->records = stream->cursor = (uint8_t *)(header + 1);
    stream->end = stream->records + capacity;
    return true;
}

static void write_run(struct ct_stream *stream)
{
    *stream->cursor++ = CT_REC_RUN;
    ct_stream_number(stream, atomic_fetch_add(&stream->tape->next_key, 1));
    ct_stream_number(stream, stream->thread);
}

bool ct_stream_roll(struct ct_stream *stream, size_t size)
{
    if (stream->header != NULL) {
        ct_stream_commit(stream);
        ct_stream_close(stream);
    }
    if (atomic_load(&stream->tape->failed))
        return false;
    size_t capacity = stream->next_capacity;
    if (capacity < CT_SEGMENT_LAST_SIZE - CT_SEGMENT_HEADER_SIZE)
        stream->next_capacity =
            2 * (capacity + CT_SEGMENT_HEADER_SIZE) - CT_SEGMENT_HEADER_SIZE;
    size_t needed = size + CT_RUN_SIZE;
    if (needed > capacity) /* one huge record: a segment of its own size */
        capacity = (needed + CT_SEGMENT_HEADER_SIZE + CT_PAGE_SIZE) / CT_PAGE_SIZE *
                       CT_PAGE_SIZE -
                   CT_SEGMENT_HEADER_SIZE;
    if (!open_segment(stream, capacity))
        return false;
    write_run(stream);
    return true;
}

bool ct_stream_begin_run(struct ct_stream *stream)
{
    uint8_t *before = stream->cursor;
    if (!ct_stream_reserve(stream, CT_RUN_SIZE))
        return false;
    if (before == stream->cursor) /* else rolling has begun one */
        write_run(stream);
    return true;
}

bool ct_stream_fact(struct ct_stream *stream, enum ct_fact fact, struct ct_text text)
{
    if (!ct_stream_reserve(stream, 2 + ct_stream_text_size(text)))
        return false;
    *stream->cursor++ = CT_REC_FACT;
    *stream->cursor++ = (uint8_t)fact;
    ct_stream_text(stream, text);
    ct_stream_commit(stream);
    return true;
}

bool ct_stream_end(struct ct_stream *stream, enum ct_end_reason reason,
                   enum ct_end_exit exit, int64_t code, struct ct_text note)
{
    if (!ct_stream_reserve(stream, 3 + CT_VARINT_MAX + ct_stream_text_size(note)))
        return false;
    *stream->cursor++ = CT_REC_END;
    *stream->cursor++ = (uint8_t)reason;
    *stream->cursor++ = (uint8_t)exit;
    ct_stream_number(stream, ct_zigzag(code));
    ct_stream_text(stream, note);
    ct_stream_commit(stream);
    return true;
}
