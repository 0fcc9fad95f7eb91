/* Segments of a tape being written: creation, mapping, rolling over.
 *
 * Called by the capture half, from any thread; each stream by its own thread only. The
 * process holds no descriptor between calls: a segment is opened, allocated, mapped
 * and closed. Space is allocated before it is mapped, so that a full disk is an error
 * here and never a SIGBUS later. */
#include "tape/tape_writer.h"

#include "base/utf8.h"
#include "tape/segment_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* From this size on files are made ahead. */
#define CT_SPARE_LEAST ((size_t)256 << 10)

#define CT_KEPT_SEGMENTS 8 /* into which the part of a tape that is kept is divided */
_Static_assert(CT_KEEP_LEAST == CT_SEGMENT_FIRST_SIZE,
               "no less than a segment is kept");
#define CT_PAGE_SIZE ((size_t)4096)
#define CT_READY_SIZE ((size_t)128 << 10) /* bytes made ready at once */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif
#define CT_REMOVE_TRIES 1000
#define CT_RUN_SIZE (1 + 2 * CT_VARINT_MAX) /* bytes of a RUN record at most */
#define CT_SEGMENT_NAME_SIZE ((size_t)32)   /* bytes of a name in the folder, at most */

/* The file that becomes the segment of the END: one page. */
#define CT_TAPE_LAST_NAME "end"
#define CT_LAST_ROOM (CT_PAGE_SIZE - CT_SEGMENT_HEADER_SIZE)
#define CT_LAST_NOTE (CT_LAST_ROOM - CT_RUN_SIZE - 3 - 2 * CT_VARINT_MAX)

/* ---- files ----------------------------------------------------------------------- */

static bool fail(struct ct_tape *tape, const char *what, const char *path, int os_errno)
{
    if (atomic_exchange(&tape->failed, true))
        return false;
    ct_error_set(&tape->error, CT_ERR_IO, os_errno, "cannot %s '%.400s'", what, path);
    return false;
}

void ct_tape_fail_memory(struct ct_tape *tape)
{
    if (!atomic_exchange(&tape->failed, true))
        ct_error_set(&tape->error, CT_ERR_MEMORY, 0, "out of memory");
}

/* Maps the file and closes it; NULL with the tape failed. `fd` -1: with errno, why
 * there is no file. */
static struct ct_segment_header *map_segment(struct ct_tape *tape, const char *path,
                                             int fd, size_t size)
{
    void *mapping = MAP_FAILED;
    if (fd >= 0)
        mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapping == MAP_FAILED) {
        fail(tape, "create", path, errno);
        if (fd >= 0)
            unlink(path);
    }
    if (fd >= 0)
        close(fd);
    return mapping == MAP_FAILED ? NULL : mapping;
}

bool ct_tape_may_be_helped(int error)
{
    return error == EACCES || error == EPERM || error == ENOENT || error == ENOTDIR ||
           error == EFBIG;
}

/* Has the kernel map the next pages of the segment, all at once: a fault for each would
 * cost more, and what is not reached takes no memory of the process. */
static void make_ready(struct ct_stream *stream, size_t size)
{
    uintptr_t start = (uintptr_t)stream->end & ~(CT_PAGE_SIZE - 1);
    uint8_t *end = stream->end + (size > CT_READY_SIZE ? size : CT_READY_SIZE);
    stream->end = end < stream->limit ? end : stream->limit;
    madvise((void *)start, (size_t)((uintptr_t)stream->end - start),
            MADV_POPULATE_WRITE); /* advice: an old kernel faults page by page */
}

/* ---- the folder ------------------------------------------------------------------ */

static bool is_segment_name(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    return digits > 0 && strcmp(name + digits, ".seg") == 0;
}

/* Removes the segments from the first one on by their names, as far as they go: all
 * that a process can do that has no descriptor left. */
static void remove_segments(const char *folder)
{
    char path[CT_TAPE_PATH_SIZE];
    for (uint64_t number = 0;; number++) {
        if (!ct_segment_path(path, folder, number) || unlink(path) < 0)
            return;
    }
}

/* Removes those behind a gap, too, and what was made ahead. */
static void remove_other_segments(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (is_segment_name(entry->d_name) || ct_spare_is_name(entry->d_name))
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
}

void ct_tape_remove(const char *folder)
{
    static const char *const others[] = {
        CT_TAPE_STATE_NAME, CT_TAPE_STATE_NEW, CT_TAPE_STATE_DONE, CT_TAPE_LAST_NAME,
        CT_MIRROR_NAME,     CT_HANDOVER_NAME,  CT_TAPE_LOCK_NAME};
    char path[CT_TAPE_PATH_SIZE], done[CT_TAPE_PATH_SIZE];
    if (ct_tape_path(path, folder, CT_TAPE_STATE_NAME) &&
        ct_tape_path(done, folder, CT_TAPE_STATE_DONE))
        rename(path, done); /* nearly always there is none */
    remove_segments(folder);
    remove_other_segments(folder);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (ct_tape_path(path, folder, others[i]))
            unlink(path);
    }
    /* The helper may have begun to make a file ahead before the lock went. */
    for (int i = 0; rmdir(folder) < 0 && errno == ENOTEMPTY && i < CT_REMOVE_TRIES; i++)
        remove_other_segments(folder);
}

/* Fills a folder that nobody else knows yet. */
static enum ct_status prepare(struct ct_tape *tape, const char *folder,
                              struct ct_error *err)
{
    struct stat info;
    char path[CT_TAPE_PATH_SIZE];
    if (stat(folder, &info) < 0)
        return ct_error_set(err, CT_ERR_IO, errno, "cannot look at '%s'", folder);
    tape->mode = info.st_mode & 0666;
    enum ct_status status = ct_tape_lock_take(&tape->lock, folder, err);
    if (status == CT_OK)
        status = ct_handover_make(&tape->handover, folder, err);
    if (status != CT_OK)
        return status;
    if (ct_tape_path(path, folder, CT_TAPE_LAST_NAME))
        tape->last =
            map_segment(tape, path, ct_segment_create(path, CT_PAGE_SIZE, tape->mode),
                        CT_PAGE_SIZE);
    if (tape->last == NULL) {
        *err = tape->error;
        return err->status;
    }
    madvise(tape->last, CT_PAGE_SIZE, MADV_DONTFORK);
    return CT_OK;
}

/* Makes a folder of a name of its own, and locked, the tape's: whoever finds a tape can
 * tell whether it is in use. */
static enum ct_status create(struct ct_tape *tape, struct ct_error *err)
{
    char folder[CT_TAPE_PATH_SIZE];
    int result = -1, n = 0;
    for (int i = 0; i < 100; i++) {
        n = snprintf(folder, sizeof folder, "%s-%ld.%d", tape->folder, (long)getpid(),
                     i);
        if (n < 0 || (size_t)n + CT_SEGMENT_NAME_SIZE >= sizeof folder)
            return ct_error_set(err, CT_ERR_IO, ENAMETOOLONG, "cannot create '%.400s'",
                                tape->folder);
        if ((result = mkdir(folder, 0777)) == 0 || errno != EEXIST)
            break;
    }
    if (result < 0)
        return ct_error_set(err, CT_ERR_IO, errno, "cannot create '%.400s'", folder);
    enum ct_status status = prepare(tape, folder, err);
    if (status == CT_OK && rename(folder, tape->folder) < 0) {
        int error = errno == ENOTEMPTY ? EEXIST : errno;
        status =
            ct_error_set(err, CT_ERR_IO, error, "cannot create '%.400s'", tape->folder);
    }
    if (status != CT_OK)
        ct_tape_remove(folder);
    return status;
}

enum ct_status ct_tape_open(struct ct_tape *tape, const char *dir, struct ct_error *err)
{
    memset(tape, 0, sizeof *tape);
    size_t size = strlen(dir) + sizeof "/" CT_TAPE_FOLDER;
    tape->folder = malloc(size);
    if (tape->folder == NULL)
        return ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    snprintf(tape->folder, size, "%s/" CT_TAPE_FOLDER, dir);
    enum ct_status status = create(tape, err);
    if (status != CT_OK)
        ct_tape_close(tape);
    return status;
}

void ct_tape_forget(struct ct_tape *tape)
{
    tape->lock = (struct ct_tape_lock){.helper_file = -1};
    ct_help_forget(&tape->help);
    tape->handover.page = NULL;
    tape->last = NULL;
}

void ct_tape_close(struct ct_tape *tape)
{
    ct_handover_close(&tape->handover);
    if (tape->last != NULL)
        munmap(tape->last, CT_PAGE_SIZE);
    tape->last = NULL;
    free(tape->folder);
    tape->folder = NULL;
    ct_tape_lock_release(&tape->lock);
    ct_help_settle(&tape->help);
}

/* ---- streams --------------------------------------------------------------------- */

void ct_stream_init(struct ct_stream *stream, struct ct_tape *tape, uint64_t thread)
{
    memset(stream, 0, sizeof *stream);
    stream->tape = tape;
    stream->thread = thread;
    stream->next_capacity = CT_SEGMENT_FIRST_SIZE - CT_SEGMENT_HEADER_SIZE;
}

void ct_stream_abandon(struct ct_stream *stream)
{
    struct ct_segment_header *header = stream->header;
    if (header == NULL)
        return;
    stream->before = ct_stream_position(stream);
    munmap(header, sizeof *header + header->capacity);
    stream->header = NULL;
    stream->cursor = stream->end = stream->limit = stream->records = NULL;
}

void ct_stream_close(struct ct_stream *stream)
{
    struct ct_segment_header *header = stream->header;
    if (header == NULL)
        return;
    struct ct_handover_page *page = stream->tape->handover.page;
    uint64_t committed = atomic_load(&header->committed);
    atomic_fetch_add(&stream->tape->bytes, committed);
    if (page != NULL)
        atomic_fetch_add(&page->written, committed);
    atomic_store(&header->sealed, 1);
    ct_stream_abandon(stream);
    ct_handover_tell_due(&stream->tape->handover);
}

static void fill_header(struct ct_segment_header *header, uint64_t number,
                        uint64_t thread, size_t capacity)
{
    header->version = CT_SEGMENT_VERSION;
    header->header_size = CT_SEGMENT_HEADER_SIZE;
    header->number = number;
    header->thread = thread;
    header->capacity = capacity;
    atomic_signal_fence(memory_order_seq_cst); /* who sees the magic sees the rest */
    memcpy(header->magic, CT_SEGMENT_MAGIC, sizeof header->magic);
}

static bool open_segment(struct ct_stream *stream, size_t capacity)
{
    struct ct_tape *tape = stream->tape;
    uint64_t number = atomic_fetch_add(&tape->next_segment, 1);
    size_t size = sizeof(struct ct_segment_header) + capacity;
    char path[CT_TAPE_PATH_SIZE];
    if (!ct_segment_path(path, tape->folder, number))
        return fail(tape, "name a segment in", tape->folder, ENAMETOOLONG);
    int fd = ct_spare_take(tape->folder, size, path);
    if (fd < 0)
        fd = ct_segment_create(path, size, tape->mode);
    int error = errno;
    if (fd < 0 && ct_tape_may_be_helped(error))
        fd = ct_help_segment(&tape->help, number, size, tape->mode);
    errno = error;
    struct ct_segment_header *header = map_segment(tape, path, fd, size);
    if (header == NULL) {
        /* The number is free again: the next segment has to follow without a gap. */
        uint64_t next = number + 1;
        atomic_compare_exchange_strong(&tape->next_segment, &next, number);
        return false;
    }
    fill_header(header, number, stream->thread, capacity);
    stream->header = header;
    stream->records = stream->cursor = stream->end = (uint8_t *)(header + 1);
    stream->limit = stream->records + capacity;
    make_ready(stream, CT_RUN_SIZE);
    return true;
}

static void write_run(struct ct_stream *stream)
{
    *stream->cursor++ = CT_REC_RUN;
    ct_stream_number(stream, atomic_fetch_add(&stream->tape->next_key, 1));
    ct_stream_number(stream, stream->thread);
}

/* The recording ends where the tape cannot be written any more. */
static void end_failed(struct ct_tape *tape)
{
    char note[sizeof tape->error.text + 64];
    bool is_limit = tape->error.status == CT_ERR_LIMIT;
    int n = snprintf(note, sizeof note, "The recording ended before the program: %s.",
                     tape->error.text);
    ct_tape_end(tape, is_limit ? CT_END_LIMIT : CT_END_RECORDER_ERROR,
                is_limit ? CT_EXIT_UNKNOWN : CT_EXIT_DISABLED, 0,
                (struct ct_text){note, (size_t)n});
}

/* Whether the user allows another segment; the tape has failed if not. */
static bool is_allowed(struct ct_tape *tape, size_t needed, size_t *capacity)
{
    const struct ct_handover_page *page = tape->handover.page;
    bool is_full = page != NULL && atomic_load(&page->is_full);
    struct ct_error error;
    if (ct_quota_check(&tape->quota, tape->folder, atomic_load(&tape->bytes), is_full,
                       needed, capacity, &error) == CT_OK)
        return true;
    if (!atomic_exchange(&tape->failed, true))
        tape->error = error;
    return false;
}

/* Has the next segment's file made while this one is written, if it may follow: with
 * it there must still be room for it. */
static void ask_ahead(const struct ct_stream *stream)
{
    struct ct_tape *tape = stream->tape;
    size_t capacity = stream->next_capacity, room = 2 * capacity;
    size_t size = capacity + CT_SEGMENT_HEADER_SIZE;
    uint64_t used = atomic_load(&tape->bytes) + stream->header->capacity;
    struct ct_error ignored;
    if (size >= CT_SPARE_LEAST &&
        ct_quota_check(&tape->quota, tape->folder, used, false, capacity, &room,
                       &ignored) == CT_OK)
        ct_help_spare(&tape->help, size, tape->mode);
}

/* The record bytes of the next segment; the one behind it has twice the size, up to
 * where a tape of which only the last part is kept can still be cut finely. */
static size_t next_capacity(struct ct_stream *stream)
{
    size_t capacity = stream->next_capacity, largest = CT_SEGMENT_LAST_SIZE;
    size_t size = capacity + CT_SEGMENT_HEADER_SIZE;
    uint64_t keep = stream->tape->quota.keep;
    if (keep > 0 && keep / CT_KEPT_SEGMENTS < largest)
        largest = keep / CT_KEPT_SEGMENTS;
    if (2 * size <= largest)
        stream->next_capacity = 2 * size - CT_SEGMENT_HEADER_SIZE;
    return capacity;
}

bool ct_stream_roll(struct ct_stream *stream, size_t size)
{
    if (size <= (size_t)(stream->limit - stream->cursor)) {
        make_ready(stream, size);
        return true;
    }
    if (stream->header != NULL) {
        ct_stream_commit(stream);
        ct_stream_close(stream);
        if (stream->tape->quota.keep > 0 && stream->tape->trim != NULL)
            stream->tape->trim(stream->tape);
    }
    if (atomic_load(&stream->tape->failed))
        return false;
    size_t capacity = next_capacity(stream);
    size_t needed = size + CT_RUN_SIZE;
    if (!is_allowed(stream->tape, needed, &capacity)) {
        end_failed(stream->tape);
        return false;
    }
    if (needed > capacity) /* one huge record: a segment of its own size */
        capacity = (needed + CT_SEGMENT_HEADER_SIZE + CT_PAGE_SIZE) / CT_PAGE_SIZE *
                       CT_PAGE_SIZE -
                   CT_SEGMENT_HEADER_SIZE;
    if (!open_segment(stream, capacity)) {
        end_failed(stream->tape);
        return false;
    }
    ask_ahead(stream);
    write_run(stream);
    return ct_stream_reserve(stream, size);
}

bool ct_stream_begin_run(struct ct_stream *stream)
{
    uint8_t *before = stream->cursor;
    if (!ct_stream_reserve(stream, CT_RUN_SIZE))
        return false;
    if (before == stream->cursor) /* else rolling has begun one */
        write_run(stream);
    ct_stream_commit(stream); /* whoever follows the tape waits for its key */
    return true;
}

bool ct_stream_fact(struct ct_stream *stream, enum ct_fact fact, struct ct_text text)
{
    if (!ct_stream_reserve(stream, 2 + ct_stream_text_size(text)))
        return false;
    *stream->cursor++ = CT_REC_FACT;
    *stream->cursor++ = (uint8_t)fact;
    ct_stream_text(stream, text);
    ct_stream_commit(stream);
    return true;
}

void ct_tape_end(struct ct_tape *tape, enum ct_end_reason reason, enum ct_end_exit exit,
                 int64_t code, struct ct_text note)
{
    struct ct_segment_header *header = tape->last;
    if (header == NULL || atomic_exchange(&tape->has_end, true))
        return;
    uint64_t number = atomic_fetch_add(&tape->next_segment, 1);
    char from[CT_TAPE_PATH_SIZE], to[CT_TAPE_PATH_SIZE];
    if (!ct_tape_path(from, tape->folder, CT_TAPE_LAST_NAME) ||
        !ct_segment_path(to, tape->folder, number))
        return; /* no segment has ever been made */
    note.size = note.size > CT_LAST_NOTE ? CT_LAST_NOTE : note.size;
    note.size = ct_utf8_valid_size(note);
    struct ct_stream stream = {.cursor = (uint8_t *)(header + 1),
                               .records = (uint8_t *)(header + 1),
                               .header = header,
                               .tape = tape,
                               .thread = 1};
    fill_header(header, number, stream.thread, CT_LAST_ROOM);
    write_run(&stream);
    *stream.cursor++ = CT_REC_END;
    *stream.cursor++ = (uint8_t)reason;
    *stream.cursor++ = (uint8_t)exit;
    ct_stream_number(&stream, ct_zigzag(code));
    ct_stream_text(&stream, note);
    ct_stream_commit(&stream);
    atomic_store(&header->sealed, 1);
    rename(from, to); /* what fails with it, the tape's reader takes for a death */
    ct_handover_tell(&tape->handover);
}

void ct_tape_adopt_end(const char *folder)
{
    char from[CT_TAPE_PATH_SIZE], to[CT_TAPE_PATH_SIZE];
    struct ct_segment_header header;
    int fd = ct_tape_path(from, folder, CT_TAPE_LAST_NAME)
                 ? open(from, O_RDONLY | O_CLOEXEC)
                 : -1;
    if (fd < 0)
        return;
    bool is_written = read(fd, &header, sizeof header) == (ssize_t)sizeof header &&
                      atomic_load(&header.committed) != 0;
    close(fd);
    if (is_written && ct_segment_path(to, folder, header.number) &&
        access(to, F_OK) < 0)
        rename(from, to);
}
