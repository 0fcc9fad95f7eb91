/* The files of segments: their paths, how they are made, and those made ahead.
 *
 * Filling a large file takes the system some milliseconds, which the traced program
 * would wait for. So the helper makes the next one while the program runs: a *spare*,
 * named after its size, which whoever needs a segment of that size renames. One process
 * gets it, and nobody waits: where there is none (yet), a segment is made as ever. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CT_TAPE_PATH_SIZE 4096

/* Sizes of segments' files. They double, so that a short thread costs little and a long
 * one few system calls. */
#define CT_SEGMENT_FIRST_SIZE ((size_t)64 << 10)
#define CT_SEGMENT_LAST_SIZE ((size_t)4 << 20)

/* The path of a file in a tape's folder; false if it is too long. */
bool ct_tape_path(char path[CT_TAPE_PATH_SIZE], const char *folder, const char *name);
bool ct_segment_path(char path[CT_TAPE_PATH_SIZE], const char *folder, uint64_t number);

/* Whether the process's limit of file sizes allows a file; writing beyond it would send
 * the program a signal. */
bool ct_tape_is_in_file_limit(size_t size);

/* Creates the file and allocates its bytes: a descriptor, or -1 with errno and nothing
 * left. */
int ct_segment_create(const char *path, size_t size, mode_t mode);

/* Makes a spare of a file of `size` bytes if there is none and it can be; none where
 * the tape's lock is gone. */
void ct_spare_make(const char *folder, size_t size, mode_t mode);
/* Makes the spare of that size the file `path`: a descriptor, or -1 if there is none
 * that can be had. */
int ct_spare_take(const char *folder, size_t size, const char *path);
/* Whether a file in a tape's folder is a spare, or is to become one. */
bool ct_spare_is_name(const char *name);
