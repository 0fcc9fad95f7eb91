/* Test directories (workspace.h). */
#include "workspace.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void workspace_make(struct workspace *space)
{
    const char *base = getenv("TMPDIR");
    int size = snprintf(space->dir, sizeof space->dir, "%s/ct-test-XXXXXX",
                        base != NULL && strlen(base) < 40 ? base : "/tmp");
    if (size >= (int)sizeof space->dir || mkdtemp(space->dir) == NULL)
        abort();
    snprintf(space->file, sizeof space->file, "%s/trace.tmp", space->dir);
}

/* Counts the entries; removes them if asked to. */
static int visit(const struct workspace *space, bool is_removed)
{
    DIR *dir = opendir(space->dir);
    if (dir == NULL)
        abort();
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (is_removed)
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    return count;
}

bool workspace_is_empty(const struct workspace *space)
{
    return visit(space, false) == 0;
}

bool workspace_has_only_file(const struct workspace *space)
{
    return visit(space, false) == 1 && access(space->file, F_OK) == 0;
}

void workspace_remove(struct workspace *space)
{
    visit(space, true);
    rmdir(space->dir);
}
