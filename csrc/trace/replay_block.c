/* Call blocks, step blocks and Returns (trace-formats.md 2.6).
 *
 * A variable is decoded, its types and name defined, and its record written when a Step
 * first shows it; from then on a Step only has the record written again, together with
 * those around it. */
#include "trace/replay_state.h"

#include "base/num.h"

#define ELLIPSIS "\xe2\x80\xa6"

static int64_t shown_line(int64_t line, const struct ct_def_function *function)
{
    return line < 1 ? function->line : line;
}

static const struct ct_def_function *function_of(const struct ct_replay *replay,
                                                 uint64_t code)
{
    return ct_defs_function(&replay->defs, ct_defs_code(&replay->defs, code)->function);
}

/* Begins the values of a record. */
static void clear_values(struct ct_replay *replay)
{
    ct_values_clear(&replay->values, replay->writer->ops->generation(replay->writer));
}

/* Makes the decoded values ready; false ends the replay. */
static bool seal_values(struct ct_replay *replay)
{
    if (ct_values_seal(&replay->values))
        return true;
    replay->failed |= replay->values.failed;
    replay->is_odd |= replay->values.is_odd;
    return false;
}

void ct_replay_put_step(struct ct_replay *replay, uint32_t path_id, int64_t line)
{
    replay->writer->ops->step(replay->writer, path_id, line);
    replay->counts.steps++;
    replay->last_step = (struct ct_place){path_id, line};
    replay->current->step = replay->last_step;
    replay->is_error_last = false;
    if (path_id > replay->highest_step)
        replay->highest_step = path_id;
}

/* ---- call blocks ------------------------------------------------------------------
 */

/* Step and Call. The first call of a file comes without its Step. */
static void put_call(struct ct_replay *replay, struct ct_frame *frame, size_t count,
                     const struct ct_argument *args)
{
    const struct ct_def_function *function = function_of(replay, frame->code);
    uint32_t path_id = ct_defs_path(&replay->defs, function->path)->file_id;
    if (replay->counts.calls > 1)
        ct_replay_put_step(replay, path_id, shown_line(frame->line, function));
    replay->writer->ops->call(replay->writer, function->file_id, count, args);
    frame->call_index = replay->counts.calls++;
}

/* Defines the function, and remembers the line of a new path for ct_replay_end. */
static void define_function(struct ct_replay *replay, uint64_t code)
{
    uint32_t paths = replay->intern.paths.count;
    uint64_t function = ct_defs_code(&replay->defs, code)->function;
    ct_defs_file_function(&replay->defs, &replay->intern, function);
    const struct ct_def_function *entry = ct_defs_function(&replay->defs, function);
    uint32_t path_id = ct_defs_file_path(&replay->defs, &replay->intern, entry->path);
    if (replay->intern.paths.count > paths)
        replay->highest_path = (struct ct_place){path_id, entry->line};
}

/* Decodes the arguments and defines what they need, in their order. */
static bool take_arguments(struct ct_replay *replay,
                           const struct ct_tape_record *record)
{
    struct ct_span in = record->body;
    ct_buf_clear(&replay->arguments);
    clear_values(replay);
    for (uint64_t i = 0; i < record->count; i++) {
        uint64_t name = ct_span_number(&in);
        struct ct_span same, *value = &in;
        if (ct_span_is_same(&in)) {
            same = ct_span_same(&in);
            value = &same;
        }
        ct_values_decode(&replay->values, value);
        struct ct_argument argument = {
            .variable_id = ct_defs_file_name(&replay->defs, &replay->intern, name)};
        ct_buf_append(&replay->arguments, &argument, sizeof argument);
        replay->counts.truncated_values += replay->values.is_cut;
    }
    replay->failed |= replay->arguments.failed;
    if (!seal_values(replay) || replay->failed)
        return false;
    struct ct_argument *args = (struct ct_argument *)(void *)replay->arguments.data;
    size_t place = 0;
    for (uint64_t i = 0; i < record->count; i++) {
        args[i].value = ct_values_tree(&replay->values, place);
        place += args[i].value.nodes->next;
    }
    return true;
}

void ct_replay_call(struct ct_replay *replay, const struct ct_tape_record *record)
{
    define_function(replay, record->id);
    if (!take_arguments(replay, record))
        return;
    struct ct_frame *frame =
        ct_frames_push(&replay->current->frames, record->id, record->line);
    if (frame == NULL)
        replay->failed = true;
    else
        put_call(replay, frame, record->count,
                 (const struct ct_argument *)(void *)replay->arguments.data);
}

void ct_replay_reopen(struct ct_replay *replay, struct ct_frame *frame)
{
    put_call(replay, frame, 0, NULL);
}

/* ---- step blocks ------------------------------------------------------------------
 */

/* The tape's name id of a slot. */
static uint32_t slot_name(const struct ct_replay *replay, const struct ct_frame *frame,
                          uint32_t slot)
{
    struct ct_def_list names = ct_defs_code(&replay->defs, frame->code)->names;
    return slot < names.count ? ct_defs_list(&replay->defs, names)[slot]
                              : frame->added[slot - names.count];
}

/* Makes room for `needed` bytes in `shown`; false when memory is out. */
static bool grow_shown(struct ct_replay *replay, size_t needed)
{
    size_t more = needed - replay->shown.size;
    if (!ct_buf_reserve(&replay->shown, more)) {
        replay->failed = true;
        return false;
    }
    memset(replay->shown.data + replay->shown.size, 0, more);
    replay->shown.size = needed;
    return true;
}

/* Marks the variable as shown by this Step; false if it was, or memory is out. */
static inline bool mark_shown(struct ct_replay *replay, uint32_t variable_id)
{
    if (variable_id == CT_NO_ID)
        return false;
    size_t needed = ((size_t)variable_id + 1) * sizeof(uint64_t);
    if (needed > replay->shown.size && !grow_shown(replay, needed))
        return false;
    uint64_t *step = (uint64_t *)(void *)replay->shown.data + variable_id;
    if (*step == replay->counts.steps)
        return false;
    *step = replay->counts.steps;
    return true;
}

/* Whether a variable of this name, if there is one in the file, has been shown by this
 * Step: then an outer one of the same name must not even define its types. */
static bool is_shown(const struct ct_replay *replay, const struct ct_def_name *name)
{
    uint32_t id = name->file_id;
    if (id == CT_NO_ID)
        id = ct_strtab_find(&replay->intern.names,
                            ct_defs_text(&replay->defs, name->text));
    return id != CT_NO_ID &&
           ((size_t)id + 1) * sizeof(uint64_t) <= replay->shown.size &&
           ((const uint64_t *)(const void *)replay->shown.data)[id] ==
               replay->counts.steps;
}

/* Writes the variable's record, whose place in the frame is or is to be `at`. False
 * when the replay cannot go on. */
static bool write_value(struct ct_replay *replay, struct ct_frame *frame,
                        struct ct_variable *variable, size_t at)
{
    uint32_t name = slot_name(replay, frame, variable->slot);
    struct ct_span value = ct_variable_value(variable);
    struct ct_fragment *written = &replay->written;
    clear_values(replay);
    size_t root = ct_values_decode(&replay->values, &value);
    variable->file_id = ct_defs_file_name(&replay->defs, &replay->intern, name);
    variable->is_cut = replay->values.is_cut;
    if (!seal_values(replay))
        return false;
    struct ct_tree tree = ct_values_tree(&replay->values, root);
    replay->writer->ops->value(replay->writer, variable->file_id, &tree, written);
    replay->counts.values++;
    replay->counts.truncated_values += variable->is_cut;
    replay->failed |= written->bytes.failed;
    if (replay->failed || replay->writer->failed)
        return false;
    replay->failed = !ct_frame_keep(frame, variable, at, written);
    return !replay->failed;
}

/* Records of a frame that a Step shows and that are not in the file yet. */
struct run {
    size_t from, to;
    size_t count;
    uint64_t words;
    uint64_t cut; /* values with a cut mark */
};

static void put_run(struct ct_replay *replay, const struct ct_frame *frame,
                    struct run *run)
{
    if (run->count != 0) {
        struct ct_records records = ct_frame_records(frame, run->from, run->to);
        records.count = run->count;
        records.words = run->words;
        replay->writer->ops->put_values(replay->writer, &records);
        replay->counts.values += run->count;
        replay->counts.truncated_values += run->cut;
    }
    *run = (struct run){.from = run->to, .to = run->to};
}

/* Adds the variable behind the run to it. */
static inline void extend(struct run *run, const struct ct_variable *variable)
{
    run->to += variable->record_size;
    run->count++;
    run->words += variable->words;
    run->cut += variable->is_cut;
}

/* Whether the Step shows the variable, of which the frame may have no record yet. */
static bool is_to_show(struct ct_replay *replay, const struct ct_frame *frame,
                       const struct ct_variable *variable)
{
    if (frame->is_settled)
        return variable->is_shown;
    if (variable->is_written)
        return mark_shown(replay, variable->file_id);
    uint32_t name = slot_name(replay, frame, variable->slot);
    return !is_shown(replay, ct_defs_name(&replay->defs, name));
}

/* Goes on with the variable behind the run, which may end it: what is defined for a
 * value stands in front of it in the file. False when the replay cannot go on. */
static bool show(struct ct_replay *replay, struct ct_frame *frame,
                 struct ct_variable *variable, struct run *run)
{
    variable->is_shown = is_to_show(replay, frame, variable);
    if (variable->is_shown && variable->is_written) {
        extend(run, variable);
        return true;
    }
    put_run(replay, frame, run);
    if (variable->is_shown) {
        if (!write_value(replay, frame, variable, run->to))
            return false;
        if (!frame->is_settled)
            mark_shown(replay, variable->file_id);
    }
    run->from = run->to += variable->record_size;
    return true;
}

static void show_variables(struct ct_replay *replay, struct ct_frame *frame)
{
    struct run run = {0};
    for (uint32_t i = 0; i < frame->count; i++) {
        struct ct_variable *variable = &frame->variables[i];
        if (frame->is_settled && variable->is_shown && variable->is_written)
            extend(&run, variable); /* most of them */
        else if (!show(replay, frame, variable, &run))
            break;
    }
    put_run(replay, frame, &run);
}

/* Writes the variable `…` for so many hidden ones. */
static void write_hidden(struct ct_replay *replay, uint64_t count, uint32_t type_id)
{
    char text[CT_NUM_INT_MAX + sizeof ELLIPSIS " + more"] = ELLIPSIS " +";
    size_t size = strlen(text);
    size += ct_num_u64(text + size, count);
    memcpy(text + size, " more", 5);
    struct ct_node node = {
        .kind = CT_NODE_RAW,
        .next = 1,
        .type_id = type_id,
        .of.text = {text, size + 5},
    };
    replay->writer->ops->value(replay->writer, replay->hidden_id,
                               &(struct ct_tree){.nodes = &node}, &replay->hidden);
    replay->hidden_count = count;
    replay->failed |= replay->hidden.bytes.failed;
}

/* The last variable of a Step that does not show all: `…`. */
static void show_hidden(struct ct_replay *replay, struct ct_frame *frame)
{
    struct ct_records record = ct_fragment_records(&replay->hidden);
    bool is_written = record.size != 0 && replay->hidden_count == frame->hidden;
    uint32_t type_id = 0;
    if (!is_written) {
        type_id = ct_intern_type(&replay->intern, CT_KIND_RAW, CT_TEXT("Cut"));
        replay->hidden_id = ct_intern_name(&replay->intern, CT_TEXT(ELLIPSIS));
    }
    if (!frame->is_settled)
        frame->shows_hidden = mark_shown(replay, replay->hidden_id);
    if (!frame->shows_hidden)
        return;
    if (is_written)
        replay->writer->ops->put_values(replay->writer, &record);
    else
        write_hidden(replay, frame->hidden, type_id);
    replay->counts.values++;
    replay->counts.truncated_values++;
}

void ct_replay_step(struct ct_replay *replay, int64_t difference)
{
    struct ct_frame *frame = ct_frames_top(&replay->current->frames);
    frame->line = (int64_t)((uint64_t)frame->line + (uint64_t)difference);
    const struct ct_def_function *function = function_of(replay, frame->code);
    ct_replay_put_step(replay, ct_defs_path(&replay->defs, function->path)->file_id,
                       shown_line(frame->line, function));
    show_variables(replay, frame);
    if (frame->hidden > 0)
        show_hidden(replay, frame);
    frame->is_settled = true;
}

/* ---- Returns ----------------------------------------------------------------------
 */

void ct_replay_return(struct ct_replay *replay, struct ct_span value)
{
    struct ct_frames *frames = &replay->current->frames;
    clear_values(replay);
    size_t root = ct_values_decode(&replay->values, &value);
    if (!seal_values(replay))
        return;
    replay->counts.truncated_values += replay->values.is_cut;
    struct ct_tree tree = ct_values_tree(&replay->values, root);
    replay->writer->ops->ret(replay->writer, &tree);
    ct_frames_pop(frames);
}

void ct_replay_put_mark(struct ct_replay *replay, struct ct_text text,
                        struct ct_text type)
{
    struct ct_node node = {
        .kind = CT_NODE_ERROR,
        .next = 1,
        .type_id = ct_intern_type(&replay->intern, CT_KIND_RAW, type),
        .of.text = text,
    };
    replay->writer->ops->ret(replay->writer, &(struct ct_tree){.nodes = &node});
}
