/* Renames and removals. Called by finish.c; touches no name but those of files.h. */
#include "trace/files.h"

#include "trace/sink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ct_status join(char path[CT_PATH_SIZE], const char *dir, const char *name,
                           const char *suffix, struct ct_error *err)
{
    int n = snprintf(path, CT_PATH_SIZE, "%s/%s%s", dir, name, suffix);
    if (n < 0 || n >= CT_PATH_SIZE)
        return ct_error_set(err, CT_ERR_ARGUMENT, 0, "the path of %s is too long",
                            name);
    return CT_OK;
}

enum ct_status ct_files_temporary(char path[CT_PATH_SIZE], const char *dir,
                                  const char *name, struct ct_error *err)
{
    return join(path, dir, name, ".tmp", err);
}

enum ct_status ct_files_write(const char *dir, const char *name,
                              const struct ct_buf *content, struct ct_error *err)
{
    char path[CT_PATH_SIZE];
    enum ct_status status = ct_files_temporary(path, dir, name, err);
    if (status != CT_OK)
        return status;
    struct ct_sink sink;
    if (ct_sink_open(&sink, path)) {
        ct_buf_append(&sink.buf, content->data, content->size);
        sink.buf.failed |= content->failed;
        if (ct_sink_finish(&sink))
            status = CT_OK;
    }
    status = sink.error.status;
    if (status != CT_OK && err != NULL)
        *err = sink.error;
    ct_sink_fini(&sink);
    return status;
}

/* Removes DIR/name if it is there. */
static enum ct_status remove_file(const char *dir, const char *name,
                                  struct ct_error *err)
{
    char path[CT_PATH_SIZE];
    enum ct_status status = join(path, dir, name, "", err);
    if (status == CT_OK && unlink(path) < 0 && errno != ENOENT)
        status = ct_error_set(err, CT_ERR_IO, errno, "cannot remove '%.400s'", path);
    return status;
}

/* The umask of the process may not be the one it had when the recording began. */
static enum ct_status rename_file(const char *dir, const char *name, mode_t mode,
                                  struct ct_error *err)
{
    char from[CT_PATH_SIZE], to[CT_PATH_SIZE];
    enum ct_status status = ct_files_temporary(from, dir, name, err);
    if (status == CT_OK)
        status = join(to, dir, name, "", err);
    if (status == CT_OK)
        chmod(from, mode); /* if it cannot be, the umask's mode has to do */
    if (status == CT_OK && rename(from, to) < 0)
        status = ct_error_set(err, CT_ERR_IO, errno, "cannot rename '%.400s'", from);
    return status;
}

enum ct_status ct_files_publish(const char *dir, const char *events_file, mode_t mode,
                                struct ct_error *err)
{
    bool is_json = strcmp(events_file, CT_FILE_JSON) == 0;
    enum ct_status status =
        remove_file(dir, is_json ? CT_FILE_BINARY : CT_FILE_JSON, err);
    if (status == CT_OK)
        status = remove_file(dir, CT_FILE_METADATA, err);
    if (status == CT_OK)
        status = rename_file(dir, events_file, mode, err);
    if (status == CT_OK)
        status = rename_file(dir, CT_FILE_PATHS, mode, err);
    if (status == CT_OK)
        status = rename_file(dir, CT_FILE_METADATA, mode, err);
    return status;
}

void ct_files_discard(const char *dir, const char *events_file)
{
    const char *const names[] = {events_file, CT_FILE_PATHS, CT_FILE_METADATA};
    char path[CT_PATH_SIZE];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (ct_files_temporary(path, dir, names[i], NULL) == CT_OK)
            unlink(path);
    }
}
