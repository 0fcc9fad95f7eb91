/* trace.json: the records as one JSON array (trace-formats.md 3).
 *
 * Every record is appended to the sink's buffer, a line each. A value is written again
 * with the text of its whole record behind another one. Integers, names and texts are
 * written as they come: that they are valid is the replay's business. */
#include "trace/writer.h"

#include "base/num.h"
#include "trace/json.h"
#include "trace/sink.h"
#include "trace/subtree.h"

#include <stdlib.h>

#define SEPARATOR ",\n" /* between two records */

struct json_writer {
    struct ct_writer base; /* first: a ct_writer is cast to this */
    struct ct_sink sink;
};

static struct json_writer *self_of(struct ct_writer *writer)
{
    return (struct json_writer *)writer;
}

/* Begins a record: the buffer to append it to, or NULL after a failure. */
static struct ct_buf *begin(struct ct_writer *writer)
{
    if (writer->failed)
        return NULL;
    struct ct_buf *out = &self_of(writer)->sink.buf;
    if (writer->records++ != 0)
        ct_buf_append_text(out, CT_TEXT(SEPARATOR));
    return out;
}

static void end(struct ct_writer *writer)
{
    writer->failed = !ct_sink_settle(&self_of(writer)->sink);
}

/* ---- pieces ------------------------------------------------------------------- */

static void append_base64(struct ct_buf *out, struct ct_text bytes)
{
    if (ct_buf_reserve(out, ct_num_base64_size(bytes.size)))
        out->size +=
            ct_num_base64((char *)out->data + out->size, bytes.bytes, bytes.size);
}

static void append_double(struct ct_buf *out, double value)
{
    if (ct_buf_reserve(out, CT_NUM_DOUBLE_MAX))
        out->size += ct_num_double((char *)out->data + out->size, value);
}

static void append_bool(struct ct_buf *out, bool value)
{
    ct_buf_append_text(out, value ? CT_TEXT("true") : CT_TEXT("false"));
}

static void append_value(struct ct_buf *out, const struct ct_tree *tree, uint32_t at);

static void append_children(struct ct_buf *out, const struct ct_tree *tree, uint32_t at)
{
    const struct ct_node *nodes = tree->nodes;
    uint32_t child = at + 1;
    for (uint32_t left = nodes[at].of.count; left != 0; left--) {
        append_value(out, tree, child);
        child = nodes[child].next;
        if (left > 1)
            ct_buf_append_byte(out, ',');
    }
}

/* Appends what stands between the kind and the type id. */
static void append_content(struct ct_buf *out, const struct ct_tree *tree, uint32_t at)
{
    const struct ct_node *node = &tree->nodes[at];
    switch (node->kind) {
    case CT_NODE_NONE:
        ct_buf_append_text(out, CT_TEXT("None\""));
        break;
    case CT_NODE_BOOL:
        ct_buf_append_text(out, CT_TEXT("Bool\",\"b\":"));
        append_bool(out, node->flag);
        break;
    case CT_NODE_INT:
        ct_buf_append_text(out, CT_TEXT("Int\",\"i\":"));
        ct_json_i64(out, node->of.integer);
        break;
    case CT_NODE_FLOAT: /* has no number here that every reader takes */
        ct_buf_append_text(out, CT_TEXT("Raw\",\"r\":\""));
        append_double(out, node->of.real);
        ct_buf_append_byte(out, '"');
        break;
    case CT_NODE_STRING:
        ct_buf_append_text(out, CT_TEXT("String\",\"text\":"));
        ct_json_string(out, node->of.text);
        break;
    case CT_NODE_BIGINT:
        ct_buf_append_text(out, CT_TEXT("BigInt\",\"b\":\""));
        append_base64(out, node->of.text);
        ct_buf_append_text(out, CT_TEXT("\",\"negative\":"));
        append_bool(out, node->flag);
        break;
    case CT_NODE_SEQUENCE:
        ct_buf_append_text(out, CT_TEXT("Sequence\",\"elements\":["));
        append_children(out, tree, at);
        ct_buf_append_text(out, CT_TEXT("],\"is_slice\":false"));
        break;
    case CT_NODE_TUPLE:
        ct_buf_append_text(out, CT_TEXT("Tuple\",\"elements\":["));
        append_children(out, tree, at);
        ct_buf_append_byte(out, ']');
        break;
    case CT_NODE_STRUCT:
        ct_buf_append_text(out, CT_TEXT("Struct\",\"field_values\":["));
        append_children(out, tree, at);
        ct_buf_append_byte(out, ']');
        break;
    case CT_NODE_RAW:
        ct_buf_append_text(out, CT_TEXT("Raw\",\"r\":"));
        ct_json_string(out, node->of.text);
        break;
    case CT_NODE_ERROR:
        ct_buf_append_text(out, CT_TEXT("Error\",\"msg\":"));
        ct_json_string(out, node->of.text);
        break;
    }
}

static void append_value(struct ct_buf *out, const struct ct_tree *tree, uint32_t at)
{
    const struct ct_node *node = &tree->nodes[at];
    struct ct_subtree *subtree = ct_subtree_of(tree, node);
    size_t from = out->size;
    if (subtree != NULL && subtree->is_known) {
        ct_buf_append(out, subtree->text, subtree->size);
        return;
    }
    ct_buf_append_text(out, CT_TEXT("{\"kind\":\""));
    append_content(out, tree, at);
    ct_buf_append_text(out, CT_TEXT(",\"type_id\":"));
    ct_json_u64(out, node->type_id);
    ct_buf_append_byte(out, '}');
    if (subtree != NULL) {
        subtree->at = from;
        subtree->size = out->size - from;
    }
}

static void append_variable(struct ct_buf *out, uint64_t variable_id,
                            const struct ct_tree *value)
{
    ct_buf_append_text(out, CT_TEXT("{\"variable_id\":"));
    ct_json_u64(out, variable_id);
    ct_buf_append_text(out, CT_TEXT(",\"value\":"));
    append_value(out, value, 0);
    ct_buf_append_byte(out, '}');
}

/* ---- records ------------------------------------------------------------------ */

static void put_path(struct ct_writer *writer, struct ct_text path)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"Path\":"));
    ct_json_string(out, path);
    ct_buf_append_byte(out, '}');
    end(writer);
}

static void put_function(struct ct_writer *writer, uint64_t path_id, int64_t line,
                         struct ct_text name)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"Function\":{\"path_id\":"));
    ct_json_u64(out, path_id);
    ct_buf_append_text(out, CT_TEXT(",\"line\":"));
    ct_json_i64(out, line);
    ct_buf_append_text(out, CT_TEXT(",\"name\":"));
    ct_json_string(out, name);
    ct_buf_append_text(out, CT_TEXT("}}"));
    end(writer);
}

static void put_type(struct ct_writer *writer, const struct ct_type *type)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"Type\":{\"kind\":"));
    ct_json_u64(out, type->kind);
    ct_buf_append_text(out, CT_TEXT(",\"lang_type\":"));
    ct_json_string(out, type->lang_type);
    if (type->kind != CT_KIND_STRUCT) {
        ct_buf_append_text(out, CT_TEXT(",\"specific_info\":{\"kind\":\"None\"}}}"));
        end(writer);
        return;
    }
    ct_buf_append_text(out,
                       CT_TEXT(",\"specific_info\":{\"kind\":\"Struct\",\"fields\":["));
    for (size_t i = 0; i < type->field_count; i++) {
        ct_buf_append_text(out,
                           i == 0 ? CT_TEXT("{\"name\":") : CT_TEXT(",{\"name\":"));
        ct_json_string(out, type->fields[i]);
        ct_buf_append_text(out, CT_TEXT(",\"type_id\":"));
        ct_json_u64(out, type->field_type);
        ct_buf_append_byte(out, '}');
    }
    ct_buf_append_text(out, CT_TEXT("]}}}"));
    end(writer);
}

static void put_name(struct ct_writer *writer, struct ct_text name)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"VariableName\":"));
    ct_json_string(out, name);
    ct_buf_append_byte(out, '}');
    end(writer);
}

static void put_step(struct ct_writer *writer, uint64_t path_id, int64_t line)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"Step\":{\"path_id\":"));
    ct_json_u64(out, path_id);
    ct_buf_append_text(out, CT_TEXT(",\"line\":"));
    ct_json_i64(out, line);
    ct_buf_append_text(out, CT_TEXT("}}"));
    end(writer);
}

static void put_values(struct ct_writer *writer, const struct ct_records *records)
{
    if (writer->failed)
        return;
    size_t skipped = writer->records == 0 ? strlen(SEPARATOR) : 0;
    ct_buf_append(&self_of(writer)->sink.buf, records->bytes + skipped,
                  records->size - skipped);
    writer->records += records->count;
    end(writer);
}

static void put_value(struct ct_writer *writer, uint64_t variable_id,
                      const struct ct_tree *value, struct ct_fragment *written)
{
    struct ct_buf *out = &written->bytes;
    ct_buf_clear(out);
    ct_buf_append_text(out, CT_TEXT(SEPARATOR "{\"Value\":"));
    append_variable(out, variable_id, value);
    ct_buf_append_byte(out, '}');
    ct_subtrees_remember(value->subtrees, out);
    if (out->failed)
        return;
    const struct ct_records record = ct_fragment_records(written);
    put_values(writer, &record);
}

static void put_call(struct ct_writer *writer, uint64_t function_id, size_t count,
                     const struct ct_argument *args)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"Call\":{\"function_id\":"));
    ct_json_u64(out, function_id);
    ct_buf_append_text(out, CT_TEXT(",\"args\":["));
    for (size_t i = 0; i < count; i++) {
        if (i != 0)
            ct_buf_append_byte(out, ',');
        append_variable(out, args[i].variable_id, &args[i].value);
    }
    ct_buf_append_text(out, CT_TEXT("]}}"));
    if (count != 0)
        ct_subtrees_remember(args[0].value.subtrees, out);
    end(writer);
}

static void put_return(struct ct_writer *writer, const struct ct_tree *value)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"Return\":{\"return_value\":"));
    append_value(out, value, 0);
    ct_buf_append_text(out, CT_TEXT("}}"));
    ct_subtrees_remember(value->subtrees, out);
    end(writer);
}

static void put_event(struct ct_writer *writer, enum ct_event_kind kind,
                      struct ct_text metadata, struct ct_text content)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    ct_buf_append_text(out, CT_TEXT("{\"Event\":{\"kind\":"));
    ct_json_u64(out, kind);
    ct_buf_append_text(out, CT_TEXT(",\"metadata\":"));
    ct_json_string(out, metadata);
    ct_buf_append_text(out, CT_TEXT(",\"content\":"));
    ct_json_string(out, content);
    ct_buf_append_text(out, CT_TEXT("}}"));
    end(writer);
}

static void put_thread(struct ct_writer *writer, enum ct_thread_record record,
                       uint64_t number)
{
    struct ct_buf *out = begin(writer);
    if (out == NULL)
        return;
    if (record == CT_THREAD_START)
        ct_buf_append_text(out, CT_TEXT("{\"ThreadStart\":"));
    else if (record == CT_THREAD_EXIT)
        ct_buf_append_text(out, CT_TEXT("{\"ThreadExit\":"));
    else
        ct_buf_append_text(out, CT_TEXT("{\"ThreadSwitch\":"));
    ct_json_u64(out, number);
    ct_buf_append_byte(out, '}');
    end(writer);
}

/* ---- beginning and end -------------------------------------------------------- */

/* Text can be copied anywhere. */
static uint32_t generation(struct ct_writer *writer)
{
    (void)writer;
    return 1;
}

static void write_behind(struct ct_writer *writer, const _Atomic uint32_t *is_awaited)
{
    ct_sink_write_behind(&self_of(writer)->sink, is_awaited);
}

static uint64_t size_of(const struct ct_writer *writer)
{
    const struct ct_sink *sink = &((const struct json_writer *)writer)->sink;
    return sink->written + sink->buf.size;
}

static enum ct_status finish(struct ct_writer *writer, struct ct_error *err)
{
    struct json_writer *self = self_of(writer);
    ct_buf_append_text(&self->sink.buf, CT_TEXT("\n]\n"));
    writer->failed = !ct_sink_finish(&self->sink);
    if (writer->failed && err != NULL)
        *err = self->sink.error;
    return self->sink.error.status;
}

static void free_writer(struct ct_writer *writer)
{
    ct_sink_fini(&self_of(writer)->sink);
    free(writer);
}

static const struct ct_writer_ops json_ops = {
    .events_file = "trace.json",
    .has_float = false,
    .path = put_path,
    .function = put_function,
    .type = put_type,
    .name = put_name,
    .step = put_step,
    .value = put_value,
    .put_values = put_values,
    .call = put_call,
    .ret = put_return,
    .event = put_event,
    .thread = put_thread,
    .generation = generation,
    .write_behind = write_behind,
    .size = size_of,
    .finish = finish,
    .free = free_writer,
};

struct ct_writer *ct_writer_json_new(const char *temporary_path, struct ct_error *err)
{
    struct json_writer *self = calloc(1, sizeof *self);
    if (self == NULL) {
        ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory for %.400s", temporary_path);
        return NULL;
    }
    self->base.ops = &json_ops;
    if (!ct_sink_open(&self->sink, temporary_path)) {
        if (err != NULL)
            *err = self->sink.error;
        free(self);
        return NULL;
    }
    ct_buf_append_text(&self->sink.buf, CT_TEXT("[\n"));
    return &self->base;
}
