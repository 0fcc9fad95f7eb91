/* Preloaded in tests: the n-th allocation of a file fails with a given errno. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int posix_fallocate64(int fd, off64_t offset, off64_t size);

int posix_fallocate64(int fd, off64_t offset, off64_t size)
{
    static int calls;
    const char *error = getenv("SHIM_ERRNO"), *first = getenv("SHIM_CALL");
    if (error != NULL && first != NULL && ++calls >= atoi(first))
        return atoi(error);
    return syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}
