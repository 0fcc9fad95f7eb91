/* Finding and mapping the files of a tape that is read: segments, and a state.
 *
 * Called by tape_reader.c when it needs the next file. Headers are believed as far as
 * they agree with the file; of records only the first RUN is looked at. */
#include "tape/tape_reader_state.h"

#include "tape/tape_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
    records->at = segment_records(segment);
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
bool ct_tape_reader_read_run(struct ct_tape_reader *reader, struct segment *segment)
{
    struct ct_tape_record record;
    segment->run = segment->rest.at;
    if (*segment->rest.at != CT_REC_RUN ||
        !ct_record_read(&reader->ids, segment_records(segment), &segment->rest,
                        &record))
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
    if (is_good) /* else there is no span */
        segment->rest.at += offset;
    bool is_empty = is_good && segment->rest.at == segment->rest.end;
    segment->is_idle = is_empty && offset > 0 && !segment->is_state;
    bool is_taken = segment->is_idle ||
                    (is_good && !is_empty && ct_tape_reader_read_run(reader, segment));
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

bool ct_tape_reader_open_next(struct ct_tape_reader *reader)
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

void ct_tape_reader_open_state(struct ct_tape_reader *reader)
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
