/* A sorted array of bound variables per frame: a Step walks it, a SET mostly hits the
 * place its slot has when every slot before is bound too. */
#include "trace/frame.h"

#include "tape/tape_limits.h"
#include "trace/limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- variables --------------------------------------------------------------------
 */

static bool set_value(struct ct_variable *variable, struct ct_span value)
{
    size_t size = (size_t)(value.end - value.at);
    variable->is_written = false;
    if (size > variable->capacity) {
        uint8_t *larger = realloc(variable->value, size);
        if (larger == NULL)
            return false;
        variable->value = larger;
        variable->capacity = size;
    }
    memcpy(variable->value, value.at, size);
    variable->value_size = size;
    return true;
}

/* ---- records ----------------------------------------------------------------------
 */

bool ct_frame_keep(struct ct_frame *frame, struct ct_variable *variable, size_t at,
                   const struct ct_fragment *written)
{
    size_t size = written->bytes.size;
    if (!ct_buf_replace(&frame->records, at, variable->record_size, written->bytes.data,
                        size))
        return false;
    variable->is_written = size != 0;
    variable->record_size = size;
    variable->words = written->words;
    return true;
}

/* ---- slots ------------------------------------------------------------------------
 */

/* The place of the first variable whose slot is not below `slot`. */
static uint32_t find_place(const struct ct_frame *frame, uint32_t slot)
{
    if (slot < frame->count && frame->variables[slot].slot == slot)
        return slot;
    uint32_t low = 0, high = frame->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (frame->variables[middle].slot < slot)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool grow_variables(struct ct_frame *frame)
{
    uint32_t capacity = frame->capacity == 0 ? 4 : frame->capacity * 2;
    struct ct_variable *variables =
        realloc(frame->variables, capacity * sizeof *variables);
    if (variables == NULL)
        return false;
    memset(variables + frame->capacity, 0,
           (capacity - frame->capacity) * sizeof *variables);
    frame->variables = variables;
    frame->capacity = capacity;
    return true;
}

/* Opens a place for a variable; it takes the memory of the first free one. */
static struct ct_variable *insert(struct ct_frame *frame, uint32_t place, uint32_t slot)
{
    if (frame->count == CT_LIMIT_VARIABLES ||
        (frame->count == frame->capacity && !grow_variables(frame)))
        return NULL;
    struct ct_variable *variable = &frame->variables[place];
    struct ct_variable fresh = frame->variables[frame->count];
    memmove(variable + 1, variable, (frame->count - place) * sizeof *variable);
    frame->count++;
    *variable = fresh;
    variable->slot = slot;
    variable->value_size = variable->record_size = 0;
    variable->is_written = false;
    frame->is_settled = false;
    return variable;
}

bool ct_frame_set(struct ct_frame *frame, uint32_t slot, struct ct_span value)
{
    uint32_t place = find_place(frame, slot);
    size_t size = (size_t)(value.end - value.at);
    struct ct_variable *variable;
    if (place < frame->count && frame->variables[place].slot == slot) {
        variable = &frame->variables[place];
        if (variable->value_size == size &&
            memcmp(variable->value, value.at, size) == 0)
            return true;
    } else {
        variable = insert(frame, place, slot);
        if (variable == NULL)
            return false;
    }
    return set_value(variable, value);
}

void ct_frame_unset(struct ct_frame *frame, uint32_t slot)
{
    uint32_t place = find_place(frame, slot);
    if (place == frame->count || frame->variables[place].slot != slot)
        return;
    size_t at = 0;
    for (uint32_t i = 0; i < place; i++)
        at += frame->variables[i].record_size;
    struct ct_variable *variable = &frame->variables[place];
    ct_buf_replace(&frame->records, at, variable->record_size, NULL, 0);
    struct ct_variable freed = *variable;
    frame->is_settled = false;
    frame->count--;
    memmove(variable, variable + 1, (frame->count - place) * sizeof *variable);
    frame->variables[frame->count] = freed;
}

bool ct_frame_add_slot(struct ct_frame *frame, uint32_t name)
{
    if (frame->added_count == frame->added_capacity) {
        uint32_t capacity = frame->added_capacity == 0 ? 8 : frame->added_capacity * 2;
        uint32_t *added = capacity > frame->added_capacity
                              ? realloc(frame->added, capacity * sizeof *added)
                              : NULL;
        if (added == NULL)
            return false;
        frame->added = added;
        frame->added_capacity = capacity;
    }
    frame->added[frame->added_count++] = name;
    return true;
}

bool ct_frame_change(struct ct_frame *frame, size_t named,
                     const struct ct_tape_record *record, bool *is_odd)
{
    size_t slots = named + frame->added_count;
    switch (record->kind) {
    case CT_REC_SET:
        *is_odd |= record->id >= slots || frame->count >= CT_LIMIT_VARIABLES;
        return *is_odd || ct_frame_set(frame, (uint32_t)record->id, record->body);
    case CT_REC_UNSET:
        if (record->id < slots)
            ct_frame_unset(frame, (uint32_t)record->id);
        return true;
    case CT_REC_SLOT:
        *is_odd |= record->id != slots || slots >= CT_TAPE_ID_LIMIT;
        return *is_odd || ct_frame_add_slot(frame, (uint32_t)record->of);
    default:
        frame->hidden = record->id;
        frame->is_settled = false;
        return true;
    }
}

/* ---- frames -----------------------------------------------------------------------
 */

static void free_value(struct ct_variable *variable)
{
    free(variable->value);
    variable->value = NULL;
    variable->capacity = 0;
}

static void free_frame(struct ct_frame *frame)
{
    for (uint32_t i = 0; i < frame->capacity; i++)
        free_value(&frame->variables[i]);
    free(frame->variables);
    free(frame->added);
    ct_buf_fini(&frame->records);
    memset(frame, 0, sizeof *frame);
}

void ct_frames_fini(struct ct_frames *frames)
{
    for (size_t i = 0; i < frames->kept; i++)
        free_frame(&frames->frames[i]);
    free(frames->frames);
    memset(frames, 0, sizeof *frames);
}

struct ct_frame *ct_frames_push(struct ct_frames *frames, uint64_t code, int64_t line)
{
    if (frames->depth == frames->capacity) {
        size_t capacity = frames->capacity == 0 ? 8 : frames->capacity * 2;
        struct ct_frame *grown = realloc(frames->frames, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        frames->frames = grown;
        frames->capacity = capacity;
    }
    struct ct_frame *frame = &frames->frames[frames->depth];
    if (frames->depth == frames->kept) {
        memset(frame, 0, sizeof *frame);
        frames->kept++;
    }
    frames->depth++;
    frame->code = (uint32_t)code;
    frame->line = line;
    return frame;
}

/* Makes a popped frame ready for the next call, without what is large. */
static void clear_frame(struct ct_frame *frame)
{
    if (frame->records.capacity > CT_SPARE_RECORDS)
        ct_buf_fini(&frame->records);
    ct_buf_clear(&frame->records);
    for (uint32_t i = 0; i < frame->count; i++) {
        struct ct_variable *variable = &frame->variables[i];
        if (variable->capacity > CT_SPARE_VALUE)
            free_value(variable);
    }
    frame->count = 0;
    frame->added_count = 0;
    frame->hidden = 0;
    frame->is_settled = false;
}

void ct_frames_pop(struct ct_frames *frames)
{
    clear_frame(&frames->frames[--frames->depth]);
    if (frames->kept > frames->depth + CT_SPARE_FRAMES)
        free_frame(&frames->frames[--frames->kept]);
}
