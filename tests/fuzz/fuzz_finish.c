/* Fuzz target: a good tape, damaged, and recovered as `--recover` does it.
 *
 * Input: a byte of options, two of the seed of a random tape, one of its length; then
 * damages of five bytes each: kind, segment, place (two bytes), operand. Bit 0 of the
 * options: the tape is for trace.bin. Bit 1: a trace is there already, so the tape is
 * recovered beside it. Bit 2: it is cut, damaged as it is, before. Bit 3: its first
 * file is the state of a tape that was cut. What must hold: no crash, no leak, no rule
 * of a trace broken; and either there is a trace, whole and without its tape, or an
 * error with a text, and the tape is still there. */
#include "base/buf.h"
#include "random_tape.h"
#include "rule_check.h"
#include "trace/recover.h"
#include "trace/trim.h"
#include "workspace.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAMAGES 64 /* at most; more only cost time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct workspace space; /* made at the first input */
static char trace_dir[80];     /* in it */

struct damage {
    uint8_t kind, segment;
    uint16_t place;
    uint8_t operand;
};

/* A segment file as it will be written. */
struct file {
    struct ct_segment_header header;
    struct ct_buf bytes; /* behind the header */
    bool is_missing;
    size_t cut; /* bytes that the file lacks at its end */
};

/* ---- damages -------------------------------------------------------------------- */

static void put_varint(struct ct_buf *bytes, size_t place, uint64_t value)
{
    uint8_t text[CT_VARINT_MAX];
    size_t size = (size_t)(ct_varint_put(text, value) - text);
    for (size_t i = 0; i < size && place + i < bytes->size; i++)
        bytes->data[place + i] = text[i];
}

/* A length that no tape can have, or that just fits, or that is off by little. */
static uint64_t hostile_length(const struct ct_buf *bytes, size_t place, uint8_t which)
{
    static const uint64_t lengths[] = {
        UINT64_MAX, INT64_MAX, UINT64_C(1) << 40, UINT64_C(1) << 32,
        UINT32_MAX, INT32_MAX, 0xfffffff0,        4000000,
        65536,      0,
    };
    size_t count = sizeof lengths / sizeof *lengths;
    return which < count ? lengths[which] : bytes->size - place + which - 128;
}

static void damage_bytes(struct ct_buf *bytes, struct damage damage)
{
    if (bytes->size == 0)
        return;
    size_t place = damage.place % bytes->size, left = bytes->size - place;
    switch (damage.kind % 8) {
    case 0:
        bytes->data[place] ^= (uint8_t)(1 << damage.operand % 8);
        break;
    case 1:
        bytes->data[place] = damage.operand;
        break;
    case 2:
        put_varint(bytes, place, hostile_length(bytes, place, damage.operand));
        break;
    case 3: /* a stretch of the tape is not there */
        if (damage.operand < left) {
            memmove(bytes->data + place, bytes->data + place + damage.operand,
                    left - damage.operand);
            bytes->size -= damage.operand;
        }
        break;
    case 4: /* or there again */
        if (damage.operand < left && ct_buf_reserve(bytes, damage.operand))
            ct_buf_append(bytes, bytes->data + place, damage.operand);
        break;
    case 5: /* a page that was never written */
        memset(bytes->data + place, 0, damage.operand < left ? damage.operand : left);
        break;
    default:
        bytes->size = place;
    }
}

static void damage_header(struct ct_segment_header *header, struct damage damage)
{
    uint8_t bytes[sizeof *header];
    memcpy(bytes, header, sizeof *header);
    bytes[damage.place % sizeof bytes] ^= damage.operand;
    memcpy(header, bytes, sizeof *header);
}

static void do_damage(struct file *files, size_t count, struct damage damage)
{
    struct file *file = &files[damage.segment % count];
    struct file *other = &files[damage.place % count], saved = *file;
    switch (damage.kind >> 5) {
    case 5:
        damage_header(&file->header, damage);
        break;
    case 6:
        if (damage.operand & 1)
            file->is_missing = true;
        else
            file->cut = damage.place;
        break;
    case 7: /* two files are exchanged, with their headers or without */
        *file = *other;
        *other = saved;
        if (damage.operand & 1) {
            file->header.number = (uint64_t)(file - files);
            other->header.number = (uint64_t)(other - files);
        }
        break;
    default:
        damage_bytes(&file->bytes, damage);
        file->header.capacity = file->bytes.size;
        file->header.committed = file->bytes.size;
    }
}

/* ---- the damaged directory ------------------------------------------------------ */

static size_t take_files(struct tape *tape, struct file *files)
{
    for (size_t i = 0; i < tape->count; i++) {
        files[i] = (struct file){
            .header = tape_header(i, tape->segments[i].size),
            .bytes = tape->segments[i],
        };
        tape->segments[i] = (struct ct_buf){0};
    }
    return tape->count;
}

static void save(const struct file *files, size_t count)
{
    char path[256];
    mkdir(trace_dir, 0777);
    for (size_t i = 0; i < count; i++) {
        if (files[i].is_missing)
            continue;
        tape_save_segment(trace_dir, i, &files[i].header, files[i].bytes.data,
                          files[i].bytes.size);
        off_t size = (off_t)(CT_SEGMENT_HEADER_SIZE + files[i].bytes.size);
        snprintf(path, sizeof path, "%s/" CT_TAPE_FOLDER "/" CT_SEGMENT_NAME_FORMAT,
                 trace_dir, (unsigned long long)i);
        off_t cut = (off_t)files[i].cut;
        if (cut != 0 && truncate(path, cut < size ? size - cut : 0) < 0)
            abort();
    }
}

/* Makes the first file the state that stands before the second. */
static void make_state(void)
{
    char from[256], to[256];
    snprintf(from, sizeof from, "%s/" CT_TAPE_FOLDER "/" CT_SEGMENT_NAME_FORMAT,
             trace_dir, 0ULL);
    snprintf(to, sizeof to, "%s/" CT_TAPE_FOLDER "/" CT_TAPE_STATE_NAME, trace_dir);
    rename(from, to); /* it may be missing */
}

/* Cuts the tape as if its segments were full, and its process alive. */
static void cut(const struct file *files, size_t count)
{
    struct ct_error err = {0};
    struct ct_handover_page page = {.changes = 0};
    const struct ct_handover handover = {&page};
    for (size_t i = 0; i < count; i++)
        page.written += files[i].header.committed;
    if (ct_trim(trace_dir, &handover, page.written / 2, &err) != CT_OK &&
        err.text[0] == '\0')
        abort();
}

static bool has(const char *dir, const char *name)
{
    char path[CT_PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* Removes a directory of files, which were those of a whole trace, or of a tape. */
static void remove_trace(const char *dir)
{
    tape_delete(dir);
    DIR *entries = opendir(dir);
    if (entries == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strstr(entry->d_name, ".tmp") != NULL)
            abort();
        unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
    if (rmdir(dir) < 0)
        abort();
}

static void remove_workspace(void)
{
    workspace_remove(&space);
}

/* ---- what must hold ------------------------------------------------------------- */

static void check_recovery(bool is_beside)
{
    static struct ct_recovery recovery;
    static char text[CT_RECOVERY_TEXT_SIZE];
    struct ct_error err = {0};
    enum ct_recover_place place = is_beside ? CT_RECOVER_BESIDE : CT_RECOVER_IN_FREE;
    switch (ct_recover(trace_dir, place, &recovery, &err)) {
    case CT_RECOVER_DONE:
        ct_recovery_describe(&recovery, text);
        if (!has(recovery.dir, recovery.result.events_file) ||
            !has(recovery.dir, CT_FILE_METADATA) || !has(recovery.dir, CT_FILE_PATHS) ||
            has(recovery.dir, CT_TAPE_FOLDER) ||
            is_beside != (strcmp(recovery.dir, trace_dir) != 0))
            abort();
        break;
    case CT_RECOVER_NOTHING: /* the first segment is missing */
        if (has(trace_dir, CT_TAPE_FOLDER))
            abort();
        return;
    default:
        if (err.text[0] == '\0' || !has(recovery.dir, CT_TAPE_FOLDER))
            abort();
    }
    if (strcmp(recovery.dir, trace_dir) != 0)
        remove_trace(recovery.dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct file files[TAPE_SEGMENTS];
    if (space.dir[0] == 0) {
        workspace_make(&space);
        snprintf(trace_dir, sizeof trace_dir, "%s/trace", space.dir);
        atexit(remove_workspace);
    }
    if (size < 4)
        return 0;
    bool is_binary = (data[0] & 1) != 0;
    struct tape tape = {0};
    enum ct_end_reason reason;
    random_tape(&tape, data[1] | (uint64_t)data[2] << 8, data[3],
                is_binary ? "binary" : "json", &reason);
    size_t count = take_files(&tape, files);
    const uint8_t *next = data + 4, *end = data + size;
    for (int i = 0; i < DAMAGES && end - next >= 5; i++, next += 5) {
        struct damage damage = {next[0], next[1], (uint16_t)(next[2] | next[3] << 8),
                                next[4]};
        do_damage(files, count, damage);
    }
    for (size_t i = 0; (data[0] & 4) != 0 && i < count; i++)
        files[i].header.sealed = 1;
    if ((data[0] & 8) != 0)
        files[0].header.number += 1;
    save(files, count);
    if ((data[0] & 8) != 0)
        make_state();
    if ((data[0] & 4) != 0)
        cut(files, count);
    if (has(trace_dir, CT_TAPE_FOLDER)) {
        rule_check_tape(trace_dir, (struct rule_options){.has_float = is_binary,
                                                         .allows_unused = true,
                                                         .allows_any_end = true});
        check_recovery((data[0] & 2) != 0);
    }
    remove_trace(trace_dir);
    for (size_t i = 0; i < count; i++)
        ct_buf_fini(&files[i].bytes);
    tape_fini(&tape);
    return 0;
}
