/* The file: a head, then chunks, each a header and the bytes of one write. A chunk is
 * appended by one call, so chunks of several writers do not mix; one that is not whole
 * yet is left for the next time. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* fallocate */
#endif

#include "tape/mirror.h"

#include "base/utf8.h"
#include "tape/segment.h"
#include "tape/segment_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#define CT_MIRROR_BLOCK ((size_t)64 << 10) /* bytes that are read at once */
#define CT_MIRROR_PIECE ((size_t)4096)     /* … of a record */
/* Bytes that are given back at once, a multiple of every page size. */
#define CT_MIRROR_STRIDE ((uint64_t)1 << 20)

/* What is left free: the smaller of so many bytes and a part of the file system, as
 * `min_free` is by default. */
#define CT_MIRROR_FREE ((uint64_t)1 << 30)
#define CT_MIRROR_FREE_PART 20

enum missing { MISSING_NOTHING, MISSING_UNSAID, MISSING_SAID };

struct head {
    uint64_t moved;   /* offset in the file: what lies before it has been moved */
    uint64_t missing; /* enum missing: whether something could not be appended */
};

struct chunk {
    uint32_t event; /* enum ct_event */
    uint32_t size;  /* bytes behind this header */
};

#define CT_MIRROR_START ((uint64_t)sizeof(struct head))
static const char missing_note[] =
    "Some of what native code or child processes wrote is missing from here on: there "
    "was no room for it.";

static bool name(char path[PATH_MAX], const char *folder)
{
    int n = snprintf(path, PATH_MAX, "%s/" CT_MIRROR_NAME, folder);
    if (n > 0 && n < PATH_MAX)
        return true;
    path[0] = '\0';
    return false;
}

bool ct_mirror_make(struct ct_mirror *mirror, const struct ct_tape *tape)
{
    const struct head head = {.moved = CT_MIRROR_START};
    if (!name(mirror->path, tape->folder))
        return false;
    int fd = open(mirror->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, tape->mode);
    bool is_made = fd >= 0 && write(fd, &head, sizeof head) == (ssize_t)sizeof head;
    if (fd >= 0)
        close(fd);
    if (!is_made)
        mirror->path[0] = '\0';
    return is_made;
}

void ct_mirror_open(struct ct_mirror *mirror, const char *folder)
{
    name(mirror->path, folder);
}

/* ---- appending --------------------------------------------------------------------
 */

/* Whether the file system has as much free as a recording leaves it. */
static bool has_free(int fd)
{
    struct statvfs info;
    if (fstatvfs(fd, &info) < 0)
        return true;
    uint64_t least = info.f_blocks / CT_MIRROR_FREE_PART;
    uint64_t most = CT_MIRROR_FREE / (info.f_frsize == 0 ? 1 : info.f_frsize);
    return info.f_bavail >= (least < most ? least : most);
}

/* Writing beyond the limit of file sizes would send the program a signal. The file
 * system is asked once for each stride. */
static bool has_room(int fd, size_t size)
{
    struct stat info;
    if (fstat(fd, &info) < 0 || !ct_tape_is_in_file_limit((size_t)info.st_size + size))
        return false;
    uint64_t before = (uint64_t)info.st_size;
    return before / CT_MIRROR_STRIDE == (before + size) / CT_MIRROR_STRIDE ||
           has_free(fd);
}

static bool append(int fd, enum ct_event event, const void *bytes, size_t size)
{
    struct chunk chunk = {(uint32_t)event, (uint32_t)size};
    const struct iovec parts[] = {{&chunk, sizeof chunk},
                                  {(void *)(uintptr_t)bytes, size}};
    ssize_t whole = (ssize_t)(sizeof chunk + size);
    return has_room(fd, (size_t)whole) && writev(fd, parts, 2) == whole;
}

static bool head_read(int fd, struct head *head)
{
    return pread(fd, head, sizeof *head, 0) == (ssize_t)sizeof *head;
}

/* In place, so that a full disk does not matter. */
static void set_missing(int fd, enum missing missing)
{
    const uint64_t value = missing;
    if (pwrite(fd, &value, sizeof value, offsetof(struct head, missing)) < 0)
        return; /* nobody is told */
}

/* Has who moves the bytes say that some could not be appended. */
static void note_missing(const char *path)
{
    struct head head;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW); /* O_APPEND knows no place */
    if (fd < 0)
        return;
    if (head_read(fd, &head) && head.missing == MISSING_NOTHING)
        set_missing(fd, MISSING_UNSAID);
    close(fd);
}

bool ct_mirror_append(const struct ct_mirror *mirror, enum ct_event event,
                      const void *bytes, size_t size)
{
    int saved = errno;
    const size_t most = (size_t)1 << 30; /* what one call writes */
    int fd = mirror->path[0] == '\0'
                 ? -1
                 : open(mirror->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    bool is_done = fd >= 0;
    for (const char *at = bytes; is_done && size > 0;) {
        size_t part = size < most ? size : most;
        is_done = append(fd, event, at, part);
        at += part;
        size -= part;
    }
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !is_done)
        note_missing(mirror->path);
    errno = saved;
    return is_done;
}

/* ---- moving -----------------------------------------------------------------------
 */

struct mover {
    int fd;
    uint64_t moved, end; /* offsets in the file */
    bool says_missing;   /* whether it is to be said that something is missing */
    struct ct_stream *stream;
    struct ct_buf text;
};

static void put_piece(struct mover *mover, uint8_t event, const char *bytes,
                      size_t size, bool is_line)
{
    struct ct_stream *stream = mover->stream;
    ct_buf_clear(&mover->text);
    ct_utf8_append(&mover->text, (struct ct_text){bytes, size});
    struct ct_text text = ct_buf_text(&mover->text);
    if (mover->text.failed || !ct_stream_reserve(stream, 3 + ct_stream_text_size(text)))
        return;
    *stream->cursor++ = CT_REC_EVENT;
    *stream->cursor++ = event;
    *stream->cursor++ = CT_IO_MIRROR | (is_line ? CT_IO_NEWLINE : CT_IO_OPEN);
    ct_stream_text(stream, text);
}

/* Writes bytes as pieces; those at the end that are not a whole character wait for what
 * follows, if anything does. Result: how many were written. */
static size_t put_bytes(struct mover *mover, uint8_t event, const char *bytes,
                        size_t size, bool has_more)
{
    size_t done = 0;
    while (done < size) {
        size_t left = size - done;
        size_t part = left > CT_MIRROR_PIECE ? CT_MIRROR_PIECE : left;
        const char *line = memchr(bytes + done, '\n', part);
        if (line != NULL)
            part = (size_t)(line - bytes) + 1 - done;
        else if (part < left || (has_more && part > 1))
            part = ct_utf8_cut(bytes + done, part < left ? part : part - 1);
        put_piece(mover, event, bytes + done, part, line != NULL);
        done += part;
        if (line == NULL && has_more && size - done < CT_MIRROR_PIECE)
            break;
    }
    return done;
}

/* Moves one chunk, whose bytes begin at `start`; false if it cannot be read. */
static bool move_chunk(struct mover *mover, const struct chunk *chunk, uint64_t start)
{
    static const size_t room = CT_MIRROR_BLOCK;
    char *block = malloc(room);
    uint64_t done = 0;
    while (block != NULL && done < chunk->size) {
        uint64_t left = chunk->size - done;
        ssize_t got = pread(mover->fd, block, left < room ? (size_t)left : room,
                            (off_t)(start + done));
        if (got <= 0)
            break;
        done += put_bytes(mover, (uint8_t)chunk->event, block, (size_t)got,
                          (uint64_t)got < left);
    }
    free(block);
    return done == chunk->size;
}

/* The next chunk, if all of it is there. */
static bool next_chunk(const struct mover *mover, struct chunk *chunk)
{
    uint64_t start = mover->moved + sizeof *chunk;
    return start <= mover->end &&
           pread(mover->fd, chunk, sizeof *chunk, (off_t)mover->moved) ==
               (ssize_t)sizeof *chunk &&
           chunk->size <= mover->end - start;
}

/* Gives back what has been moved since the file stood at `before`. */
static void give_back(const struct mover *mover, uint64_t before)
{
    uint64_t first = before / CT_MIRROR_STRIDE, last = mover->moved / CT_MIRROR_STRIDE;
    if (first == 0) /* the count stays */
        first = 1;
    if (last > first && fallocate(mover->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                  (off_t)(first * CT_MIRROR_STRIDE),
                                  (off_t)((last - first) * CT_MIRROR_STRIDE)) < 0)
        return; /* it takes its room until the recording ends */
}

static void move(struct mover *mover)
{
    struct chunk chunk;
    uint64_t before = mover->moved;
    while (next_chunk(mover, &chunk)) {
        uint64_t start = mover->moved + sizeof chunk;
        if ((chunk.event == CT_EVENT_WRITE || chunk.event == CT_EVENT_WRITE_ERR) &&
            !move_chunk(mover, &chunk, start))
            break;
        mover->moved = start + chunk.size;
        if (mover->stream->header == NULL) /* the tape has failed */
            break;
        ct_stream_commit(mover->stream);
        give_back(mover, before);
    }
    if (mover->says_missing &&
        ct_stream_fact(mover->stream, CT_FACT_NOTE, ct_text_of(missing_note)))
        set_missing(mover->fd, MISSING_SAID);
    if (mover->moved != before && pwrite(mover->fd, &mover->moved, sizeof mover->moved,
                                         offsetof(struct head, moved)) < 0)
        return; /* they might be moved again, by who recovers the tape */
}

/* Opens the file where it was left; false if there is nothing to move. */
static bool begin(struct mover *mover, const char *path)
{
    struct stat info;
    struct head head;
    mover->fd = path[0] == '\0' ? -1 : open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (mover->fd < 0)
        return false;
    if (fstat(mover->fd, &info) == 0 && head_read(mover->fd, &head)) {
        mover->moved = head.moved;
        mover->end = (uint64_t)info.st_size;
        mover->says_missing = head.missing == MISSING_UNSAID;
        if (mover->moved >= CT_MIRROR_START &&
            (mover->moved < mover->end || mover->says_missing))
            return true;
    }
    close(mover->fd);
    return false;
}

void ct_mirror_move(const struct ct_mirror *mirror, struct ct_stream *stream)
{
    struct mover mover = {.stream = stream};
    int saved = errno;
    if (begin(&mover, mirror->path)) {
        move(&mover);
        close(mover.fd);
    }
    ct_buf_fini(&mover.text);
    errno = saved;
}

static void move_to_own(const char *path, struct ct_tape *tape)
{
    struct ct_stream stream;
    struct mover mover = {.stream = &stream};
    ct_stream_init(&stream, tape, 1);
    if (begin(&mover, path)) {
        if (ct_stream_reserve(&stream, 1)) /* with a run begun */
            move(&mover);
        close(mover.fd);
    }
    ct_stream_close(&stream);
    ct_buf_fini(&mover.text);
}

void ct_mirror_end(const struct ct_mirror *mirror, struct ct_tape *tape)
{
    move_to_own(mirror->path, tape);
}

/* The number behind those of all segments. */
static uint64_t next_segment(const char *folder)
{
    uint64_t next = 0;
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char *end;
        uint64_t number = strtoull(entry->d_name, &end, 10);
        if (end != entry->d_name && strcmp(end, ".seg") == 0 && number >= next)
            next = number + 1;
    }
    closedir(entries);
    return next;
}

void ct_mirror_recover(const char *folder)
{
    char path[PATH_MAX];
    struct stat info;
    if (!name(path, folder) || stat(path, &info) < 0 ||
        info.st_size < (off_t)CT_MIRROR_START)
        return;
    struct ct_tape tape = {
        .folder = (char *)(uintptr_t)folder,
        .next_segment = next_segment(folder),
        .next_key = UINT64_MAX / 2, /* behind every run of the process */
        .has_end = true,            /* whatever fails here writes none */
        .mode = info.st_mode & 0666,
        .lock = {.helper_file = -1},
        .help = {.listener = -1},
    };
    move_to_own(path, &tape);
}
