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

#include "tape/tape_reader_state.h"

#include <stdlib.h>
#include <sys/mman.h>

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
    if (!ct_tape_reader_read_run(reader, segment)) {
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
    } while (!reader->has_all && reader->failure.status == CT_OK &&
             ct_tape_reader_open_next(reader));
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

/* ---- cutting ----------------------------------------------------------------------
 */

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
            ct_tape_reader_open_next(reader);
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
        if (!ct_record_read(&reader->ids, segment_records(segment), &segment->rest,
                            record)) {
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
    ct_tape_reader_open_state(reader);
    if (!reader->is_cut)
        ct_tape_reader_open_next(reader);
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
