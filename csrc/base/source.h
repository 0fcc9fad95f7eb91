/* What a source file's text says: how many lines it has, where a definition stands.
 *
 * Used once per code object by the capture half, since a code object knows neither: a
 * viewer refuses a step past the end of its file, and `co_firstlineno` of decorated
 * code is the line of its first decorator. Keeps the texts of the few files asked for
 * last. No descriptor stays open. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CT_SOURCE_CACHE 8 /* files kept: functions of a few modules alternate */

struct ct_source_file {
    char *path; /* owned; NULL: an empty place */
    char *text; /* owned; NULL: the file cannot be read */
    size_t size;
    int64_t lines; /* as viewers count: separated by line feeds */
    uint64_t used; /* when it was asked for last */
};

struct ct_sources {
    struct ct_source_file files[CT_SOURCE_CACHE];
    uint64_t clock;
};

void ct_sources_init(struct ct_sources *sources);
void ct_sources_fini(struct ct_sources *sources);

/* Lines of the file, or -1 if it cannot be read. */
int64_t ct_sources_line_count(struct ct_sources *sources, const char *path);

/* The line of the `def`, `class` or other statement below the decorators that begin at
 * `first_line` (from 1); `first_line` itself if nothing is decorated there or the file
 * cannot be read. */
int64_t ct_sources_definition_line(struct ct_sources *sources, const char *path,
                                   int64_t first_line);
