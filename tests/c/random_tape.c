/* A small model of a recorded program (random_tape.h). */
#include "random_tape.h"

#include "check.h"

#define THREADS 4
#define MAX_DEPTH 40
#define MAX_SLOTS 12

struct model_thread {
    int depth;
    uint64_t slots[MAX_DEPTH]; /* of each open frame */
    bool has_ended;
};

struct model {
    struct tape *tape;
    uint64_t state; /* of the random numbers */
    uint64_t key;
    int current; /* thread number - 1 */
    struct model_thread threads[THREADS];
    size_t segments[THREADS]; /* where the thread writes, + 1; 0: nowhere yet */
    struct tape_value earlier[TAPE_SEGMENTS]; /* the last one written out there */
    uint64_t code_slots[64];
};

static uint64_t below(struct model *model, uint64_t limit)
{
    return check_random(&model->state) % limit;
}

/* ---- values -----------------------------------------------------------------------
 */

static void put_value(struct model *model, int depth);

static void put_values(struct model *model, uint64_t count, int depth)
{
    for (uint64_t i = 0; i < count; i++)
        put_value(model, depth + 1);
}

static uint64_t any_class(struct model *model)
{
    uint64_t id = below(model, CT_CLASS_OBJECT + 1 + model->tape->classes);
    return id <= CT_CLASS_OBJECT ? id : id - CT_CLASS_OBJECT - 1 + CT_CLASS_FIRST;
}

static void put_text(struct model *model)
{
    static const char *const texts[] = {
        "",       "a",     "\xe2\x82\xac",
        "line\n", "\"q\\", "a longer text of more than one word"};
    tape_text(model->tape, texts[below(model, 6)]);
}

static void put_float(struct model *model)
{
    static const double values[] = {0.0, -0.0, 1.5, 1e300, 1.0 / 3.0};
    tape_float(model->tape, values[below(model, 5)]);
}

static void put_scalar(struct model *model)
{
    struct tape *tape = model->tape;
    switch (below(model, 7)) {
    case 0:
        tape_byte(tape, CT_VAL_NONE);
        break;
    case 1:
        tape_byte(tape, (uint8_t)(CT_VAL_FALSE + below(model, 2)));
        break;
    case 2:
        put_float(model);
        break;
    case 3:
        tape_byte(tape, CT_VAL_STR);
        put_text(model);
        break;
    case 4:
        tape_byte(tape, CT_VAL_BIGINT);
        tape_byte(tape, (uint8_t)below(model, 2));
        tape_bytes(tape, "\x01\0\0\0\0\0\0\0\0", 9);
        break;
    default:
        tape_int(tape, (int64_t)check_random(&model->state) >> below(model, 63));
    }
}

static void put_special(struct model *model)
{
    struct tape *tape = model->tape;
    static const uint8_t tags[] = {CT_VAL_STR_CUT, CT_VAL_RAW,     CT_VAL_OBJECT,
                                   CT_VAL_SIZED,   CT_VAL_BELOW,   CT_VAL_CUT,
                                   CT_VAL_CYCLE,   CT_VAL_REDACTED};
    uint8_t tag = tags[below(model, sizeof tags)];
    tape_byte(tape, tag);
    if (tag == CT_VAL_RAW || tag == CT_VAL_OBJECT || tag == CT_VAL_SIZED ||
        tag == CT_VAL_BELOW)
        tape_u(tape, any_class(model));
    if (tag == CT_VAL_STR_CUT || tag == CT_VAL_SIZED || tag == CT_VAL_BELOW ||
        tag == CT_VAL_CUT)
        tape_u(tape, below(model, 3));
    if (tag == CT_VAL_STR_CUT || tag == CT_VAL_RAW || tag == CT_VAL_SIZED)
        put_text(model);
}

static void put_dict(struct model *model, int depth)
{
    uint64_t count = below(model, 3);
    tape_byte(model->tape, CT_VAL_DICT);
    tape_u(model->tape, count);
    for (uint64_t i = 0; i < count; i++) {
        tape_byte(model->tape, CT_VAL_PAIR);
        put_values(model, 2, depth + 1);
    }
}

static void put_container(struct model *model, int depth)
{
    struct tape *tape = model->tape;
    uint64_t which = below(model, 4);
    if (which == 0 && depth + 2 <= CT_VALUE_MAX_DEPTH) {
        put_dict(model, depth);
    } else if (which == 1 && tape->shapes > 0) {
        tape_byte(tape, CT_VAL_STRUCT);
        tape_u(tape, below(model, tape->shapes));
        put_values(model, 2, depth); /* every shape here has two fields */
    } else {
        uint64_t count = below(model, 3);
        tape_byte(tape, (uint8_t)(CT_VAL_LIST + below(model, 4)));
        tape_u(tape, count);
        put_values(model, count, depth);
    }
}

static void put_value(struct model *model, int depth)
{
    uint64_t which = below(model, 8);
    if (which == 0)
        put_special(model);
    else if (which < (depth > 3 ? 3 : 4) && depth < CT_VALUE_MAX_DEPTH)
        put_container(model, depth);
    else if (which == 4 && model->tape->classes > 0) {
        tape_byte(model->tape, CT_VAL_CLASS);
        tape_u(model->tape, CT_CLASS_FIRST + below(model, model->tape->classes));
        tape_int(model->tape, 5);
    } else
        put_scalar(model);
}

/* A value that may be written as the same as an earlier one. */
static void put_whole_value(struct model *model)
{
    const struct tape *tape = model->tape;
    struct tape_value *earlier = &model->earlier[tape->current];
    size_t start = tape->segments[tape->current].size;
    if (earlier->size > 0 && below(model, 3) == 0) {
        tape_same(model->tape, *earlier);
        return;
    }
    put_value(model, 0);
    *earlier = tape_value_since(tape, start);
}

/* ---- definitions ------------------------------------------------------------------
 */

static void define_code(struct model *model)
{
    static const char *const paths[] = {"/p/main.py", "/p/a.py", "/p/b.py"};
    struct tape *tape = model->tape;
    uint64_t path = tape_path(tape, paths[below(model, 3)]);
    char name[8] = {(char)('f' + below(model, 3))};
    uint64_t function = tape_function(tape, path, (int64_t)below(model, 9), name);
    uint64_t slots = below(model, MAX_SLOTS);
    for (uint64_t i = 0; i <= slots; i++) { /* names come again: hidden variables */
        char variable[8] = {(char)('a' + below(model, 20))};
        tape_name(tape, variable);
    }
    model->code_slots[tape->codes] = slots;
    tape_byte(tape, CT_REC_CODE);
    tape_u(tape, tape->codes++);
    tape_u(tape, function);
    tape_u(tape, slots);
    for (uint64_t i = 0; i < slots; i++)
        tape_u(tape, below(model, tape->names));
}

static void define_some(struct model *model)
{
    struct tape *tape = model->tape;
    if (tape->codes < 60)
        define_code(model);
    char class[16] = {'m', '.', (char)('A' + below(model, 5))};
    tape_class(tape, class);
    int first = (int)below(model, tape->names), second = (int)below(model, tape->names);
    tape_shape(tape, CT_CLASS_FIRST + below(model, tape->classes), first, second, -1);
}

/* ---- events -----------------------------------------------------------------------
 */

static void put_call(struct model *model)
{
    struct model_thread *thread = &model->threads[model->current];
    if (thread->depth == MAX_DEPTH)
        return;
    uint64_t code = below(model, model->tape->codes), args = below(model, 4);
    tape_call(model->tape, (enum ct_call_flag)below(model, 4), code,
              (int64_t)below(model, 50), args);
    for (uint64_t i = 0; i < args; i++) {
        tape_u(model->tape, below(model, model->tape->names));
        put_whole_value(model);
    }
    thread->slots[thread->depth++] = model->code_slots[code];
}

static void put_change(struct model *model)
{
    struct model_thread *thread = &model->threads[model->current];
    if (thread->depth == 0)
        return;
    uint64_t *slots = &thread->slots[thread->depth - 1];
    uint64_t which = below(model, 12);
    if (which == 0 && *slots > 0) {
        tape_unset(model->tape, below(model, *slots));
    } else if (which == 1) {
        tape_slot(model->tape, (*slots)++, below(model, model->tape->names));
    } else if (which == 2) {
        tape_more(model->tape, below(model, 3));
    } else if (*slots > 0) {
        tape_set(model->tape, below(model, *slots));
        put_whole_value(model);
    }
}

static void put_event(struct model *model)
{
    struct tape *tape = model->tape;
    static const enum ct_event events[] = {CT_EVENT_WRITE, CT_EVENT_WRITE_ERR,
                                           CT_EVENT_READ};
    if (below(model, 2) == 0)
        tape_error(tape, below(model, 4) == 0 ? CT_EVENT_UNCAUGHT : CT_EVENT_ERROR,
                   "ValueError", below(model, 2) == 0 ? "" : "boom",
                   below(model, tape->paths), 3);
    else
        tape_io(tape, events[below(model, 3)], (uint8_t)below(model, 128), "out\n");
}

static void change_thread(struct model *model)
{
    int next = (int)below(model, THREADS);
    if (next == model->current || model->threads[next].has_ended)
        return;
    struct model_thread *left = &model->threads[model->current];
    if (model->current != 0 && left->depth == 0 && below(model, 2) == 0) {
        tape_byte(model->tape, CT_REC_THREAD_EXIT);
        left->has_ended = true;
    }
    model->current = next;
    size_t *segment = &model->segments[next];
    if ((*segment == 0 || below(model, 4) == 0) && model->tape->count < TAPE_SEGMENTS) {
        tape_segment(model->tape, ++model->key, (uint64_t)next + 1);
        *segment = model->tape->count;
    } else {
        tape_run(model->tape, *segment == 0 ? 0 : *segment - 1, ++model->key,
                 (uint64_t)next + 1);
    }
}

static void put_record(struct model *model)
{
    struct model_thread *thread = &model->threads[model->current];
    uint64_t which = below(model, 40);
    if (which < 5) {
        put_call(model);
    } else if (which < 9) {
        tape_return(model->tape);
        put_whole_value(model);
        thread->depth -= thread->depth > 0;
    } else if (which < 20) {
        tape_step(model->tape, (int64_t)below(model, 200) - 90);
    } else if (which < 35) {
        put_change(model);
    } else if (which == 35) {
        define_some(model);
    } else if (which < 38) {
        put_event(model);
    } else {
        change_thread(model);
    }
}

static void begin(struct model *model, const char *format)
{
    tape_segment(model->tape, 0, 1);
    tape_fact(model->tape, CT_FACT_FORMAT, format);
    tape_fact(model->tape, CT_FACT_PROGRAM_PATH, "/p/main.py");
    define_some(model);
}

void random_tape(struct tape *tape, uint64_t seed, size_t records, const char *format,
                 enum ct_end_reason *reason)
{
    struct model model = {.tape = tape, .state = seed, .segments = {1}};
    begin(&model, format);
    for (size_t i = 0; i < records; i++)
        put_record(&model);
    *reason = CT_END_KILLED;
    if (below(&model, 4) == 0)
        return;
    *reason = (enum ct_end_reason)below(&model, CT_END_KILLED + 1);
    if (*reason == CT_END_EXCEPTION)
        tape_error(tape, CT_EVENT_UNCAUGHT, "ValueError", "boom", 0, 3);
    tape_end(tape, *reason, (enum ct_end_exit)below(&model, 3), -3, "");
}

/* ---- containers -------------------------------------------------------------------
 */

#define CONTAINERS 6

/* A list or tuple of containers and scalars, with more of them in it. */
static void put_list_of(struct model *model, const struct tape_value *containers,
                        int depth)
{
    uint64_t count = below(model, 6);
    tape_byte(model->tape, below(model, 4) == 0 ? CT_VAL_TUPLE : CT_VAL_LIST);
    tape_u(model->tape, count);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t which = below(model, 8);
        if (which == 0)
            put_scalar(model);
        else if (which == 1 && depth < 3)
            put_list_of(model, containers, depth + 1);
        else /* mostly at the place where it was */
            tape_again(model->tape, containers[which < 6 ? i : which - 6]);
    }
}

/* Before the frame is left for good: what a call or a Return is given is not in it any
 * more, if the tape is to show that this makes no difference. */
static void leave_frame(struct model *model)
{
    for (uint64_t slot = 0; slot < CONTAINERS && model->tape->has_unset; slot++)
        tape_unset(model->tape, model->code_slots[0] + slot);
}

/* A call with arguments and variables that hold what those of its caller do. */
static void call_with_same(struct model *model, const struct tape_value *values)
{
    struct tape *tape = model->tape;
    uint64_t first = model->code_slots[0], args = 0;
    while (args < CONTAINERS && values[args].size != 0)
        args++;
    leave_frame(model);
    tape_call(tape, CT_CALL_START, 0, 1, args);
    for (uint64_t i = 0; i < args; i++) {
        tape_u(tape, i % tape->names);
        tape_same(tape, values[args - 1 - i]);
    }
    for (uint64_t slot = 0; slot < CONTAINERS; slot++) {
        tape_slot(tape, first + slot, slot % tape->names);
        if (values[slot].size == 0)
            continue;
        tape_set(tape, first + slot);
        tape_same(tape, values[slot]);
    }
    model->threads[0].depth++;
}

static void return_same(struct model *model, struct tape_value value)
{
    leave_frame(model);
    tape_return(model->tape);
    if (value.size != 0)
        tape_same(model->tape, value);
    else
        tape_byte(model->tape, CT_VAL_NONE);
    model->threads[0].depth--;
}

void random_containers(struct tape *tape, uint64_t seed, size_t records,
                       const char *format)
{
    struct model model = {.tape = tape, .state = seed, .segments = {1}};
    struct tape_value containers[CONTAINERS], values[CONTAINERS] = {0};
    begin(&model, format);
    while (tape->shapes == 0)
        define_some(&model);
    uint64_t first = model.code_slots[0];
    call_with_same(&model, values);
    for (size_t i = 0; i < CONTAINERS; i++) {
        tape_set(tape, first);
        size_t start = tape->segments[0].size;
        tape_byte(tape, CT_VAL_LIST);
        tape_u(tape, 2);
        tape_int(tape, (int64_t)i);
        put_container(&model, 1);
        containers[i] = tape_value_since(tape, start);
    }
    for (size_t i = 0; i < records; i++) {
        uint64_t slot = below(&model, CONTAINERS);
        tape_set(tape, first + slot);
        size_t start = tape->segments[0].size;
        put_list_of(&model, containers, 0);
        values[slot] = tape_value_since(tape, start);
        if (below(&model, 2) == 0)
            tape_step(tape, 1);
        if (below(&model, 8) == 0)
            call_with_same(&model, values);
    }
    while (model.threads[0].depth > 0)
        return_same(&model, values[below(&model, CONTAINERS)]);
}
