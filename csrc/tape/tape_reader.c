/* Merges the runs of all segments into one sequence of records.
 *
 * `active` holds the segments that have records left; each stands at a run with a key.
 * The lowest key goes first. Segments are numbered in the order of their first keys, so
 * it is enough to have the next file open: while it holds the lowest key, one more is
 * opened. A tape of one thread has one segment mapped, and the head of the next. */
#include "tape/tape_reader.h"

#include "tape/segment.h"
#include "tape/tape_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_SEGMENT SIZE_MAX

struct segment {
    void *mapping; /* owned, munmap */
    size_t size;   /* of the mapping */
    struct ct_span rest;
    uint64_t key;    /* of the run it stands at */
    uint64_t thread; /* of that run */
};

struct ct_tape_reader {
    char *folder;         /* owned */
    struct ct_buf active; /* struct segment */
    size_t current;       /* index of the segment being read, or NO_SEGMENT */
    uint64_t next_number; /* of the segment to open next */
    uint64_t readable;    /* segments with a good header */
    uint64_t last_key;
    bool has_key;
    bool has_all; /* no further segment file */
    bool is_damaged;
    bool has_ended;
    struct ct_error failure; /* status CT_OK: none */
    struct ct_tape_ids ids;
};

static struct segment *segment_at(const struct ct_tape_reader *reader, size_t index)
{
    return (struct segment *)(void *)reader->active.data + index;
}

static size_t segment_count(const struct ct_tape_reader *reader)
{
    return reader->active.size / sizeof(struct segment);
}

static void drop_segment(struct ct_tape_reader *reader, size_t index)
{
    struct segment *segment = segment_at(reader, index);
    munmap(segment->mapping, segment->size);
    size_t behind = segment_count(reader) - index - 1;
    memmove(segment, segment + 1,
            behind * sizeof *segment); /* keep the order of files */
    reader->active.size -= sizeof *segment;
}

/* The segment's record bytes, or false if its header is not what a tape has. */
static bool check_header(const struct segment *segment, uint64_t number,
                         struct ct_span *records)
{
    if (segment->size < CT_SEGMENT_HEADER_SIZE)
        return false;
    struct ct_segment_header *header = segment->mapping;
    uint64_t committed = atomic_load_explicit(&header->committed, memory_order_acquire);
    if (memcmp(header->magic, CT_SEGMENT_MAGIC, sizeof header->magic) != 0 ||
        header->version != CT_SEGMENT_VERSION ||
        header->header_size != CT_SEGMENT_HEADER_SIZE || header->number != number ||
        header->capacity > segment->size - CT_SEGMENT_HEADER_SIZE ||
        committed > header->capacity)
        return false;
    records->at = (const uint8_t *)segment->mapping + CT_SEGMENT_HEADER_SIZE;
    records->end = records->at + committed;
    return true;
}

/* Maps a file; false if it is too small, too large, no file, or cannot be mapped (then
 * with the reader's failure filled). */
static bool map_file(struct ct_tape_reader *reader, int fd, const char *path,
                     struct segment *segment)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_size < CT_SEGMENT_HEADER_SIZE ||
        (uint64_t)status.st_size > CT_TAPE_SEGMENT_SIZE)
        return false;
    segment->size = (size_t)status.st_size;
    segment->mapping = mmap(NULL, segment->size, PROT_READ, MAP_SHARED, fd, 0);
    if (segment->mapping != MAP_FAILED)
        return true;
    ct_error_set(&reader->failure, CT_ERR_IO, errno, "cannot map '%s'", path);
    return false;
}

/* Reads the RUN that every segment begins with. */
static bool read_first_run(struct ct_tape_reader *reader, struct segment *segment)
{
    struct ct_tape_record record;
    if (!ct_record_read(&reader->ids, &segment->rest, &record) ||
        record.kind != CT_REC_RUN)
        return false;
    segment->key = record.id;
    segment->thread = record.thread;
    return true;
}

/* Opens the next segment file. Sets has_all when there is none, or none that is good:
 * the segments before it may still be read. */
static void open_next(struct ct_tape_reader *reader)
{
    uint64_t number = reader->next_number++;
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/" CT_SEGMENT_NAME_FORMAT, reader->folder,
                     (unsigned long long)number);
    errno = ENAMETOOLONG;
    int fd = n > 0 && (size_t)n < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        reader->has_all = true;
        if (errno != ENOENT)
            ct_error_set(&reader->failure, CT_ERR_IO, errno, "cannot open '%s'", path);
        return;
    }
    struct segment segment = {0};
    bool is_good = map_file(reader, fd, path, &segment);
    close(fd);
    if (!is_good) {
        reader->has_all = reader->is_damaged = true;
        return;
    }
    is_good = check_header(&segment, number, &segment.rest);
    reader->readable += is_good;
    bool is_empty = is_good && segment.rest.at == segment.rest.end;
    is_good = is_good && !is_empty && read_first_run(reader, &segment);
    if (is_good)
        ct_buf_append(&reader->active, &segment, sizeof segment);
    if (!is_good || reader->active.failed)
        munmap(segment.mapping, segment.size);
    if (reader->active.failed)
        ct_error_set(&reader->failure, CT_ERR_MEMORY, 0, "out of memory");
    if (!is_good && !is_empty)
        reader->has_all = reader->is_damaged = true;
}

/* Makes the segment with the lowest key the current one; false if there is none. */
static bool choose_run(struct ct_tape_reader *reader)
{
    for (;;) {
        size_t count = segment_count(reader), lowest = 0;
        for (size_t i = 1; i < count; i++) {
            if (segment_at(reader, i)->key < segment_at(reader, lowest)->key)
                lowest = i;
        }
        bool is_newest = count == 0 || lowest == count - 1;
        if (is_newest && !reader->has_all && reader->failure.status == CT_OK) {
            open_next(reader);
            continue;
        }
        if (count == 0 || reader->failure.status != CT_OK)
            return false;
        reader->current = lowest;
        return true;
    }
}

/* Begins the current segment's run; false if its key comes too late. */
static bool begin_run(struct ct_tape_reader *reader)
{
    uint64_t key = segment_at(reader, reader->current)->key;
    if (reader->has_key && key <= reader->last_key)
        return false;
    reader->last_key = key;
    reader->has_key = true;
    return true;
}

static bool end_tape(struct ct_tape_reader *reader, bool is_damaged)
{
    reader->is_damaged |= is_damaged;
    reader->has_ended = true;
    return false;
}

bool ct_tape_reader_next(struct ct_tape_reader *reader, struct ct_tape_record *record)
{
    while (!reader->has_ended) {
        if (reader->current == NO_SEGMENT) {
            if (!choose_run(reader))
                return end_tape(reader, false);
            if (!begin_run(reader))
                return end_tape(reader, true);
        }
        struct segment *segment = segment_at(reader, reader->current);
        if (segment->rest.at == segment->rest.end) {
            drop_segment(reader, reader->current);
            reader->current = NO_SEGMENT;
            continue;
        }
        if (!ct_record_read(&reader->ids, &segment->rest, record)) {
            if (reader->ids.shape_sizes.failed)
                ct_error_set(&reader->failure, CT_ERR_MEMORY, 0, "out of memory");
            return end_tape(reader, true);
        }
        if (record->kind == CT_REC_RUN) {
            segment->key = record->id;
            segment->thread = record->thread;
            reader->current = NO_SEGMENT;
            continue;
        }
        record->thread = segment->thread;
        reader->has_ended = record->kind == CT_REC_END;
        return true;
    }
    return false;
}

struct ct_tape_reader *ct_tape_reader_new(const char *dir, struct ct_error *err)
{
    struct ct_tape_reader *reader = calloc(1, sizeof *reader);
    size_t size = strlen(dir) + sizeof "/" CT_TAPE_FOLDER;
    char *folder = malloc(size);
    if (reader == NULL || folder == NULL) {
        free(reader);
        free(folder);
        ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
        return NULL;
    }
    snprintf(folder, size, "%s/" CT_TAPE_FOLDER, dir);
    reader->folder = folder;
    reader->current = NO_SEGMENT;
    open_next(reader);
    if (reader->readable > 0 && reader->failure.status == CT_OK)
        return reader;
    if (reader->failure.status != CT_OK)
        *err = reader->failure;
    else
        ct_error_set(err, CT_ERR_FORMAT, 0, "no readable segment in '%s'", folder);
    ct_tape_reader_free(reader);
    return NULL;
}

void ct_tape_reader_free(struct ct_tape_reader *reader)
{
    if (reader == NULL)
        return;
    while (segment_count(reader) > 0)
        drop_segment(reader, segment_count(reader) - 1);
    ct_buf_fini(&reader->active);
    ct_tape_ids_fini(&reader->ids);
    free(reader->folder);
    free(reader);
}

enum ct_status ct_tape_reader_status(const struct ct_tape_reader *reader,
                                     struct ct_error *err)
{
    if (reader->failure.status != CT_OK && err != NULL)
        *err = reader->failure;
    return reader->failure.status;
}

bool ct_tape_reader_is_damaged(const struct ct_tape_reader *reader)
{
    return reader->is_damaged;
}
