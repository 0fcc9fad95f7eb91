/* Tapes by hand (tape_builder.h). */
#include "tape_builder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ct_buf *out(struct tape *tape)
{
    return &tape->segments[tape->current];
}

/* ---- files ---------------------------------------------------------------------- */

void tape_fini(struct tape *tape)
{
    for (size_t i = 0; i < TAPE_SEGMENTS; i++)
        ct_buf_fini(&tape->segments[i]);
    memset(tape, 0, sizeof *tape);
}

void tape_save_segment(const char *dir, uint64_t number,
                       const struct ct_segment_header *header, const void *bytes,
                       size_t size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/" CT_TAPE_FOLDER, dir);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/" CT_TAPE_FOLDER "/" CT_SEGMENT_NAME_FORMAT, dir,
             (unsigned long long)number);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write(fd, header, CT_SEGMENT_HEADER_SIZE) != CT_SEGMENT_HEADER_SIZE ||
        (size > 0 && write(fd, bytes, size) != (ssize_t)size) || close(fd) < 0)
        abort();
}

struct ct_segment_header tape_header(uint64_t number, size_t size)
{
    return (struct ct_segment_header){
        .magic = CT_SEGMENT_MAGIC,
        .version = CT_SEGMENT_VERSION,
        .header_size = CT_SEGMENT_HEADER_SIZE,
        .number = number,
        .thread = 1,
        .capacity = size,
        .committed = size,
    };
}

void tape_save(const struct tape *tape, const char *dir)
{
    for (size_t i = 0; i < tape->count; i++) {
        const struct ct_buf *segment = &tape->segments[i];
        struct ct_segment_header header = tape_header(i, segment->size);
        tape_save_segment(dir, i, &header, segment->data, segment->size);
    }
}

void tape_delete(const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/" CT_TAPE_FOLDER, dir);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(path);
}

/* ---- operands ------------------------------------------------------------------- */

void tape_byte(struct tape *tape, uint8_t byte)
{
    ct_buf_append_byte(out(tape), byte);
}

void tape_u(struct tape *tape, uint64_t value)
{
    uint8_t bytes[CT_VARINT_MAX];
    ct_buf_append(out(tape), bytes, (size_t)(ct_varint_put(bytes, value) - bytes));
}

void tape_s(struct tape *tape, int64_t value)
{
    tape_u(tape, ct_zigzag(value));
}

void tape_bytes(struct tape *tape, const void *bytes, size_t size)
{
    tape_u(tape, size);
    ct_buf_append(out(tape), bytes, size);
}

void tape_text(struct tape *tape, const char *text)
{
    tape_bytes(tape, text, strlen(text));
}

/* ---- runs and facts ------------------------------------------------------------- */

static void put_run(struct tape *tape, uint64_t key, uint64_t thread)
{
    tape_byte(tape, CT_REC_RUN);
    tape_u(tape, key);
    tape_u(tape, thread);
}

void tape_segment(struct tape *tape, uint64_t key, uint64_t thread)
{
    if (tape->count == TAPE_SEGMENTS)
        abort();
    tape->current = tape->count++;
    put_run(tape, key, thread);
}

void tape_run(struct tape *tape, size_t index, uint64_t key, uint64_t thread)
{
    tape->current = index;
    put_run(tape, key, thread);
}

void tape_fact(struct tape *tape, enum ct_fact fact, const char *text)
{
    tape_byte(tape, CT_REC_FACT);
    tape_byte(tape, (uint8_t)fact);
    tape_text(tape, text);
}

/* ---- definitions ---------------------------------------------------------------- */

static uint64_t define(struct tape *tape, enum ct_record record, uint64_t id)
{
    tape_byte(tape, (uint8_t)record);
    tape_u(tape, id);
    return id;
}

uint64_t tape_path(struct tape *tape, const char *path)
{
    uint64_t id = define(tape, CT_REC_PATH, tape->paths++);
    tape_text(tape, path);
    return id;
}

uint64_t tape_function(struct tape *tape, uint64_t path, int64_t line, const char *name)
{
    uint64_t id = define(tape, CT_REC_FUNCTION, tape->functions++);
    tape_u(tape, path);
    tape_s(tape, line);
    tape_text(tape, name);
    return id;
}

uint64_t tape_name(struct tape *tape, const char *name)
{
    uint64_t id = define(tape, CT_REC_NAME, tape->names++);
    tape_text(tape, name);
    return id;
}

uint64_t tape_class(struct tape *tape, const char *name)
{
    uint64_t id = define(tape, CT_REC_CLASS, CT_CLASS_FIRST + tape->classes++);
    tape_text(tape, name);
    return id;
}

static void put_names(struct tape *tape, va_list names)
{
    va_list again;
    va_copy(again, names);
    uint64_t count = 0;
    while (va_arg(again, int) >= 0)
        count++;
    va_end(again);
    tape_u(tape, count);
    for (; count > 0; count--)
        tape_u(tape, (uint64_t)va_arg(names, int));
}

uint64_t tape_shape(struct tape *tape, uint64_t class, ...)
{
    uint64_t id = define(tape, CT_REC_SHAPE, tape->shapes++);
    tape_u(tape, class);
    va_list names;
    va_start(names, class);
    put_names(tape, names);
    va_end(names);
    return id;
}

uint64_t tape_code(struct tape *tape, uint64_t function, ...)
{
    uint64_t id = define(tape, CT_REC_CODE, tape->codes++);
    tape_u(tape, function);
    va_list names;
    va_start(names, function);
    put_names(tape, names);
    va_end(names);
    return id;
}

/* ---- events --------------------------------------------------------------------- */

void tape_call(struct tape *tape, enum ct_call_flag flag, uint64_t code, int64_t line,
               uint64_t args)
{
    tape_byte(tape, CT_REC_CALL);
    tape_byte(tape, (uint8_t)flag);
    tape_u(tape, code);
    tape_s(tape, line);
    tape_u(tape, args);
}

void tape_step(struct tape *tape, int64_t difference)
{
    if (difference >= CT_STEP_SHORT_MIN && difference <= CT_STEP_SHORT_MAX) {
        tape_byte(tape, (uint8_t)(CT_REC_STEP_SHORT + difference - CT_STEP_SHORT_MIN));
    } else {
        tape_byte(tape, CT_REC_STEP);
        tape_s(tape, difference);
    }
}

void tape_slot(struct tape *tape, uint64_t slot, uint64_t name)
{
    tape_byte(tape, CT_REC_SLOT);
    tape_u(tape, slot);
    tape_u(tape, name);
}

void tape_unset(struct tape *tape, uint64_t slot)
{
    tape_byte(tape, CT_REC_UNSET);
    tape_u(tape, slot);
}

void tape_more(struct tape *tape, uint64_t count)
{
    tape_byte(tape, CT_REC_MORE);
    tape_u(tape, count);
}

void tape_io(struct tape *tape, enum ct_event event, uint8_t flags, const char *text)
{
    tape_byte(tape, CT_REC_EVENT);
    tape_byte(tape, (uint8_t)event);
    tape_byte(tape, flags);
    tape_text(tape, text);
}

void tape_error(struct tape *tape, enum ct_event event, const char *type,
                const char *message, uint64_t path, int64_t line)
{
    tape_byte(tape, CT_REC_EVENT);
    tape_byte(tape, (uint8_t)event);
    tape_text(tape, type);
    tape_text(tape, "builtins");
    tape_text(tape, message);
    tape_u(tape, path);
    tape_s(tape, line);
}

void tape_end(struct tape *tape, enum ct_end_reason reason, enum ct_end_exit exit,
              int64_t code, const char *note)
{
    tape_byte(tape, CT_REC_END);
    tape_byte(tape, (uint8_t)reason);
    tape_byte(tape, (uint8_t)exit);
    tape_s(tape, code);
    tape_text(tape, note);
}

void tape_set(struct tape *tape, uint64_t slot)
{
    if (tape->has_unset)
        tape_unset(tape, slot);
    if (slot < CT_SET_SHORT_SLOTS) {
        tape_byte(tape, (uint8_t)(CT_REC_SET_SHORT + slot));
    } else {
        tape_byte(tape, CT_REC_SET);
        tape_u(tape, slot);
    }
}

void tape_return(struct tape *tape)
{
    tape_byte(tape, CT_REC_RETURN);
}

/* ---- values --------------------------------------------------------------------- */

void tape_int(struct tape *tape, int64_t value)
{
    tape_byte(tape, CT_VAL_INT);
    tape_s(tape, value);
}

void tape_float(struct tape *tape, double value)
{
    tape_byte(tape, CT_VAL_FLOAT);
    ct_buf_append(out(tape), &value, sizeof value);
}

void tape_str(struct tape *tape, const char *text)
{
    tape_byte(tape, CT_VAL_STR);
    tape_text(tape, text);
}

void tape_raw(struct tape *tape, uint64_t class, const char *text)
{
    tape_byte(tape, CT_VAL_RAW);
    tape_u(tape, class);
    tape_text(tape, text);
}

struct tape_value tape_value_since(const struct tape *tape, size_t start)
{
    return (struct tape_value){start, tape->segments[tape->current].size - start};
}

void tape_again(struct tape *tape, struct tape_value value)
{
    struct ct_buf *segment = out(tape);
    if (ct_buf_reserve(segment, value.size)) /* it may move */
        ct_buf_append(segment, segment->data + value.start, value.size);
}

void tape_same(struct tape *tape, struct tape_value value)
{
    size_t tag = out(tape)->size;
    if (tape->has_no_same) {
        tape_again(tape, value);
        return;
    }
    tape_byte(tape, CT_VAL_SAME);
    tape_u(tape, tag - value.start);
}
