/* Offsets in the files, and reading from where was read last. No descriptor is kept:
 * the file is opened anew through /proc, by its descriptor 1 or 2. */
#include "py/fd_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CT_TAIL_BLOCK ((size_t)64 << 10) /* bytes that are read at once */

/* Descriptors 1 and 2 may be the same file; then what is in it counts as output. */
static struct tail {
    bool is_used;
    int fd; /* that it was found by */
    dev_t device;
    ino_t inode;
    off_t seen;    /* before this everything has been recorded */
    unsigned owns; /* writes of the interpreter's own that have begun */
} tails[2];

static bool is_file(const struct tail *tail, const struct stat *info)
{
    return tail->is_used && info->st_dev == tail->device && info->st_ino == tail->inode;
}

static struct tail *find(int fd)
{
    struct stat info;
    if ((!tails[0].is_used && !tails[1].is_used) || fstat(fd, &info) < 0)
        return NULL;
    for (int i = 0; i < 2; i++) {
        if (is_file(&tails[i], &info))
            return &tails[i];
    }
    return NULL;
}

bool ct_fd_tail_has(int fd)
{
    int saved = errno;
    bool result = find(fd) != NULL;
    errno = saved;
    return result;
}

/* A descriptor for reading of what `fd` is, or -1. */
static int reopen(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* The same of the tail's file, if one of the two descriptors still is it. */
static int open_tail(const struct tail *tail, struct stat *info)
{
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fstat(fd, info) == 0 && is_file(tail, info))
            return reopen(fd);
    }
    return -1;
}

/* Whether writes to the file `fd` come at its end. */
static bool is_at_end(int fd, const struct stat *info)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 &&
           ((flags & O_APPEND) != 0 || lseek(fd, 0, SEEK_CUR) == info->st_size);
}

void ct_fd_tail_begin(const bool wanted[3])
{
    struct stat info;
    ct_fd_tail_end();
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        if (!wanted[fd] || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) ||
            find(fd) != NULL || !is_at_end(fd, &info))
            continue;
        int file = reopen(fd);
        if (file < 0)
            continue;
        close(file);
        tails[fd - 1] = (struct tail){.is_used = true,
                                      .fd = fd,
                                      .device = info.st_dev,
                                      .inode = info.st_ino,
                                      .seen = info.st_size};
    }
}

void ct_fd_tail_end(void)
{
    memset(tails, 0, sizeof tails);
}

/* Mirrors the file's bytes from where was read last up to `end`. */
static void take_until(struct tail *tail, int file, off_t end,
                       const struct ct_mirror *mirror)
{
    enum ct_event event =
        tail->fd == STDOUT_FILENO ? CT_EVENT_WRITE : CT_EVENT_WRITE_ERR;
    char *block = malloc(CT_TAIL_BLOCK);
    while (block != NULL && tail->seen < end) {
        size_t left = (size_t)(end - tail->seen);
        ssize_t got =
            pread(file, block, left < CT_TAIL_BLOCK ? left : CT_TAIL_BLOCK, tail->seen);
        if (got <= 0)
            break;
        ct_mirror_append(mirror, event, block, (size_t)got);
        tail->seen += got;
    }
    free(block);
}

void ct_fd_tail_take(const struct ct_mirror *mirror)
{
    struct stat info;
    int saved = errno;
    for (int i = 0; i < 2; i++) {
        struct tail *tail = &tails[i];
        if (!tail->is_used || tail->owns > 0)
            continue;
        int file = open_tail(tail, &info);
        if (file < 0)
            continue;
        if (info.st_size < tail->seen) /* the program has cut it */
            tail->seen = info.st_size;
        take_until(tail, file, info.st_size, mirror);
        close(file);
    }
    errno = saved;
}

void ct_fd_tail_enter_own(int fd, const struct ct_mirror *mirror)
{
    struct tail *tail = find(fd);
    if (tail == NULL)
        return;
    ct_fd_tail_take(mirror);
    tail->owns++;
}

/* Whether the file has these bytes at `offset`. */
static bool has_at(int file, off_t offset, const char *bytes, size_t size)
{
    char block[4096];
    for (size_t done = 0; done < size;) {
        size_t part = size - done < sizeof block ? size - done : sizeof block;
        if (pread(file, block, part, offset + (off_t)done) != (ssize_t)part ||
            memcmp(block, bytes + done, part) != 0)
            return false;
        done += part;
    }
    return true;
}

/* Others have written at the same time: their bytes are before ours, or behind. */
static void take_around(struct tail *tail, int file, off_t end, const char *bytes,
                        ssize_t written, const struct ct_mirror *mirror)
{
    off_t own = end - written;
    if (!has_at(file, own, bytes, (size_t)written) &&
        has_at(file, tail->seen, bytes, (size_t)written))
        own = tail->seen;
    take_until(tail, file, own, mirror);
    tail->seen = own + written;
    take_until(tail, file, end, mirror);
}

void ct_fd_tail_leave_own(int fd, const char *bytes, ssize_t written,
                          const struct ct_mirror *mirror)
{
    int saved = errno;
    struct tail *tail = find(fd);
    struct stat info;
    off_t end = tail == NULL ? 0 : lseek(fd, 0, SEEK_CUR);
    if (tail != NULL && tail->owns > 0)
        tail->owns--;
    if (tail != NULL && written > 0 && end > tail->seen) {
        int file = end - tail->seen == written ? -1 : open_tail(tail, &info);
        if (file >= 0) {
            take_around(tail, file, end, bytes, written, mirror);
            close(file);
        }
        tail->seen = end;
    }
    errno = saved;
}
