/* Merges the runs of all segments into one sequence of records.
 *
 * `active` holds the segments that have records left; each stands at a run with a key.
 * The lowest key goes first. Segments are numbered in the order of their first keys, so
 * it is enough to have the next file open: as long as no lower key than its first is
 * left, one more is opened. A tape of one thread has one segment mapped, and the head
 * of the next. A tape that was cut begins with its state (tape_state.h) and the rests
 * that this names.
 *
 * While a tape is followed, keys decide alone: they are given without gaps, each when
 * its run begins, so the run behind `last_key` is over once a run with the next key can
 * be seen. A segment that has nothing more yet is *idle* and stands at no run. */
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
    const uint8_t *run; /* the RUN it stands at */
    uint64_t key;       /* of that run */
    uint64_t thread;    /* of that run */
    bool is_idle;       /* it stands at no run: its next one has not begun */
    bool is_state;
};

struct ct_tape_reader {
    char *folder;         /* owned */
    struct ct_buf active; /* struct segment */
    size_t current;       /* index of the segment being read, or NO_SEGMENT */
    uint64_t next_number; /* of the segment to open next */
    uint64_t readable;    /* segments with a good header */
    uint64_t newest_key;  /* the first one of the segment opened last by number */
    uint64_t last_key;
    bool has_key;
    uint64_t done;
    uint64_t stop_after;   /* `done`, or UINT64_MAX */
    const uint8_t *record; /* the last one */
    bool is_cut;           /* it began with a state */
    bool is_live;          /* the tape is being written */
    bool is_waiting;       /* … and has got no further */
    bool has_all;          /* no further segment file */
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
    if (!segment->is_state)
        reader->done += (uint64_t)(segment->rest.end - (uint8_t *)segment->mapping) -
                        CT_SEGMENT_HEADER_SIZE;
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

bool ct_tape_is_begun(int fd)
{
    uint64_t magic = 0;
    ssize_t size = pread(fd, &magic, sizeof magic, 0);
    return size < 0 || (size > 0 && magic != 0);
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

/* Reads the RUN that every segment begins with. Anything else is not even looked at: a
 * definition would count, and the segments before this one go on. */
static bool read_first_run(struct ct_tape_reader *reader, struct segment *segment)
{
    struct ct_tape_record record;
    segment->run = segment->rest.at;
    if (*segment->rest.at != CT_REC_RUN ||
        !ct_record_read(&reader->ids, &segment->rest, &record))
        return false;
    segment->key = record.id;
    segment->thread = record.thread;
    return true;
}

/* Whether the file is that of a segment which its writer is just making. */
static bool is_unborn(const struct ct_tape_reader *reader, int fd)
{
    struct ct_segment_header header = {.committed = 0};
    return reader->is_live && pread(fd, &header, sizeof header, 0) >= 0 &&
           atomic_load(&header.committed) == 0;
}

/* A descriptor of a segment's file, whose path goes into `path`; -1 with errno. */
static int open_numbered(const struct ct_tape_reader *reader, uint64_t number,
                         char path[4096])
{
    int n = snprintf(path, 4096, "%s/" CT_SEGMENT_NAME_FORMAT, reader->folder,
                     (unsigned long long)number);
    errno = ENAMETOOLONG;
    return n > 0 && n < 4096 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

/* Takes a mapped file among the segments, from record byte `offset` on; false if there
 * is nothing in it to read. *segment, which is unmapped then, tells its key. */
static bool take_segment(struct ct_tape_reader *reader, struct segment *segment,
                         uint64_t number, uint64_t offset)
{
    bool is_good = check_header(segment, number, &segment->rest) &&
                   offset <= (uint64_t)(segment->rest.end - segment->rest.at);
    reader->readable += is_good;
    segment->rest.at += is_good ? offset : 0;
    bool is_empty = is_good && segment->rest.at == segment->rest.end;
    segment->is_idle = is_empty && offset > 0 && !segment->is_state;
    bool is_taken =
        segment->is_idle || (is_good && !is_empty && read_first_run(reader, segment));
    if (is_taken)
        ct_buf_append(&reader->active, segment, sizeof *segment);
    if (reader->active.failed)
        ct_error_set(&reader->failure, CT_ERR_MEMORY, 0, "out of memory");
    if (!is_taken && !is_empty)
        reader->has_all = reader->is_damaged = true;
    is_taken = is_taken && !reader->active.failed;
    if (!is_taken)
        munmap(segment->mapping, segment->size);
    return is_taken && !segment->is_idle;
}

/* Opens the next segment file. Sets has_all when there is none, or none that is good:
 * the segments before it may still be read. Of a tape that is followed, `false` when it
 * is not there yet. */
static bool open_next(struct ct_tape_reader *reader)
{
    uint64_t number = reader->next_number;
    char path[4096];
    int fd = open_numbered(reader, number, path);
    if (fd < 0) {
        reader->has_all = !reader->is_live;
        if (errno != ENOENT)
            ct_error_set(&reader->failure, CT_ERR_IO, errno, "cannot open '%s'", path);
        return false;
    }
    if (is_unborn(reader, fd)) {
        close(fd);
        return false;
    }
    reader->next_number++;
    if (!ct_tape_is_begun(fd)) {
        close(fd);
        return true;
    }
    struct segment segment = {0};
    bool is_mapped = map_file(reader, fd, path, &segment);
    close(fd);
    if (!is_mapped)
        reader->has_all = reader->is_damaged = true;
    else if (take_segment(reader, &segment, number, 0))
        reader->newest_key = segment.key;
    return is_mapped;
}

/* ---- the state of a tape that was cut -------------------------------------------- */

/* Opens a segment from `offset` on; that it is missing is damage. */
static void open_rest(struct ct_tape_reader *reader, uint64_t number, uint64_t offset)
{
    struct segment segment = {0};
    char path[4096];
    int fd = number < reader->next_number ? open_numbered(reader, number, path) : -1;
    if (fd < 0 || !map_file(reader, fd, path, &segment))
        reader->has_all = reader->is_damaged = true;
    else
        take_segment(reader, &segment, number, offset);
    if (fd >= 0)
        close(fd);
}

/* Opens what the KEPT records of the state name, each segment once. */
static void open_rests(struct ct_tape_reader *reader, struct ct_span kept)
{
    uint64_t least = 0;
    while (kept.at < kept.end && !reader->is_damaged) {
        kept.at++;
        uint64_t number = ct_span_number(&kept);
        open_rest(reader, number < least ? UINT64_MAX : number, ct_span_number(&kept));
        least = number + 1;
    }
}

/* Steps over the KEPT records. */
static struct ct_span take_kept(struct ct_span *records)
{
    struct ct_span kept = *records;
    while (records->at < records->end && *records->at == CT_REC_KEPT) {
        records->at++;
        ct_span_number(records);
        ct_span_number(records);
    }
    kept.end = records->at;
    return kept;
}

/* Opens the state, if there is one. */
static void open_state(struct ct_tape_reader *reader)
{
    struct segment segment = {.is_state = true};
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/" CT_TAPE_STATE_NAME, reader->folder);
    int fd = n > 0 && (size_t)n < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    reader->is_cut = true;
    bool is_mapped = map_file(reader, fd, path, &segment);
    close(fd);
    if (!is_mapped)
        return;
    const struct ct_segment_header *header = segment.mapping;
    struct ct_span records, kept = {0};
    reader->next_number = header->number;
    if (check_header(&segment, header->number, &records))
        kept = take_kept(&records);
    size_t offset = (size_t)(kept.end - kept.at);
    if (take_segment(reader, &segment, header->number, offset))
        open_rests(reader, kept);
}

bool ct_tape_reader_is_cut(const struct ct_tape_reader *reader)
{
    return reader->is_cut;
}

void ct_tape_reader_stop_after(struct ct_tape_reader *reader, uint64_t bytes)
{
    reader->stop_after = bytes;
}

/* Whether nothing is left of a segment, and nothing comes. */
static bool is_over(const struct segment *segment)
{
    const struct ct_segment_header *header = segment->mapping;
    return segment->is_idle && atomic_load(&header->sealed) != 0 &&
           segment->rest.end ==
               (const uint8_t *)(header + 1) + atomic_load(&header->committed);
}

bool ct_tape_reader_cut(const struct ct_tape_reader *reader, struct ct_tape_cut *cut)
{
    *cut = (struct ct_tape_cut){
        .key = reader->last_key,
        .next_segment = reader->next_number,
        .done = reader->done,
    };
    for (size_t i = 0; i < segment_count(reader); i++) {
        const struct segment *segment = segment_at(reader, i);
        const struct ct_segment_header *header = segment->mapping;
        const uint8_t *records = (const uint8_t *)(header + 1);
        const uint8_t *at = segment->is_idle ? segment->rest.at : segment->run;
        struct ct_tape_rest rest = {header->number, (uint64_t)(at - records)};
        if (is_over(segment))
            cut->done += rest.offset;
        else
            ct_buf_append(&cut->rests, &rest, sizeof rest);
    }
    return reader->current == NO_SEGMENT && reader->has_key && !reader->is_damaged &&
           !reader->has_ended && reader->failure.status == CT_OK && !cut->rests.failed;
}

struct ct_span ct_tape_reader_bytes(const struct ct_tape_reader *reader)
{
    return (struct ct_span){reader->record,
                            segment_at(reader, reader->current)->rest.at};
}

/* ---- following ------------------------------------------------------------------- */

/* Takes what has been committed since; false if there is nothing more. */
static bool refresh(struct segment *segment)
{
    const struct ct_segment_header *header = segment->mapping;
    uint64_t committed = atomic_load_explicit(&header->committed, memory_order_acquire);
    const uint8_t *end = (const uint8_t *)(header + 1) + committed;
    if (committed > header->capacity || end <= segment->rest.end)
        return false;
    segment->rest.end = end;
    return true;
}

/* Has an idle segment stand at its next run, if that has begun. */
static void wake(struct ct_tape_reader *reader, struct segment *segment)
{
    if (!segment->is_idle || !refresh(segment))
        return;
    segment->is_idle = false;
    if (!read_first_run(reader, segment)) {
        reader->is_damaged = true;
        segment->rest.at = segment->rest.end;
        segment->is_idle = true;
    }
}

/* The segment that stands at the run behind the last one, or NO_SEGMENT as long as that
 * run has not begun. */
static size_t find_next_run(struct ct_tape_reader *reader)
{
    uint64_t key = reader->last_key + 1;
    do {
        for (size_t i = 0; i < segment_count(reader); i++) {
            struct segment *segment = segment_at(reader, i);
            wake(reader, segment);
            if (!segment->is_idle && i != reader->current &&
                (segment->key == key || !reader->has_key))
                return i;
        }
    } while (!reader->has_all && reader->failure.status == CT_OK && open_next(reader));
    return NO_SEGMENT;
}

/* Leaves the current segment, of which all is read that was there: true if there is
 * something to go on with. */
static bool leave_followed(struct ct_tape_reader *reader)
{
    struct segment *segment = segment_at(reader, reader->current);
    const struct ct_segment_header *header = segment->mapping;
    bool is_sealed = atomic_load(&header->sealed) != 0;
    if (refresh(segment))
        return true;
    if (is_sealed) {
        drop_segment(reader, reader->current);
        reader->current = NO_SEGMENT;
        return true;
    }
    bool is_over = find_next_run(reader) != NO_SEGMENT;
    segment = segment_at(reader, reader->current); /* the array may have moved */
    if (refresh(segment)) /* written before the next run began */
        return true;
    if (is_over) {
        segment->is_idle = true;
        reader->current = NO_SEGMENT;
    }
    reader->is_waiting = !is_over && reader->failure.status == CT_OK;
    return is_over;
}

/* Drops the segments that stand at no run, when none comes. */
static void drop_idle(struct ct_tape_reader *reader)
{
    for (size_t i = segment_count(reader); i > 0; i--) {
        if (!segment_at(reader, i - 1)->is_idle)
            continue;
        drop_segment(reader, i - 1);
        if (reader->current != NO_SEGMENT && reader->current > i - 1)
            reader->current--;
    }
}

void ct_tape_reader_follow(struct ct_tape_reader *reader)
{
    reader->is_live = true;
    reader->has_all = reader->is_damaged; /* what was not there may come */
}

void ct_tape_reader_settle(struct ct_tape_reader *reader)
{
    if (!reader->is_live)
        return;
    reader->is_live = reader->is_waiting = false;
    if (reader->current != NO_SEGMENT)
        refresh(segment_at(reader, reader->current));
    for (size_t i = 0; i < segment_count(reader); i++)
        wake(reader, segment_at(reader, i));
    drop_idle(reader);
}

bool ct_tape_reader_is_waiting(const struct ct_tape_reader *reader)
{
    return reader->is_waiting;
}

uint64_t ct_tape_reader_done(const struct ct_tape_reader *reader)
{
    return reader->done;
}

/* ---- the order of runs ----------------------------------------------------------- */

/* choose_run of a tape that is being written. */
static bool choose_followed(struct ct_tape_reader *reader)
{
    reader->current = find_next_run(reader);
    reader->is_waiting = reader->current == NO_SEGMENT && !reader->has_all &&
                         reader->failure.status == CT_OK;
    return reader->current != NO_SEGMENT;
}

/* Makes the segment with the lowest key the current one; false if there is none. */
static bool choose_run(struct ct_tape_reader *reader)
{
    if (reader->is_live)
        return choose_followed(reader);
    for (;;) {
        drop_idle(reader);
        size_t count = segment_count(reader), lowest = 0;
        for (size_t i = 1; i < count; i++) {
            if (segment_at(reader, i)->key < segment_at(reader, lowest)->key)
                lowest = i;
        }
        bool may_be_lower =
            count == 0 || segment_at(reader, lowest)->key >= reader->newest_key;
        if (may_be_lower && !reader->has_all && reader->failure.status == CT_OK) {
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
    reader->is_waiting = false;
    while (!reader->has_ended) {
        if (reader->current == NO_SEGMENT) {
            if (reader->done >= reader->stop_after)
                return false;
            if (!choose_run(reader))
                return reader->is_waiting ? false : end_tape(reader, false);
            if (!begin_run(reader))
                return end_tape(reader, true);
        }
        struct segment *segment = segment_at(reader, reader->current);
        if (segment->rest.at == segment->rest.end && reader->is_live) {
            if (!leave_followed(reader))
                return reader->is_waiting ? false : end_tape(reader, false);
            continue;
        }
        if (segment->rest.at == segment->rest.end) {
            drop_segment(reader, reader->current);
            reader->current = NO_SEGMENT;
            continue;
        }
        const uint8_t *at = reader->record = segment->rest.at;
        if (!ct_record_read(&reader->ids, &segment->rest, record)) {
            if (reader->ids.shape_sizes.failed)
                ct_error_set(&reader->failure, CT_ERR_MEMORY, 0, "out of memory");
            return end_tape(reader, true);
        }
        if (record->kind == CT_REC_RUN) {
            segment->run = at;
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
    reader->stop_after = UINT64_MAX;
    open_state(reader);
    if (!reader->is_cut)
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
