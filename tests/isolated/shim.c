/* Preloaded in tests: from the SHIM_CALL-th on, calls that make a file larger fail with
 * SHIM_ERRNO. SHIM_WHAT says which: `allocate` (a segment), or `write` and `rename` of
 * what the trace directory SHIM_DIR gets at the end. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int posix_fallocate64(int fd, off64_t offset, off64_t size);

/* The errno for this call, or 0. */
static int verdict(const char *what, int *calls)
{
    const char *wanted = getenv("SHIM_WHAT"), *first = getenv("SHIM_CALL");
    if (wanted == NULL || strcmp(wanted, what) != 0 || ++*calls < atoi(first))
        return 0;
    return atoi(getenv("SHIM_ERRNO"));
}

int posix_fallocate64(int fd, off64_t offset, off64_t size)
{
    static int calls;
    int error = verdict("allocate", &calls);
    if (error != 0)
        return error;
    return syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}

/* Whether a descriptor is a file of the trace directory, with a name or without. */
static int is_in_trace(int fd)
{
    char link[64], path[4096];
    const char *dir = getenv("SHIM_DIR");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    return dir != NULL && size > 0 && strncmp(path, dir, strlen(dir)) == 0 &&
           memmem(path, (size_t)size, ".tmp", 4) != NULL;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    static int calls;
    int error = is_in_trace(fd) ? verdict("write", &calls) : 0;
    if (error == 0)
        return syscall(SYS_write, fd, bytes, size);
    errno = error;
    return -1;
}

int rename(const char *from, const char *to)
{
    static int calls;
    int error = strstr(from, ".tmp") != NULL ? verdict("rename", &calls) : 0;
    if (error == 0)
        return (int)syscall(SYS_renameat2, -100, from, -100, to, 0);
    errno = error;
    return -1;
}
