/* Reading source files and skipping decorators in them.
 *
 * A decorator is an `@` at the start of a logical line and goes on to that line's end:
 * brackets, strings, comments and backslashes are followed so far as that needs. */
#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CT_SOURCE_MAX                                                                  \
    ((off_t)64 << 20) /* bytes; a larger file counts as unreadable                     \
                       */

void ct_sources_init(struct ct_sources *sources)
{
    memset(sources, 0, sizeof *sources);
}

static void forget(struct ct_source_file *file)
{
    free(file->path);
    free(file->text);
    memset(file, 0, sizeof *file);
}

void ct_sources_fini(struct ct_sources *sources)
{
    for (int i = 0; i < CT_SOURCE_CACHE; i++)
        forget(&sources->files[i]);
}

/* Reads a regular file whole; NULL if that cannot be done. */
static char *read_file(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    struct stat info;
    char *text = NULL;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= CT_SOURCE_MAX)
        text = malloc((size_t)info.st_size + 1);
    size_t have = 0;
    while (text != NULL && have < (size_t)info.st_size) {
        ssize_t n = read(fd, text + have, (size_t)info.st_size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    close(fd);
    *size = have;
    return text;
}

static int64_t count_lines(const char *text, size_t size)
{
    int64_t lines = 0;
    const char *end = text + size;
    for (const char *p = text; p < end; lines++) {
        const char *feed = memchr(p, '\n', (size_t)(end - p));
        p = feed == NULL ? end : feed + 1;
    }
    return lines;
}

/* NULL when memory is out. */
static struct ct_source_file *look_up(struct ct_sources *sources, const char *path)
{
    struct ct_source_file *oldest = &sources->files[0];
    sources->clock++;
    for (int i = 0; i < CT_SOURCE_CACHE; i++) {
        struct ct_source_file *file = &sources->files[i];
        if (file->path != NULL && strcmp(file->path, path) == 0) {
            file->used = sources->clock;
            return file;
        }
        if (file->used < oldest->used)
            oldest = file;
    }
    forget(oldest);
    oldest->path = strdup(path);
    if (oldest->path == NULL)
        return NULL;
    oldest->used = sources->clock;
    oldest->text = read_file(path, &oldest->size);
    oldest->lines = oldest->text == NULL ? -1 : count_lines(oldest->text, oldest->size);
    return oldest;
}

int64_t ct_sources_line_count(struct ct_sources *sources, const char *path)
{
    struct ct_source_file *file = look_up(sources, path);
    return file == NULL ? -1 : file->lines;
}

struct scan {
    const char *at, *end;
    int64_t line;
};

/* Steps over a string literal whose quote is at `at`. */
static void skip_string(struct scan *scan)
{
    char quote = *scan->at;
    size_t length = (size_t)(scan->end - scan->at);
    bool is_triple = length >= 3 && scan->at[1] == quote && scan->at[2] == quote;
    scan->at += is_triple ? 3 : 1;
    while (scan->at < scan->end) {
        char c = *scan->at++;
        if (c == '\n') {
            scan->line++;
            if (!is_triple)
                return; /* not a string of Python; the line ends it */
        } else if (c == '\\' && scan->at < scan->end) {
            scan->line += *scan->at++ == '\n';
        } else if (c == quote) {
            if (!is_triple)
                return;
            if (scan->end - scan->at >= 2 && scan->at[0] == quote &&
                scan->at[1] == quote) {
                scan->at += 2;
                return;
            }
        }
    }
}

/* Steps behind the line feed that ends the logical line. */
static void skip_logical_line(struct scan *scan)
{
    int depth = 0;
    while (scan->at < scan->end) {
        char c = *scan->at;
        if (c == '"' || c == '\'') {
            skip_string(scan);
            continue;
        }
        scan->at++;
        if (c == '#') {
            while (scan->at < scan->end && *scan->at != '\n')
                scan->at++;
        } else if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (c == ')' || c == ']' || c == '}') {
            depth--;
        } else if (c == '\\' && scan->at < scan->end) {
            scan->line += *scan->at++ == '\n';
        } else if (c == '\n') {
            scan->line++;
            if (depth <= 0)
                return;
        }
    }
}

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' ||
                                    *scan->at == '\f' || *scan->at == '\r'))
        scan->at++;
}

int64_t ct_sources_definition_line(struct ct_sources *sources, const char *path,
                                   int64_t first_line)
{
    struct ct_source_file *file = look_up(sources, path);
    if (file == NULL || file->text == NULL || first_line < 1 ||
        first_line > file->lines)
        return first_line;
    struct scan scan = {file->text, file->text + file->size, 1};
    while (scan.line < first_line) {
        scan.at = memchr(scan.at, '\n', (size_t)(scan.end - scan.at));
        if (scan.at == NULL)
            return first_line;
        scan.at++;
        scan.line++;
    }
    bool is_decorated = false;
    for (;;) {
        skip_blanks(&scan);
        if (scan.at == scan.end)
            return first_line;
        if (*scan.at == '@')
            is_decorated = true;
        else if (!is_decorated)
            return first_line;
        else if (*scan.at != '#' && *scan.at != '\n')
            return scan.line;
        skip_logical_line(&scan);
    }
}
