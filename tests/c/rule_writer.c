/* The rules, record by record (rule_writer.h). */
#include "rule_writer.h"

#include "base/strtab.h"
#include "base/utf8.h"
#include "trace/subtree.h"

#include <stdlib.h>
#include <string.h>

struct type_seen {
    enum ct_type_kind kind;
    bool is_used;
    size_t fields;
};

struct function_seen {
    uint64_t path_id;
    bool is_used;
};

/* The record before, as far as rules look at it. */
enum previous { PREVIOUS_OTHER, PREVIOUS_STEP, PREVIOUS_STEP_BLOCK };

struct rule_writer {
    struct ct_writer base;
    struct rule_options options;
    const char *broken;
    struct ct_strtab paths, names, functions, types; /* no definition twice */
    struct ct_buf type_list;                         /* struct type_seen */
    struct ct_buf function_list;                     /* struct function_seen */
    struct ct_buf name_steps; /* uint64_t: the Step that showed it last */
    struct ct_buf name_used;  /* bool */
    uint64_t depth;           /* open calls of the file */
    bool is_closed;           /* <toplevel> has returned */
    enum previous previous;
    uint64_t step_path;
    int64_t highest_step;
    uint64_t thread;
    bool is_error_last;
    struct ct_counts counts;
};

static struct rule_writer *self_of(struct ct_writer *writer)
{
    return (struct rule_writer *)writer;
}

static bool rule(struct rule_writer *self, bool is_kept, const char *text)
{
    if (!is_kept && self->broken == NULL)
        self->broken = text;
    return is_kept;
}

#define AT(self, list, type, index) ((type *)(void *)(self)->list.data + (index))

static void begin(struct rule_writer *self, enum previous previous)
{
    rule(self, !self->is_closed, "a record after the last Return");
    self->previous = previous;
    self->base.records++;
    if (self->options.record_limit != 0 &&
        self->base.records >= self->options.record_limit)
        self->base.is_full = true;
}

static void check_text(struct rule_writer *self, struct ct_text text)
{
    rule(self, ct_utf8_valid_size(text) == text.size, "text that is not UTF-8");
}

static void check_new(struct rule_writer *self, struct ct_strtab *table,
                      struct ct_text key)
{
    uint32_t count = table->count;
    ct_strtab_add(table, key);
    rule(self, table->count == count + 1, "a definition twice");
}

/* ---- definitions ------------------------------------------------------------------
 */

static void put_path(struct ct_writer *writer, struct ct_text path)
{
    struct rule_writer *self = self_of(writer);
    begin(self, PREVIOUS_OTHER);
    check_text(self, path);
    check_new(self, &self->paths, path);
}

static void put_function(struct ct_writer *writer, uint64_t path_id, int64_t line,
                         struct ct_text name)
{
    struct rule_writer *self = self_of(writer);
    begin(self, PREVIOUS_OTHER);
    check_text(self, name);
    rule(self, path_id < self->paths.count, "a function's path is not defined");
    rule(self, line >= 1, "a function's line below 1");
    struct ct_buf key = {0};
    ct_buf_append(&key, &path_id, sizeof path_id);
    ct_buf_append(&key, &line, sizeof line);
    ct_buf_append_text(&key, name);
    check_new(self, &self->functions, (struct ct_text){(char *)key.data, key.size});
    ct_buf_fini(&key);
    struct function_seen seen = {path_id, false};
    ct_buf_append(&self->function_list, &seen, sizeof seen);
}

static void put_type(struct ct_writer *writer, const struct ct_type *type)
{
    struct rule_writer *self = self_of(writer);
    begin(self, self->previous == PREVIOUS_STEP || self->previous == PREVIOUS_STEP_BLOCK
                    ? PREVIOUS_STEP_BLOCK
                    : PREVIOUS_OTHER);
    check_text(self, type->lang_type);
    struct ct_buf key = {0};
    ct_buf_append_byte(&key, (uint8_t)type->kind);
    ct_buf_append_text(&key, type->lang_type);
    for (size_t i = 0; i < type->field_count; i++) {
        ct_buf_append_byte(&key, 0xff);
        ct_buf_append_text(&key, type->fields[i]);
        check_text(self, type->fields[i]);
    }
    check_new(self, &self->types, (struct ct_text){(char *)key.data, key.size});
    ct_buf_fini(&key);
    uint64_t count = self->type_list.size / sizeof(struct type_seen);
    rule(self, (count == 0) == (type->kind == CT_KIND_NONE), "type 0 is not None");
    if (type->kind == CT_KIND_STRUCT) {
        bool is_good = type->field_type < count &&
                       AT(self, type_list, struct type_seen, type->field_type)->kind ==
                           CT_KIND_ANY;
        if (rule(self, is_good, "a field's type is not `object`"))
            AT(self, type_list, struct type_seen, type->field_type)->is_used = true;
    }
    struct type_seen seen = {
        .kind = type->kind,
        .fields = type->field_count,
    };
    ct_buf_append(&self->type_list, &seen, sizeof seen);
}

static void put_name(struct ct_writer *writer, struct ct_text name)
{
    struct rule_writer *self = self_of(writer);
    begin(self,
          self->previous == PREVIOUS_OTHER ? PREVIOUS_OTHER : PREVIOUS_STEP_BLOCK);
    check_text(self, name);
    check_new(self, &self->names, name);
    uint64_t never = 0;
    ct_buf_append(&self->name_steps, &never, sizeof never);
    ct_buf_append_byte(&self->name_used, 0);
}

/* ---- values -----------------------------------------------------------------------
 */

static bool kind_fits(const struct rule_writer *self, const struct ct_node *node,
                      const struct type_seen *type)
{
    switch (node->kind) {
    case CT_NODE_NONE:
        return type->kind == CT_KIND_NONE;
    case CT_NODE_BOOL:
        return type->kind == CT_KIND_BOOL;
    case CT_NODE_INT:
    case CT_NODE_BIGINT:
        return type->kind == CT_KIND_INT;
    case CT_NODE_FLOAT:
        return self->options.has_float && type->kind == CT_KIND_FLOAT;
    case CT_NODE_STRING:
        return type->kind == CT_KIND_STRING;
    case CT_NODE_SEQUENCE:
        return type->kind == CT_KIND_SEQ || type->kind == CT_KIND_SET;
    case CT_NODE_TUPLE:
        return type->kind == CT_KIND_TUPLE;
    case CT_NODE_STRUCT:
        return type->kind == CT_KIND_STRUCT && type->fields == node->of.count;
    case CT_NODE_RAW:
        return type->kind == CT_KIND_RAW ||
               (type->kind == CT_KIND_FLOAT && !self->options.has_float);
    case CT_NODE_ERROR:
        return type->kind == CT_KIND_RAW;
    }
    return false;
}

/* Checks the tree at nodes[at] and gives the index behind it. */
static uint32_t check_tree(struct rule_writer *self, const struct ct_tree *tree,
                           uint32_t at, unsigned depth)
{
    const struct ct_node *node = &tree->nodes[at];
    rule(self, depth <= 28, "a value deeper than 28");
    uint64_t count = self->type_list.size / sizeof(struct type_seen);
    if (rule(self, node->type_id < count, "a value's type is not defined")) {
        struct type_seen *type = AT(self, type_list, struct type_seen, node->type_id);
        type->is_used = true;
        rule(self, kind_fits(self, node, type), "record and K do not match");
    }
    uint32_t next = at + 1;
    if (node->kind == CT_NODE_STRING || node->kind == CT_NODE_RAW ||
        node->kind == CT_NODE_ERROR)
        check_text(self, node->of.text);
    if (node->kind == CT_NODE_SEQUENCE || node->kind == CT_NODE_TUPLE ||
        node->kind == CT_NODE_STRUCT) {
        const struct ct_subtree *subtree = ct_subtree_of(tree, node);
        bool is_known = subtree != NULL && subtree->is_known;
        for (uint32_t i = 0; i < node->of.count && !is_known; i++)
            next = check_tree(self, tree, next, depth + 1);
    }
    rule(self, node->next == next, "a node's next is wrong");
    return next;
}

static void use_name(struct rule_writer *self, uint64_t id)
{
    if (rule(self, id < self->names.count, "a variable is not defined"))
        self->name_used.data[id] = 1;
}

static void put_values(struct ct_writer *writer, const struct ct_records *records)
{
    struct rule_writer *self = self_of(writer);
    uint64_t id;
    rule(self, self->previous != PREVIOUS_OTHER, "a Value outside a step block");
    begin(self, PREVIOUS_STEP_BLOCK);
    if (!rule(self,
              records->count != 0 && records->size == records->count * sizeof id &&
                  records->words == records->count,
              "records are not what was written"))
        return;
    for (size_t i = 0; i < records->count; i++) {
        memcpy(&id, records->bytes + i * sizeof id, sizeof id);
        uint64_t *step = AT(self, name_steps, uint64_t, id);
        rule(self, *step != self->counts.steps, "a variable twice in a Step");
        *step = self->counts.steps;
        self->counts.values++;
    }
}

static void put_value(struct ct_writer *writer, uint64_t variable_id,
                      const struct ct_tree *value, struct ct_fragment *written)
{
    struct rule_writer *self = self_of(writer);
    use_name(self, variable_id);
    check_tree(self, value, 0, 0);
    ct_buf_clear(&written->bytes);
    ct_buf_append(&written->bytes, &variable_id, sizeof variable_id);
    written->words = 1;
    ct_subtrees_remember(value->subtrees,
                         &written->bytes); /* nothing is made of them */
    const struct ct_records record = ct_fragment_records(written);
    put_values(writer, &record);
}

static uint32_t generation(struct ct_writer *writer)
{
    (void)writer;
    return 1;
}

/* ---- steps, calls, returns --------------------------------------------------------
 */

static void put_step(struct ct_writer *writer, uint64_t path_id, int64_t line)
{
    struct rule_writer *self = self_of(writer);
    begin(self, PREVIOUS_STEP);
    rule(self, path_id < self->paths.count, "a Step's path is not defined");
    rule(self, line >= 1, "a Step's line below 1");
    self->counts.steps++;
    self->step_path = path_id;
    self->is_error_last = false;
    if ((int64_t)path_id > self->highest_step)
        self->highest_step = (int64_t)path_id;
}

static void put_call(struct ct_writer *writer, uint64_t function_id, size_t count,
                     const struct ct_argument *args)
{
    struct rule_writer *self = self_of(writer);
    bool has_step = self->previous == PREVIOUS_STEP;
    begin(self, PREVIOUS_OTHER);
    if (!rule(self, function_id < self->functions.count, "a function is not defined"))
        return;
    struct function_seen *function =
        AT(self, function_list, struct function_seen, function_id);
    function->is_used = true;
    if (self->counts.calls == 0)
        rule(self, writer->records == 3 && function_id == 0 && count == 0,
             "the third record is not the Call of <toplevel>");
    else if (self->counts.calls == 1)
        rule(self, self->counts.steps == 0, "a Step before the first call block");
    else
        rule(self, has_step && self->step_path == function->path_id,
             "a Call without its Step");
    for (size_t i = 0; i < count; i++) {
        use_name(self, args[i].variable_id);
        check_tree(self, &args[i].value, 0, 0);
    }
    self->counts.calls++;
    self->depth++;
}

static void put_return(struct ct_writer *writer, const struct ct_tree *value)
{
    struct rule_writer *self = self_of(writer);
    begin(self, PREVIOUS_OTHER);
    check_tree(self, value, 0, 0);
    if (rule(self, self->depth > 0, "a Return too many"))
        self->is_closed = --self->depth == 0;
}

static void put_event(struct ct_writer *writer, enum ct_event_kind kind,
                      struct ct_text metadata, struct ct_text content)
{
    struct rule_writer *self = self_of(writer);
    begin(self, PREVIOUS_OTHER);
    rule(self, self->counts.steps > 0, "an Event before the first Step");
    rule(self, kind == 0 || kind == 2 || kind == 3 || kind == 11, "an Event's kind");
    rule(self,
         metadata.size > 2 && metadata.bytes[0] == '{' &&
             metadata.bytes[metadata.size - 1] == '}',
         "an Event's metadata");
    check_text(self, metadata);
    check_text(self, content);
    self->is_error_last = kind == CT_EVENT_KIND_ERROR;
    self->counts.events++;
}

static void put_thread(struct ct_writer *writer, enum ct_thread_record record,
                       uint64_t number)
{
    struct rule_writer *self = self_of(writer);
    begin(self, PREVIOUS_OTHER);
    rule(self, self->options.allows_thread_records, "a thread record");
    rule(self, self->depth == 1, "a change of thread with open calls");
    if (record == CT_THREAD_SWITCH) {
        rule(self, number != self->thread, "a switch to the current thread");
        self->thread = number;
    } else if (record == CT_THREAD_EXIT) {
        rule(self, number == self->thread && number != 1, "an exit of another thread");
    } else {
        rule(self, number != self->thread && number != 1,
             "a start of a running thread");
    }
}

/* ---- the end ----------------------------------------------------------------------
 */

const char *rule_writer_verdict(struct ct_writer *writer)
{
    struct rule_writer *self = self_of(writer);
    rule(self, self->is_closed, "<toplevel> is open at the end");
    rule(self, self->counts.steps > 0, "no Step");
    rule(self, self->highest_step + 1 == self->paths.count || self->paths.count == 1,
         "a path above the highest with a Step");
    rule(self, self->thread == 1, "the end is not in thread 1");
    rule(self,
         self->options.allows_any_end ||
             self->is_error_last == self->options.allows_error_at_end,
         "the rule of the end");
    if (self->options.allows_unused)
        return self->broken;
    for (uint64_t i = 1; i < self->types.count; i++)
        rule(self, AT(self, type_list, struct type_seen, i)->is_used, "an unused type");
    for (uint64_t i = 0; i < self->functions.count; i++)
        rule(self, AT(self, function_list, struct function_seen, i)->is_used,
             "an unused function");
    for (uint64_t i = 0; i < self->names.count; i++)
        rule(self, self->name_used.data[i], "an unused name");
    return self->broken;
}

static enum ct_status finish(struct ct_writer *writer, struct ct_error *err)
{
    (void)writer;
    (void)err;
    return CT_OK;
}

static void free_writer(struct ct_writer *writer)
{
    struct rule_writer *self = self_of(writer);
    ct_strtab_fini(&self->paths);
    ct_strtab_fini(&self->names);
    ct_strtab_fini(&self->functions);
    ct_strtab_fini(&self->types);
    ct_buf_fini(&self->type_list);
    ct_buf_fini(&self->function_list);
    ct_buf_fini(&self->name_steps);
    ct_buf_fini(&self->name_used);
    free(self);
}

#define RULE_OPS(has_float_)                                                           \
    {                                                                                  \
        .events_file = "none",                                                         \
        .has_float = (has_float_),                                                     \
        .path = put_path,                                                              \
        .function = put_function,                                                      \
        .type = put_type,                                                              \
        .name = put_name,                                                              \
        .step = put_step,                                                              \
        .value = put_value,                                                            \
        .generation = generation,                                                      \
        .put_values = put_values,                                                      \
        .call = put_call,                                                              \
        .ret = put_return,                                                             \
        .event = put_event,                                                            \
        .thread = put_thread,                                                          \
        .finish = finish,                                                              \
        .free = free_writer,                                                           \
    }

static const struct ct_writer_ops ops_with_float = RULE_OPS(true);
static const struct ct_writer_ops ops_without_float = RULE_OPS(false);

struct ct_writer *rule_writer_new(const struct rule_options *options)
{
    struct rule_writer *self = calloc(1, sizeof *self);
    if (self == NULL)
        abort();
    self->base.ops = options->has_float ? &ops_with_float : &ops_without_float;
    self->options = *options;
    self->highest_step = -1;
    self->thread = 1;
    return &self->base;
}

const struct ct_counts *rule_writer_counts(const struct ct_writer *writer)
{
    return &((const struct rule_writer *)writer)->counts;
}
