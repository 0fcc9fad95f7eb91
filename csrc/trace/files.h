/* The files of a trace directory: temporary names, and the order in which they become
 * the real ones (trace-formats.md 1). */
#pragma once

#include "base/buf.h"
#include "base/status.h"

#include <sys/types.h>

#define CT_PATH_SIZE 4096 /* bytes of a path, with its NUL */

#define CT_FILE_JSON "trace.json"
#define CT_FILE_BINARY "trace.bin"
#define CT_FILE_PATHS "trace_paths.json"
#define CT_FILE_METADATA "trace_metadata.json"

/* The temporary path of DIR/name. CT_ERR_ARGUMENT if it is too long. */
CT_NODISCARD enum ct_status ct_files_temporary(char path[CT_PATH_SIZE], const char *dir,
                                               const char *name, struct ct_error *err);

/* Writes `content` under the temporary name of DIR/name; an error leaves no file. */
CT_NODISCARD enum ct_status ct_files_write(const char *dir, const char *name,
                                           const struct ct_buf *content,
                                           struct ct_error *err);

/* Gives the three files their mode and their names: the other events file and an old
 * metadata file go first, the new metadata file comes last, so a folder that has it is
 * whole. */
CT_NODISCARD enum ct_status ct_files_publish(const char *dir, const char *events_file,
                                             mode_t mode, struct ct_error *err);

/* Removes what has a temporary name. */
void ct_files_discard(const char *dir, const char *events_file);
