/* mkdir -p that remembers what it made. */
#include "base/directory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

enum ct_status ct_directory_make(struct ct_directory *directory, const char *path,
                                 struct ct_error *err)
{
    memset(directory, 0, sizeof *directory);
    directory->path = strdup(path);
    if (directory->path == NULL)
        return ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    char *p = directory->path;
    size_t length = strlen(p);
    while (length > 1 && p[length - 1] == '/')
        p[--length] = '\0';
    for (size_t i = 1; i <= length; i++) {
        if (p[i] != '/' && p[i] != '\0')
            continue;
        char saved = p[i];
        p[i] = '\0';
        bool is_made = mkdir(p, 0777) == 0;
        int error = errno;
        if (!is_made && !is_directory(p)) {
            ct_error_set(err, CT_ERR_IO, error, "cannot create '%s'", p);
            p[i] = saved;
            ct_directory_unmake(directory);
            ct_directory_fini(directory);
            return CT_ERR_IO;
        }
        if (!is_made)
            directory->kept_length = i;
        p[i] = saved;
    }
    return CT_OK;
}

void ct_directory_unmake(struct ct_directory *directory)
{
    char *p = directory->path;
    while (p != NULL && strlen(p) > directory->kept_length && rmdir(p) == 0) {
        char *slash = strrchr(p, '/');
        *(slash == p ? slash + 1 : slash) = '\0';
    }
}

void ct_directory_fini(struct ct_directory *directory)
{
    free(directory->path);
    directory->path = NULL;
}
