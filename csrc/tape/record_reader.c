/* One function per shape of record; `take_*` read an operand or fail.
 *
 * Called for every record of a tape, some hundred million of a long recording: the
 * frequent ones (STEP, SET) are decided by one switch and a few compares. Never reads
 * behind the span, never recurses deeper than a value may be. */
#include "tape/record_reader.h"

#include "base/utf8.h"
#include "tape/tape_limits.h"

/* The span being read, the ids known, and where the segment's records begin. */
struct parser {
    struct ct_span *in;
    struct ct_tape_ids *ids;
    const uint8_t *records;
};

void ct_tape_ids_fini(struct ct_tape_ids *ids)
{
    ct_buf_fini(&ids->shape_sizes);
}

static uint64_t shape_count(const struct ct_tape_ids *ids)
{
    return ids->shape_sizes.size / sizeof(uint64_t);
}

static bool take_number(struct ct_span *in, uint64_t *out)
{
    return ct_varint_get(&in->at, in->end, out);
}

static bool take_signed(struct ct_span *in, int64_t *out)
{
    uint64_t value;
    if (!take_number(in, &value))
        return false;
    *out = ct_unzigzag(value);
    return true;
}

static bool take_byte(struct ct_span *in, uint8_t *out)
{
    if (in->at == in->end)
        return false;
    *out = *in->at++;
    return true;
}

static bool take_bytes(struct ct_span *in, uint64_t size)
{
    if (size > (uint64_t)(in->end - in->at))
        return false;
    in->at += size;
    return true;
}

static bool take_text(struct ct_span *in, struct ct_text *out)
{
    uint64_t size;
    if (!take_number(in, &size))
        return false;
    out->bytes = (const char *)in->at;
    out->size = (size_t)size;
    return take_bytes(in, size) && ct_utf8_valid_size(*out) == out->size;
}

/* An id below `limit`. */
static bool take_id(struct ct_span *in, uint64_t limit, uint64_t *out)
{
    return take_number(in, out) && *out < limit;
}

static bool take_class(const struct ct_tape_ids *ids, struct ct_span *in, uint64_t *out)
{
    return take_id(in, CT_CLASS_FIRST + ids->classes, out) &&
           (*out <= CT_CLASS_OBJECT || *out >= CT_CLASS_FIRST);
}

/* The id of a definition: ids are counted, so it can only be the next one. */
static bool take_new_id(struct ct_span *in, uint64_t expected, uint64_t *out)
{
    return expected < CT_TAPE_ID_LIMIT && take_number(in, out) && *out == expected;
}

/* ---- values -----------------------------------------------------------------------
 *
 * `skip_*` give the end of what begins at `at`, or NULL if it is not good. */

static const uint8_t *skip_bytes(const struct parser *p, const uint8_t *at,
                                 uint64_t size)
{
    return size <= (uint64_t)(p->in->end - at) ? at + size : NULL;
}

static const uint8_t *skip_number(const struct parser *p, const uint8_t *at)
{
    uint64_t number;
    return ct_varint_get(&at, p->in->end, &number) ? at : NULL;
}

static const uint8_t *skip_text(const struct parser *p, const uint8_t *at)
{
    struct ct_text text;
    struct ct_span in = {at, p->in->end};
    return take_text(&in, &text) ? in.at : NULL;
}

static const uint8_t *skip_class(const struct parser *p, const uint8_t *at)
{
    uint64_t class;
    struct ct_span in = {at, p->in->end};
    return take_class(p->ids, &in, &class) ? in.at : NULL;
}

/* A magnitude that is canonical and does not fit 64 bits signed. */
static const uint8_t *skip_bigint(const struct parser *p, const uint8_t *at)
{
    uint64_t size;
    if (at == p->in->end || *at > 1)
        return NULL;
    bool negative = *at++;
    if (!ct_varint_get(&at, p->in->end, &size) || size < 8)
        return NULL;
    const uint8_t *end = skip_bytes(p, at, size);
    if (end == NULL || *at == 0)
        return NULL;
    if (size > 8)
        return end;
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value > (uint64_t)INT64_MAX + negative ? end : NULL;
}

/* RAW, OBJECT, SIZED, BELOW. */
static const uint8_t *skip_raw(const struct parser *p, const uint8_t *at, uint8_t tag)
{
    at = skip_class(p, at);
    if (at != NULL && (tag == CT_VAL_SIZED || tag == CT_VAL_BELOW))
        at = skip_number(p, at);
    if (at != NULL && (tag == CT_VAL_SIZED || tag == CT_VAL_RAW))
        at = skip_text(p, at);
    return at;
}

/* How many values a container has: a PAIR two, a STRUCT as its shape has, any other as
 * stands in front. */
static const uint8_t *skip_count(const struct parser *p, const uint8_t *at, uint8_t tag,
                                 uint64_t *count)
{
    *count = 2;
    if (tag == CT_VAL_PAIR)
        return at;
    if (!ct_varint_get(&at, p->in->end, count))
        return NULL;
    if (tag == CT_VAL_STRUCT) {
        if (*count >= shape_count(p->ids))
            return NULL;
        memcpy(count, p->ids->shape_sizes.data + *count * sizeof *count, sizeof *count);
    }
    return at;
}

/* The rest of a value that has no values in it, behind its tag. */
static const uint8_t *skip_leaf(const struct parser *p, const uint8_t *at, uint8_t tag)
{
    switch (tag) {
    case CT_VAL_NONE:
    case CT_VAL_FALSE:
    case CT_VAL_TRUE:
    case CT_VAL_CYCLE:
    case CT_VAL_REDACTED:
    case CT_VAL_DROPPED:
        return at;
    case CT_VAL_INT:
    case CT_VAL_CUT:
        return skip_number(p, at);
    case CT_VAL_FLOAT:
        return skip_bytes(p, at, 8);
    case CT_VAL_STR:
        return skip_text(p, at);
    case CT_VAL_STR_CUT:
        at = skip_number(p, at);
        return at == NULL ? NULL : skip_text(p, at);
    case CT_VAL_BIGINT:
        return skip_bigint(p, at);
    case CT_VAL_RAW:
    case CT_VAL_OBJECT:
    case CT_VAL_SIZED:
    case CT_VAL_BELOW:
        return skip_raw(p, at, tag);
    default:
        return NULL;
    }
}

/* A container of which values are still to come. */
struct level {
    uint64_t left;
    bool is_dict;
};

static const uint8_t *skip_value(const struct parser *p, const uint8_t *at)
{
    struct level levels[CT_VALUE_MAX_DEPTH + 1], *level = levels;
    *level = (struct level){.left = 1};
    uint64_t nodes_left = CT_TAPE_VALUE_NODES, count;
    while (at != NULL) {
        while (level->left == 0) {
            if (level == levels)
                return at;
            level--;
        }
        level->left--;
        if (nodes_left-- == 0 || at == p->in->end)
            return NULL;
        uint8_t tag = *at++;
        if (level->is_dict && tag != CT_VAL_PAIR && tag != CT_VAL_CUT)
            return NULL;
        if (tag == CT_VAL_CLASS) { /* and the value of a builtin type: one node */
            at = skip_class(p, at);
            if (at == NULL || at == p->in->end)
                return NULL;
            tag = *at++;
            if (tag < CT_VAL_INT || tag > CT_VAL_DICT)
                return NULL;
        }
        if (!ct_val_is_container(tag)) {
            at = skip_leaf(p, at, tag);
            continue;
        }
        at = skip_count(p, at, tag, &count);
        if (at == NULL || count == 0)
            continue;
        if (level == levels + CT_VALUE_MAX_DEPTH)
            return NULL;
        *++level = (struct level){count, tag == CT_VAL_DICT};
    }
    return NULL;
}

static bool take_value(struct parser *p, struct ct_span *out)
{
    const uint8_t *end = skip_value(p, p->in->at);
    if (end == NULL)
        return false;
    *out = (struct ct_span){p->in->at, end};
    p->in->at = end;
    return true;
}

/* A value that may be written as SAME. */
static bool take_whole_value(struct parser *p, struct ct_span *out)
{
    if (p->in->at == p->in->end || *p->in->at != CT_VAL_SAME)
        return take_value(p, out);
    const uint8_t *tag = p->in->at++;
    uint64_t distance;
    if (!take_number(p->in, &distance) || distance > (uint64_t)(tag - p->records))
        return false;
    struct ct_span earlier = {tag - distance, tag};
    struct parser of = {&earlier, p->ids, p->records};
    return take_value(&of, out);
}

/* ---- records -------------------------------------------------------------------- */

static bool read_function(struct parser *p, struct ct_tape_record *record)
{
    return take_new_id(p->in, p->ids->functions++, &record->id) &&
           take_id(p->in, p->ids->paths, &record->of) &&
           take_signed(p->in, &record->line) && take_text(p->in, &record->text);
}

/* The names of a SHAPE or CODE: count, then as many name ids. */
static bool read_names(struct parser *p, struct ct_tape_record *record)
{
    uint64_t name;
    if (!take_number(p->in, &record->count))
        return false;
    record->body.at = p->in->at;
    for (uint64_t i = 0; i < record->count; i++) {
        if (!take_id(p->in, p->ids->names, &name))
            return false;
    }
    record->body.end = p->in->at;
    return true;
}

static bool read_shape(struct parser *p, struct ct_tape_record *record)
{
    if (!take_new_id(p->in, shape_count(p->ids), &record->id) ||
        !take_class(p->ids, p->in, &record->of) || !read_names(p, record))
        return false;
    ct_buf_append(&p->ids->shape_sizes, &record->count, sizeof record->count);
    return !p->ids->shape_sizes.failed;
}

static bool read_code(struct parser *p, struct ct_tape_record *record)
{
    return take_new_id(p->in, p->ids->codes++, &record->id) &&
           take_id(p->in, p->ids->functions, &record->of) && read_names(p, record);
}

static bool read_call(struct parser *p, struct ct_tape_record *record)
{
    if (!take_byte(p->in, &record->detail) || record->detail > CT_CALL_RUNNING ||
        !take_id(p->in, p->ids->codes, &record->id) ||
        !take_signed(p->in, &record->line) || !take_number(p->in, &record->count))
        return false;
    record->body.at = p->in->at;
    for (uint64_t i = 0; i < record->count; i++) {
        uint64_t name;
        struct ct_span value;
        if (!take_id(p->in, p->ids->names, &name) || !take_whole_value(p, &value))
            return false;
    }
    record->body.end = p->in->at;
    return true;
}

static bool read_event(struct parser *p, struct ct_tape_record *record)
{
    if (!take_byte(p->in, &record->detail))
        return false;
    switch (record->detail) {
    case CT_EVENT_ERROR:
    case CT_EVENT_UNCAUGHT:
        return take_text(p->in, &record->type) && take_text(p->in, &record->module) &&
               take_text(p->in, &record->text) &&
               take_id(p->in, p->ids->paths, &record->of) &&
               take_signed(p->in, &record->line);
    case CT_EVENT_WRITE:
    case CT_EVENT_WRITE_ERR:
    case CT_EVENT_READ:
        return take_byte(p->in, &record->flags) && take_text(p->in, &record->text);
    default:
        return false;
    }
}

static bool read_end(struct ct_span *in, struct ct_tape_record *record)
{
    return take_byte(in, &record->detail) && record->detail <= CT_END_KILLED &&
           take_byte(in, &record->flags) && record->flags <= CT_EXIT_DISABLED &&
           take_signed(in, &record->line) && take_text(in, &record->text);
}

static bool read_definition(struct parser *p, struct ct_tape_record *record)
{
    switch (record->kind) {
    case CT_REC_PATH:
        return take_new_id(p->in, p->ids->paths++, &record->id) &&
               take_text(p->in, &record->text);
    case CT_REC_FUNCTION:
        return read_function(p, record);
    case CT_REC_NAME:
        return take_new_id(p->in, p->ids->names++, &record->id) &&
               take_text(p->in, &record->text);
    case CT_REC_CLASS:
        return take_new_id(p->in, CT_CLASS_FIRST + p->ids->classes++, &record->id) &&
               take_text(p->in, &record->text);
    case CT_REC_SHAPE:
        return read_shape(p, record);
    default:
        return read_code(p, record);
    }
}

static bool read_long(struct parser *p, struct ct_tape_record *record)
{
    switch (record->kind) {
    case CT_REC_RUN:
        return take_number(p->in, &record->id) && take_number(p->in, &record->thread) &&
               record->thread > 0;
    case CT_REC_FACT:
        return take_byte(p->in, &record->detail) && take_text(p->in, &record->text);
    case CT_REC_PATH:
    case CT_REC_FUNCTION:
    case CT_REC_NAME:
    case CT_REC_CLASS:
    case CT_REC_SHAPE:
    case CT_REC_CODE:
        return read_definition(p, record);
    case CT_REC_CALL:
        return read_call(p, record);
    case CT_REC_RETURN:
        return take_whole_value(p, &record->body);
    case CT_REC_STEP:
        return take_signed(p->in, &record->line);
    case CT_REC_SET:
        return take_number(p->in, &record->id) && take_whole_value(p, &record->body);
    case CT_REC_UNSET:
    case CT_REC_MORE:
        return take_number(p->in, &record->id);
    case CT_REC_SLOT:
        return take_number(p->in, &record->id) &&
               take_id(p->in, p->ids->names, &record->of);
    case CT_REC_EVENT:
        return read_event(p, record);
    case CT_REC_THREAD_EXIT:
        return true;
    case CT_REC_END:
        return read_end(p->in, record);
    default:
        return false;
    }
}

bool ct_record_read(struct ct_tape_ids *ids, const uint8_t *records, struct ct_span *in,
                    struct ct_tape_record *record)
{
    struct parser p = {in, ids, records};
    uint8_t tag = *in->at++;
    if (tag >= CT_REC_STEP_SHORT) {
        record->kind = CT_REC_STEP;
        record->line = (int64_t)(tag - CT_REC_STEP_SHORT) + CT_STEP_SHORT_MIN;
        return true;
    }
    if (tag >= CT_REC_SET_SHORT) {
        record->kind = CT_REC_SET;
        record->id = tag - CT_REC_SET_SHORT;
        return take_whole_value(&p, &record->body);
    }
    record->kind = (enum ct_record)tag;
    return read_long(&p, record);
}
