/* Creating and filling files (segment_file.h). Called by the recording process where a
 * segment ends, and by the helper. */
#include "tape/segment_file.h"

#include "tape/segment.h"
#include "tape/tape_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define CT_PAGE_SIZE ((size_t)4096)
#define CT_FILL_PAGES 256 /* pages written at once to a new segment */

#define CT_NAME_SIZE 32 /* bytes of a name, at most */
#define CT_SPARE_SUFFIX ".spare"
#define CT_SPARE_NAME_FORMAT "%zu" CT_SPARE_SUFFIX /* bytes of the file */
#define CT_SPARE_NEW "new" CT_SPARE_SUFFIX

/* ---- paths ----------------------------------------------------------------------- */

bool ct_tape_path(char path[CT_TAPE_PATH_SIZE], const char *folder, const char *name)
{
    int n = snprintf(path, CT_TAPE_PATH_SIZE, "%s/%s", folder, name);
    return n > 0 && n < CT_TAPE_PATH_SIZE;
}

bool ct_segment_path(char path[CT_TAPE_PATH_SIZE], const char *folder, uint64_t number)
{
    char name[CT_NAME_SIZE];
    snprintf(name, sizeof name, CT_SEGMENT_NAME_FORMAT, (unsigned long long)number);
    return ct_tape_path(path, folder, name);
}

static bool spare_path(char path[CT_TAPE_PATH_SIZE], const char *folder, size_t size)
{
    char name[CT_NAME_SIZE];
    snprintf(name, sizeof name, CT_SPARE_NAME_FORMAT, size);
    return ct_tape_path(path, folder, name);
}

/* ---- making ---------------------------------------------------------------------- */

bool ct_tape_is_in_file_limit(size_t size)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
           size <= limit.rlim_cur;
}

/* Writes zeros over the whole file, in large pieces: file systems take them in large
 * folios, and putting those in place for the mapping costs a fifth of letting each page
 * be made by its fault. Gives 0 or an error number. */
static int fill(int fd, size_t size)
{
    static const uint8_t zeros[CT_PAGE_SIZE];
    struct iovec pages[CT_FILL_PAGES];
    for (int i = 0; i < CT_FILL_PAGES; i++)
        pages[i] = (struct iovec){(void *)zeros, sizeof zeros};
    for (size_t done = 0; done < size;) {
        size_t left = (size - done + CT_PAGE_SIZE - 1) / CT_PAGE_SIZE;
        int count = left < CT_FILL_PAGES ? (int)left : CT_FILL_PAGES;
        ssize_t n = pwritev(fd, pages, count, (off_t)done);
        if (n < 0 && errno != EINTR)
            return errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int ct_segment_create(const char *path, size_t size, mode_t mode)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    int error = EFBIG;
    if (ct_tape_is_in_file_limit(size)) {
        do
            error = posix_fallocate(fd, 0, (off_t)size);
        while (error == EINTR);
        if (error == 0)
            error = fill(fd, size);
    }
    fchmod(fd, mode); /* if it cannot be, the umask's mode has to do */
    if (error == 0)
        return fd;
    close(fd);
    unlink(path);
    errno = error;
    return -1;
}

/* ---- spares ---------------------------------------------------------------------- */

void ct_spare_make(const char *folder, size_t size, mode_t mode)
{
    char made[CT_TAPE_PATH_SIZE], path[CT_TAPE_PATH_SIZE];
    if (!ct_tape_path(path, folder, CT_TAPE_LOCK_NAME) || access(path, F_OK) < 0)
        return; /* the tape is being removed: its lock goes last */
    if (!ct_tape_path(made, folder, CT_SPARE_NEW) || !spare_path(path, folder, size) ||
        access(path, F_OK) == 0)
        return;
    int fd = ct_segment_create(made, size, mode);
    if (fd < 0)
        return; /* another one is being made, or the disk is full */
    close(fd);
    if (rename(made, path) < 0)
        unlink(made);
}

int ct_spare_take(const char *folder, size_t size, const char *path)
{
    char from[CT_TAPE_PATH_SIZE];
    /* Whose the file is, is decided by its name before it is opened. */
    if (!spare_path(from, folder, size) || rename(from, path) < 0)
        return -1;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        unlink(path);
    return fd;
}

bool ct_spare_is_name(const char *name)
{
    size_t size = strlen(name), suffix = strlen(CT_SPARE_SUFFIX);
    return size > suffix && strcmp(name + size - suffix, CT_SPARE_SUFFIX) == 0;
}
