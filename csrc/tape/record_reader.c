/* One function per shape of record; `take_*` read an operand or fail.
 *
 * Called for every record of a tape, some hundred million of a long recording: the
 * frequent ones (STEP, SET) are decided by one switch and a few compares. Never reads
 * behind the span, never recurses deeper than a value may be. */
#include "tape/record_reader.h"

#include "base/utf8.h"
#include "tape/tape_limits.h"

/* The span being read, the ids known, where the segment's records begin, and how much
 * of a value may still come. */
struct parser {
    struct ct_span *in;
    struct ct_tape_ids *ids;
    const uint8_t *records;
    uint64_t nodes_left;
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

/* ---- values --------------------------------------------------------------------- */

static bool check_value(struct parser *p, unsigned depth);

static bool check_values(struct parser *p, uint64_t count, unsigned depth)
{
    for (uint64_t i = 0; i < count; i++) {
        if (!check_value(p, depth + 1))
            return false;
    }
    return true;
}

static bool check_container(struct parser *p, unsigned depth)
{
    uint64_t count;
    return take_number(p->in, &count) && check_values(p, count, depth);
}

static bool check_dict(struct parser *p, unsigned depth)
{
    uint64_t count;
    if (!take_number(p->in, &count))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (p->in->at == p->in->end ||
            (*p->in->at != CT_VAL_PAIR && *p->in->at != CT_VAL_CUT) ||
            !check_value(p, depth + 1))
            return false;
    }
    return true;
}

static bool check_struct(struct parser *p, unsigned depth)
{
    uint64_t shape;
    if (!take_id(p->in, shape_count(p->ids), &shape))
        return false;
    const uint64_t *sizes = (const uint64_t *)(const void *)p->ids->shape_sizes.data;
    return check_values(p, sizes[shape], depth);
}

/* A CLASS and the value of a builtin type behind it. */
static bool check_subclass(struct parser *p, unsigned depth)
{
    uint64_t class;
    if (!take_class(p->ids, p->in, &class) || p->in->at == p->in->end)
        return false;
    uint8_t tag = *p->in->at;
    p->nodes_left++; /* the two are one node */
    return tag >= CT_VAL_INT && tag <= CT_VAL_DICT && check_value(p, depth);
}

/* A magnitude that is canonical and does not fit 64 bits signed. */
static bool check_bigint(struct ct_span *in)
{
    uint8_t negative;
    uint64_t size;
    if (!take_byte(in, &negative) || negative > 1 || !take_number(in, &size))
        return false;
    const uint8_t *magnitude = in->at;
    if (size < 8 || !take_bytes(in, size) || magnitude[0] == 0)
        return false;
    if (size > 8)
        return true;
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | magnitude[i];
    return value > (uint64_t)INT64_MAX + negative;
}

static bool check_raw(struct parser *p, uint8_t tag)
{
    uint64_t class, number;
    struct ct_text text;
    return take_class(p->ids, p->in, &class) &&
           (tag == CT_VAL_RAW || tag == CT_VAL_OBJECT || take_number(p->in, &number)) &&
           (tag == CT_VAL_OBJECT || tag == CT_VAL_BELOW || take_text(p->in, &text));
}

static bool check_value(struct parser *p, unsigned depth)
{
    uint8_t tag;
    uint64_t number;
    struct ct_text text;
    if (depth > CT_VALUE_MAX_DEPTH || p->nodes_left-- == 0 || !take_byte(p->in, &tag))
        return false;
    switch (tag) {
    case CT_VAL_NONE:
    case CT_VAL_FALSE:
    case CT_VAL_TRUE:
    case CT_VAL_CYCLE:
    case CT_VAL_REDACTED:
    case CT_VAL_DROPPED:
        return true;
    case CT_VAL_INT:
    case CT_VAL_CUT:
        return take_number(p->in, &number);
    case CT_VAL_FLOAT:
        return take_bytes(p->in, 8);
    case CT_VAL_STR:
        return take_text(p->in, &text);
    case CT_VAL_STR_CUT:
        return take_number(p->in, &number) && take_text(p->in, &text);
    case CT_VAL_BIGINT:
        return check_bigint(p->in);
    case CT_VAL_LIST:
    case CT_VAL_TUPLE:
    case CT_VAL_SET:
    case CT_VAL_FROZENSET:
        return check_container(p, depth);
    case CT_VAL_DICT:
        return check_dict(p, depth);
    case CT_VAL_PAIR:
        return check_values(p, 2, depth);
    case CT_VAL_CLASS:
        return check_subclass(p, depth);
    case CT_VAL_RAW:
    case CT_VAL_OBJECT:
    case CT_VAL_SIZED:
    case CT_VAL_BELOW:
        return check_raw(p, tag);
    case CT_VAL_STRUCT:
        return check_struct(p, depth);
    default:
        return false;
    }
}

static bool take_value(struct parser *p, struct ct_span *out)
{
    out->at = p->in->at;
    p->nodes_left = CT_TAPE_VALUE_NODES;
    bool is_good = check_value(p, 0);
    out->end = p->in->at;
    return is_good;
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
    struct parser of = {&earlier, p->ids, p->records, 0};
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
    struct parser p = {in, ids, records, 0};
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
