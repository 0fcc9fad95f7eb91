/* One function per shape of value, recursive as the values are, never deeper than
 * CT_VALUE_MAX_DEPTH. A text that is made here has no address until ct_values_seal,
 * for its buffer may move: its node holds NULL and the size, in order of making. */
#include "trace/value_decode.h"

#include "base/num.h"
#include "trace/limits.h"

#define ELLIPSIS "\xe2\x80\xa6"

static void decode(struct ct_values *values, struct ct_span *in);

void ct_values_init(struct ct_values *values, struct ct_defs *defs,
                    struct ct_intern *intern, bool has_float)
{
    memset(values, 0, sizeof *values);
    values->defs = defs;
    values->intern = intern;
    values->has_float = has_float;
}

void ct_values_fini(struct ct_values *values)
{
    ct_buf_fini(&values->nodes);
    ct_buf_fini(&values->texts);
    ct_subtrees_fini(&values->subtrees);
}

void ct_values_clear(struct ct_values *values, uint32_t generation)
{
    ct_buf_clear(&values->nodes);
    ct_buf_clear(&values->texts);
    ct_subtrees_clear(&values->subtrees, generation);
}

static size_t node_count(const struct ct_values *values)
{
    return values->nodes.size / sizeof(struct ct_node);
}

/* The place of the next node, to be set there: a node that is copied as a whole right
 * after its fields have been set makes the processor wait. */
static inline struct ct_node *next_node(struct ct_values *values)
{
    if (!ct_buf_reserve(&values->nodes, sizeof(struct ct_node)))
        return &values->lost;
    uint8_t *place = values->nodes.data + values->nodes.size;
    values->nodes.size += sizeof(struct ct_node);
    return (struct ct_node *)(void *)place;
}

static void add_text_node(struct ct_values *values, enum ct_node_kind kind,
                          uint32_t type_id, struct ct_text text)
{
    *next_node(values) =
        (struct ct_node){.kind = kind, .type_id = type_id, .of.text = text};
}

/* ---- made texts -------------------------------------------------------------------
 */

static void make(struct ct_values *values, struct ct_text text)
{
    ct_buf_append_text(&values->texts, text);
}

static void make_number(struct ct_values *values, uint64_t number)
{
    char digits[CT_NUM_INT_MAX];
    make(values, (struct ct_text){digits, ct_num_u64(digits, number)});
}

/* A node whose text is what has been made since the texts had size `from`. */
static void add_made_node(struct ct_values *values, enum ct_node_kind kind,
                          uint32_t type_id, size_t from)
{
    struct ct_text made = {NULL, values->texts.size - from};
    values->is_odd |= values->texts.size > CT_LIMIT_MADE_TEXT;
    add_text_node(values, kind, type_id, made);
}

/* The type `name[size]`. */
static uint32_t sized_type(struct ct_values *values, enum ct_type_kind kind,
                           uint64_t class, uint64_t size)
{
    size_t from = values->texts.size;
    make(values, ct_defs_class_name(values->defs, class));
    make(values, CT_TEXT("["));
    make_number(values, size);
    make(values, CT_TEXT("]"));
    values->is_odd |= values->texts.size > CT_LIMIT_MADE_TEXT;
    if (values->is_odd || values->texts.failed)
        return CT_NO_ID;
    struct ct_text name = {(const char *)values->texts.data + from,
                           values->texts.size - from};
    uint32_t type_id = ct_intern_type(values->intern, kind, name);
    values->texts.size = from;
    return type_id;
}

/* ---- nodes ------------------------------------------------------------------------
 */

static uint32_t class_type(struct ct_values *values, uint64_t class,
                           enum ct_def_class_kind kind)
{
    return ct_defs_file_class(values->defs, values->intern, class, kind);
}

static void decode_float(struct ct_values *values, struct ct_span *in, uint64_t class)
{
    struct ct_text bytes = ct_span_bytes(in, 8);
    uint32_t type_id = class_type(values, class, CT_DEF_FLOAT);
    double real = 0;
    memcpy(&real, bytes.bytes, bytes.size);
    if (values->has_float) {
        *next_node(values) = (struct ct_node){
            .kind = CT_NODE_FLOAT, .type_id = type_id, .of.real = real};
        return;
    }
    char digits[CT_NUM_DOUBLE_MAX];
    size_t from = values->texts.size;
    make(values, (struct ct_text){digits, ct_num_double(digits, real)});
    add_made_node(values, CT_NODE_RAW, type_id, from);
}

static void decode_cut_string(struct ct_values *values, struct ct_span *in,
                              uint64_t class)
{
    uint64_t length = ct_span_number(in);
    uint32_t type_id = sized_type(values, CT_KIND_STRING, class, length);
    size_t from = values->texts.size;
    make(values, ct_span_text(in));
    make(values, CT_TEXT(ELLIPSIS));
    values->is_cut = true;
    add_made_node(values, CT_NODE_STRING, type_id, from);
}

static void decode_bigint(struct ct_values *values, struct ct_span *in, uint64_t class)
{
    bool is_negative = ct_span_byte(in) != 0;
    struct ct_text magnitude = ct_span_text(in);
    uint32_t type_id = class_type(values, class, CT_DEF_INT);
    *next_node(values) = (struct ct_node){.kind = CT_NODE_BIGINT,
                                          .flag = is_negative,
                                          .type_id = type_id,
                                          .of.text = magnitude};
}

static void decode_children(struct ct_values *values, struct ct_span *in,
                            enum ct_node_kind kind, uint32_t type_id, uint64_t count)
{
    *next_node(values) =
        (struct ct_node){.kind = kind, .type_id = type_id, .of.count = (uint32_t)count};
    for (uint64_t i = 0; i < count && !values->failed && !values->is_odd; i++)
        decode(values, in);
}

static void decode_container(struct ct_values *values, struct ct_span *in, uint8_t tag,
                             uint64_t class)
{
    uint64_t count = ct_span_number(in);
    if (tag == CT_VAL_TUPLE) {
        decode_children(values, in, CT_NODE_TUPLE,
                        class_type(values, class, CT_DEF_TUPLE), count);
        return;
    }
    bool is_set = tag == CT_VAL_SET || tag == CT_VAL_FROZENSET;
    decode_children(values, in, CT_NODE_SEQUENCE,
                    class_type(values, class, is_set ? CT_DEF_SET : CT_DEF_SEQ), count);
}

static void decode_struct(struct ct_values *values, struct ct_span *in)
{
    uint64_t shape = ct_span_number(in);
    decode_children(values, in, CT_NODE_STRUCT,
                    ct_defs_file_shape(values->defs, values->intern, shape),
                    ct_defs_shape_size(values->defs, shape));
}

/* A value of a builtin type under the name of `class`, or of the builtin itself. */
static void decode_builtin(struct ct_values *values, struct ct_span *in, uint8_t tag,
                           uint64_t class)
{
    switch (tag) {
    case CT_VAL_INT: {
        int64_t integer = ct_unzigzag(ct_span_number(in));
        uint32_t type_id = class_type(values, class, CT_DEF_INT);
        *next_node(values) = (struct ct_node){
            .kind = CT_NODE_INT, .type_id = type_id, .of.integer = integer};
        break;
    }
    case CT_VAL_FLOAT:
        decode_float(values, in, class);
        break;
    case CT_VAL_STR: {
        uint32_t type_id = class_type(values, class, CT_DEF_STRING);
        add_text_node(values, CT_NODE_STRING, type_id, ct_span_text(in));
        break;
    }
    case CT_VAL_STR_CUT:
        decode_cut_string(values, in, class);
        break;
    case CT_VAL_BIGINT:
        decode_bigint(values, in, class);
        break;
    default:
        decode_container(values, in, tag, class);
    }
}

static uint64_t builtin_class(uint8_t tag)
{
    static const uint8_t classes[] = {
        [CT_VAL_INT] = CT_CLASS_INT,
        [CT_VAL_FLOAT] = CT_CLASS_FLOAT,
        [CT_VAL_STR] = CT_CLASS_STR,
        [CT_VAL_STR_CUT] = CT_CLASS_STR,
        [CT_VAL_BIGINT] = CT_CLASS_INT,
        [CT_VAL_LIST] = CT_CLASS_LIST,
        [CT_VAL_TUPLE] = CT_CLASS_TUPLE,
        [CT_VAL_SET] = CT_CLASS_SET,
        [CT_VAL_FROZENSET] = CT_CLASS_FROZENSET,
        [CT_VAL_DICT] = CT_CLASS_DICT,
    };
    return classes[tag];
}

/* RAW, OBJECT, SIZED, BELOW: a text with the name of its class as type. */
static void decode_raw(struct ct_values *values, struct ct_span *in, uint8_t tag)
{
    uint64_t class = ct_span_number(in);
    if (tag == CT_VAL_SIZED) {
        uint32_t type_id = sized_type(values, CT_KIND_RAW, class, ct_span_number(in));
        struct ct_text text = ct_span_text(in);
        values->is_cut |=
            memmem(text.bytes, text.size, ELLIPSIS, strlen(ELLIPSIS)) != NULL;
        add_text_node(values, CT_NODE_RAW, type_id, text);
        return;
    }
    uint32_t type_id = class_type(values, class, CT_DEF_RAW);
    if (tag == CT_VAL_RAW) {
        add_text_node(values, CT_NODE_RAW, type_id, ct_span_text(in));
        return;
    }
    size_t from = values->texts.size;
    make(values, CT_TEXT("<"));
    make(values, ct_defs_class_name(values->defs, class));
    if (tag == CT_VAL_OBJECT) {
        make(values, CT_TEXT(" object>"));
    } else {
        uint64_t items = ct_span_number(in);
        make(values, CT_TEXT(", "));
        make_number(values, items);
        make(values, items == 1 ? CT_TEXT(" item>") : CT_TEXT(" items>"));
        values->is_cut = true;
    }
    add_made_node(values, CT_NODE_RAW, type_id, from);
}

static void decode_mark(struct ct_values *values, enum ct_node_kind kind,
                        struct ct_text type, struct ct_text text)
{
    add_text_node(values, kind, ct_intern_type(values->intern, CT_KIND_RAW, type),
                  text);
}

static void decode_cut(struct ct_values *values, struct ct_span *in)
{
    uint32_t type_id = ct_intern_type(values->intern, CT_KIND_RAW, CT_TEXT("Cut"));
    size_t from = values->texts.size;
    make(values, CT_TEXT(ELLIPSIS " +"));
    make_number(values, ct_span_number(in));
    make(values, CT_TEXT(" more"));
    values->is_cut = true;
    add_made_node(values, CT_NODE_RAW, type_id, from);
}

static void decode_bool(struct ct_values *values, bool value)
{
    uint32_t type_id = class_type(values, CT_CLASS_BOOL, CT_DEF_BOOL);
    *next_node(values) =
        (struct ct_node){.kind = CT_NODE_BOOL, .flag = value, .type_id = type_id};
}

static void decode_tagged(struct ct_values *values, struct ct_span *in)
{
    uint8_t tag = ct_span_byte(in);
    switch (tag) {
    case CT_VAL_NONE:
        *next_node(values) = (struct ct_node){.kind = CT_NODE_NONE};
        break;
    case CT_VAL_FALSE:
    case CT_VAL_TRUE:
        decode_bool(values, tag == CT_VAL_TRUE);
        break;
    case CT_VAL_PAIR:
        decode_children(values, in, CT_NODE_TUPLE,
                        class_type(values, CT_CLASS_TUPLE, CT_DEF_TUPLE), 2);
        break;
    case CT_VAL_CLASS: {
        uint64_t class = ct_span_number(in);
        decode_builtin(values, in, ct_span_byte(in), class);
        break;
    }
    case CT_VAL_RAW:
    case CT_VAL_OBJECT:
    case CT_VAL_SIZED:
    case CT_VAL_BELOW:
        decode_raw(values, in, tag);
        break;
    case CT_VAL_STRUCT:
        decode_struct(values, in);
        break;
    case CT_VAL_CUT:
        decode_cut(values, in);
        break;
    case CT_VAL_CYCLE:
        decode_mark(values, CT_NODE_RAW, CT_TEXT("Cut"), CT_TEXT("<cycle>"));
        break;
    case CT_VAL_REDACTED:
        decode_mark(values, CT_NODE_ERROR, CT_TEXT("Redacted"), CT_TEXT("<redacted>"));
        break;
    case CT_VAL_DROPPED:
        decode_mark(values, CT_NODE_ERROR, CT_TEXT("Dropped"), CT_TEXT("<dropped>"));
        break;
    default:
        decode_builtin(values, in, tag, builtin_class(tag));
    }
}

/* ---- subtrees ---------------------------------------------------------------------
 */

static bool can_be_subtree(uint8_t tag)
{
    return ct_val_is_container(tag) || tag == CT_VAL_CLASS;
}

/* Takes the next value, a container by its tag, if it is known. */
static bool keep_subtree(struct ct_values *values, struct ct_span *in)
{
    const struct ct_rendered_entry *known =
        ct_rendered_find(&values->subtrees.memo, in);
    if (known == NULL)
        return false;
    values->is_cut |= known->is_cut;
    *next_node(values) =
        (struct ct_node){.kind = known->kind,
                         .subtree = ct_subtrees_keep(&values->subtrees, known),
                         .type_id = known->type_id,
                         .of.count = known->count};
    in->at += known->value_size;
    return true;
}

static void decode_subtree(struct ct_values *values, struct ct_span *in)
{
    const uint8_t *from = in->at;
    uint32_t index = ct_subtrees_open(&values->subtrees);
    size_t place = node_count(values);
    bool is_cut_before = values->is_cut;
    values->is_cut = false;
    decode_tagged(values, in);
    if (!values->nodes.failed)
        ct_subtrees_close(&values->subtrees, index, (struct ct_span){from, in->at},
                          (struct ct_node *)(void *)values->nodes.data + place,
                          values->is_cut);
    values->is_cut |= is_cut_before;
}

static void decode(struct ct_values *values, struct ct_span *in)
{
    size_t place = node_count(values);
    if (in->at == in->end || !can_be_subtree(*in->at))
        decode_tagged(values, in);
    else if (!keep_subtree(values, in))
        decode_subtree(values, in);
    values->failed |=
        values->nodes.failed || values->texts.failed || values->subtrees.found.failed;
    if (!values->failed) {
        struct ct_node *node = (struct ct_node *)(void *)values->nodes.data + place;
        node->next = (uint32_t)(node_count(values) - values->root);
    }
}

size_t ct_values_decode(struct ct_values *values, struct ct_span *in)
{
    values->root = node_count(values);
    values->is_cut = false;
    decode(values, in);
    return values->root;
}

static bool has_text(const struct ct_node *node)
{
    return node->kind == CT_NODE_STRING || node->kind == CT_NODE_RAW ||
           node->kind == CT_NODE_ERROR || node->kind == CT_NODE_BIGINT;
}

bool ct_values_seal(struct ct_values *values)
{
    if (values->failed || values->is_odd || values->texts.size == 0)
        return !values->failed && !values->is_odd;
    struct ct_node *nodes = (struct ct_node *)(void *)values->nodes.data;
    const char *made = (const char *)values->texts.data;
    for (size_t i = 0; i < node_count(values); i++) {
        if (has_text(&nodes[i]) && nodes[i].of.text.bytes == NULL) {
            nodes[i].of.text.bytes = made;
            made += nodes[i].of.text.size;
        }
    }
    return true;
}
