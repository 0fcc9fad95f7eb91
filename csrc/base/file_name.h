/* Whether an open file still has a name. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* Whether `path` names the open file `fd`: it may have been removed or moved away, and
 * another one put there. False for fd -1. */
static inline bool ct_file_has_name(int fd, const char *path)
{
    struct stat ours, current;
    return fstat(fd, &ours) == 0 && stat(path, &current) == 0 &&
           ours.st_dev == current.st_dev && ours.st_ino == current.st_ino;
}
