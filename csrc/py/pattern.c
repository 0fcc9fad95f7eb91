/* The machine that runs patterns.
 *
 * In front of each character it has a list of instructions, a *front*. What leads on
 * without a character (splits, jumps, assertions) is followed to those that take one,
 * and what comes behind these is the next front. An instruction is in a front once and
 * followed once, so a step costs at most the program; and nothing where the same front
 * has met the same character before. The instructions and their numbers are those of
 * filters/programs.py. */
#include "py/pattern.h"

#include <stdlib.h>
#include <string.h>

enum op {
    OP_MATCH,
    OP_CHAR,
    OP_CHAR_FOLDED,
    OP_DOT,
    OP_ALL,
    OP_NAME,
    OP_SET,
    OP_SPLIT,
    OP_JUMP,
    OP_START,
    OP_END,
    OP_EDGE,
    OP_COUNT,
};

enum set_flag { SET_NEGATED = 1, SET_FOLDED = 2 };

enum character_class {
    CLASS_WORD = 1,
    CLASS_NOT_WORD = 2,
    CLASS_DIGIT = 4,
    CLASS_NOT_DIGIT = 8,
    CLASS_SPACE = 16,
    CLASS_NOT_SPACE = 32,
};

#define WORDS 3    /* of an instruction */
#define SET_HEAD 3 /* words before the ranges of a set */

static inline const uint32_t *instruction(const struct ct_pattern *pattern, uint32_t pc)
{
    return pattern->program + (size_t)pc * WORDS;
}

static inline const uint32_t *set_at(const struct ct_pattern *pattern, uint32_t offset)
{
    return pattern->program + (size_t)pattern->count * WORDS + offset;
}

/* ---- checking ------------------------------------------------------------------- */

static bool is_set(const struct ct_pattern *pattern, uint32_t offset)
{
    if (offset > pattern->set_words || pattern->set_words - offset < SET_HEAD)
        return false;
    return set_at(pattern, offset)[2] <= (pattern->set_words - offset - SET_HEAD) / 2;
}

static bool is_instruction(const struct ct_pattern *pattern, uint32_t pc)
{
    const uint32_t *words = instruction(pattern, pc);
    switch (words[0]) {
    case OP_SET:
        return is_set(pattern, words[1]);
    case OP_SPLIT:
        return words[1] < pattern->count && words[2] < pattern->count;
    case OP_JUMP:
        return words[1] < pattern->count;
    default:
        return words[0] < OP_COUNT;
    }
}

/* ---- characters ----------------------------------------------------------------- */

static bool is_word(uint32_t c)
{
    return c == '_' || Py_UNICODE_ISALNUM(c);
}

/* Whether a character's upper case is more than one character (Unicode's
 * SpecialCasing), so that its first one says nothing. */
static bool grows(uint32_t c)
{
    return c == 0xdf || c == 0x149 || c == 0x1f0 || c == 0x390 || c == 0x3b0 ||
           c == 0x587 || (c >= 0x1e96 && c <= 0x1e9a) || (c >= 0x1f50 && c <= 0x1f56) ||
           (c >= 0x1f80 && c <= 0x1ffc && c != 0x1fbe) || (c >= 0xfb00 && c <= 0xfb17);
}

/* What characters that differ in case alone have in common. */
static uint32_t fold(uint32_t c)
{
    return Py_UNICODE_TOLOWER(grows(c) ? c : Py_UNICODE_TOUPPER(c));
}

static bool is_in_class(uint32_t classes, uint32_t c)
{
    return ((classes & CLASS_WORD) && is_word(c)) ||
           ((classes & CLASS_NOT_WORD) && !is_word(c)) ||
           ((classes & CLASS_DIGIT) && Py_UNICODE_ISDECIMAL(c)) ||
           ((classes & CLASS_NOT_DIGIT) && !Py_UNICODE_ISDECIMAL(c)) ||
           ((classes & CLASS_SPACE) && Py_UNICODE_ISSPACE(c)) ||
           ((classes & CLASS_NOT_SPACE) && !Py_UNICODE_ISSPACE(c));
}

static bool is_member(const uint32_t *set, uint32_t c)
{
    if (set[1] != 0 && is_in_class(set[1], c))
        return true;
    const uint32_t *range = set + SET_HEAD;
    for (uint32_t i = 0; i < set[2]; i++, range += 2) {
        if (range[0] <= c && c <= range[1])
            return true;
    }
    return false;
}

static bool is_in_set(const uint32_t *set, uint32_t c)
{
    bool result = is_member(set, c);
    if (!result && (set[0] & SET_FOLDED))
        result = is_member(set, Py_UNICODE_TOLOWER(c)) || is_member(set, fold(c)) ||
                 (!grows(c) && is_member(set, Py_UNICODE_TOUPPER(c)));
    return result != ((set[0] & SET_NEGATED) != 0);
}

/* Whether an instruction takes the character; false for those that take none. */
static bool takes(const struct ct_pattern *pattern, const uint32_t *words, uint32_t c)
{
    switch (words[0]) {
    case OP_CHAR:
        return c == words[1];
    case OP_CHAR_FOLDED:
        return c == words[1] || fold(c) == fold(words[1]) ||
               Py_UNICODE_TOLOWER(c) == Py_UNICODE_TOLOWER(words[1]);
    case OP_DOT:
        return c != '\n';
    case OP_ALL:
        return true;
    case OP_NAME:
        return c != '/';
    case OP_SET:
        return is_in_set(set_at(pattern, words[1]), c);
    default:
        return false;
    }
}

/* ---- following ------------------------------------------------------------------ */

/* Whether an assertion holds in front of character `at`. */
static bool holds(const uint32_t *words, struct ct_matcher *matcher,
                  const struct ct_name *name, size_t at)
{
    bool is_start = at == 0, is_end = at == name->length;
    switch (words[0]) {
    case OP_START:
        matcher->has_looked_back |= words[1] != 0;
        return is_start || (words[1] && name->code[at - 1] == '\n');
    case OP_END:
        return is_end ||
               (name->code[at] == '\n' && (words[1] || at + 1 == name->length));
    default: {
        matcher->has_looked_back = true;
        bool is_edge = (!is_start && is_word(name->code[at - 1])) !=
                       (!is_end && is_word(name->code[at]));
        return is_edge != (words[1] != 0);
    }
    }
}

/* Adds an instruction to a list, unless it has been added to one in this step. */
static inline void push(struct ct_matcher *matcher, uint32_t *list, uint32_t *count,
                        uint32_t pc)
{
    if (matcher->marks[pc] == matcher->step)
        return;
    matcher->marks[pc] = matcher->step;
    list[(*count)++] = pc;
}

/* Adds those that `pc` leads to in front of character `at`, and that take one, to
 * matcher->waiting; gives how many wait now. Sets *has_matched when the match is
 * reached. */
static uint32_t follow(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                       uint32_t length, uint32_t pc, const struct ct_name *name,
                       size_t at, bool *has_matched)
{
    uint32_t *stack = matcher->stack, depth = 0;
    push(matcher, stack, &depth, pc);
    while (depth > 0) {
        pc = stack[--depth];
        const uint32_t *words = instruction(pattern, pc);
        if (words[0] == OP_MATCH) {
            *has_matched = true;
        } else if (words[0] == OP_SPLIT) {
            push(matcher, stack, &depth, words[1]);
            push(matcher, stack, &depth, words[2]);
        } else if (words[0] == OP_JUMP) {
            push(matcher, stack, &depth, words[1]);
        } else if (words[0] < OP_SPLIT) {
            matcher->waiting[length++] = pc;
        } else if (holds(words, matcher, name, at)) {
            push(matcher, stack, &depth, pc + 1);
        }
    }
    return length;
}

static void next_step(struct ct_matcher *matcher)
{
    if (++matcher->step == 0) { /* all marks of a round of 2^32 steps are stale */
        memset(matcher->marks, 0, sizeof matcher->marks);
        matcher->step = 1;
    }
}

/* ---- fronts --------------------------------------------------------------------- */

struct front {
    uint32_t *list;
    uint32_t count;
};

/* Takes character `at` of the name, if it is not behind its end, for all instructions
 * of a front. Gives whether the match is reached in front of it. */
static bool take(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                 const struct front *now, const struct ct_name *name, size_t at,
                 struct front *then)
{
    bool has_matched = false;
    uint32_t length = 0;
    then->count = 0;
    matcher->has_looked_back = false;
    next_step(matcher);
    for (uint32_t i = 0; i < now->count; i++)
        length = follow(pattern, matcher, length, now->list[i], name, at, &has_matched);
    next_step(matcher);
    for (uint32_t i = 0; at < name->length && i < length; i++) {
        uint32_t pc = matcher->waiting[i];
        if (takes(pattern, instruction(pattern, pc), name->code[at]))
            push(matcher, then->list, &then->count, pc + 1);
    }
    return has_matched;
}

/* ---- what is known of them ------------------------------------------------------ */

#define NO_FRONT UINT32_MAX

static inline uint32_t mix(uint32_t hash, uint32_t number)
{
    return (hash ^ number) * 0x9e3779b1u;
}

static bool is_front(const struct ct_front *kept, const struct ct_front *wanted)
{
    return kept->pattern == wanted->pattern && kept->is_first == wanted->is_first &&
           kept->count == wanted->count &&
           memcmp(kept->list, wanted->list, wanted->count * sizeof *kept->list) == 0;
}

static void forget(struct ct_matcher *matcher)
{
    memset(matcher->fronts, 0, sizeof matcher->fronts);
    memset(matcher->steps, 0, sizeof matcher->steps);
    matcher->front_count = 0;
}

/* The index of a front among those that are kept, NO_FRONT if it cannot be; then all
 * may have been forgotten. */
static uint32_t keep(struct ct_matcher *matcher, const struct ct_pattern *pattern,
                     const struct front *front, bool is_first)
{
    struct ct_front wanted = {pattern->number, is_first, (uint8_t)front->count, {0}};
    uint32_t hash = mix(pattern->number, is_first);
    if (front->count > CT_FRONT_MAX)
        return NO_FRONT;
    for (uint32_t i = 0; i < front->count; i++) {
        wanted.list[i] = (uint16_t)front->list[i];
        hash = mix(hash, front->list[i]);
    }
    for (uint32_t i = hash >> 16;; i++) {
        struct ct_front *kept = &matcher->fronts[i & (CT_FRONTS - 1)];
        if (kept->pattern == 0) {
            if (matcher->front_count == CT_FRONTS / 2)
                break;
            *kept = wanted;
            matcher->front_count++;
        }
        if (is_front(kept, &wanted))
            return i & (CT_FRONTS - 1);
    }
    forget(matcher);
    return NO_FRONT;
}

static void recall(const struct ct_matcher *matcher, uint32_t index,
                   struct front *front)
{
    const struct ct_front *kept = &matcher->fronts[index];
    front->count = kept->count;
    for (uint32_t i = 0; i < kept->count; i++)
        front->list[i] = kept->list[i];
}

/* Where the step from a front at a character is kept; or NULL: it may depend on more
 * than this character. */
static struct ct_step *step_at(struct ct_matcher *matcher, uint32_t from,
                               const struct ct_name *name, size_t at)
{
    uint32_t c = at == name->length ? CT_STEP_END : name->code[at];
    if (from == NO_FRONT || c > CT_STEP_END || c == '\n' ||
        (c == CT_STEP_END && at < name->length))
        return NULL;
    struct ct_step *step =
        &matcher->steps[mix(from, c * 0x85ebca6bu) >> 16 & (CT_STEPS - 1)];
    if (step->from != from || step->character != c)
        *step = (struct ct_step){.from = (uint16_t)from, .character = (uint8_t)c};
    return step;
}

/* ---- running -------------------------------------------------------------------- */

/* Takes a step that is not known; keeps it in `step` if that is not NULL, and it can be
 * told from what it goes by. Gives the index of the front behind, which is *then. */
static uint32_t find_step(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                          const struct front *now, const struct ct_name *name,
                          size_t at, struct front *then, struct ct_step *step,
                          bool *has_matched)
{
    *has_matched = take(pattern, matcher, now, name, at, then);
    if (pattern->mode == CT_PATTERN_SEARCH)
        then->list[then->count++] = 0; /* which comes behind no other */
    uint32_t to = keep(matcher, pattern, then, false);
    if (step != NULL && to != NO_FRONT && !matcher->has_looked_back) {
        step->to = (uint16_t)to;
        step->has_matched = *has_matched;
        step->is_known = true;
    }
    return to;
}

static bool run(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                const struct ct_name *name)
{
    bool is_search = pattern->mode == CT_PATTERN_SEARCH;
    struct front now = {matcher->lists[0], 1}, then = {matcher->lists[1], 0};
    now.list[0] = 0;
    uint32_t index = keep(matcher, pattern, &now, true);
    for (size_t at = 0;; at++) {
        struct ct_step *step = step_at(matcher, index, name, at);
        bool has_matched;
        if (step != NULL && step->is_known) {
            has_matched = step->has_matched;
            index = step->to;
        } else {
            if (index != NO_FRONT)
                recall(matcher, index, &now);
            index =
                find_step(pattern, matcher, &now, name, at, &then, step, &has_matched);
            struct front swap = now;
            now = then;
            then = swap;
        }
        if (at == name->length || (has_matched && is_search))
            return has_matched;
        if ((index != NO_FRONT ? matcher->fronts[index].count : now.count) == 0)
            return false; /* nor can a match begin: that is no search */
    }
}

/* ---- setting up ----------------------------------------------------------------- */

bool ct_pattern_init(struct ct_pattern *pattern, int mode, struct ct_text needle,
                     const void *program, size_t size)
{
    memset(pattern, 0, sizeof *pattern);
    pattern->mode = mode;
    uint8_t *memory = malloc(size + needle.size + 1);
    if (memory == NULL)
        return false;
    pattern->memory = memcpy(memory, program, size);
    pattern->needle =
        (struct ct_text){memcpy(memory + size, needle.bytes, needle.size), needle.size};
    if (mode == CT_PATTERN_LITERAL)
        return size == 0;
    size_t words = size / sizeof(uint32_t);
    const uint32_t *numbers = pattern->memory;
    if ((mode != CT_PATTERN_WHOLE && mode != CT_PATTERN_SEARCH) ||
        size % sizeof(uint32_t) != 0 || words == 0 || numbers[0] == 0 ||
        numbers[0] > CT_PROGRAM_MAX || (words - 1) / WORDS < numbers[0])
        return false;
    pattern->count = numbers[0];
    pattern->program = numbers + 1;
    pattern->set_words = (uint32_t)(words - 1 - (size_t)pattern->count * WORDS);
    for (uint32_t pc = 0; pc < pattern->count; pc++) {
        if (!is_instruction(pattern, pc))
            return false;
    }
    if (instruction(pattern, pattern->count - 1)[0] != OP_MATCH)
        return false;
    static uint32_t last_number;
    pattern->number = ++last_number;
    pattern->size = size;
    return true;
}

void ct_pattern_share(struct ct_pattern *pattern, const struct ct_pattern *other)
{
    if (pattern->mode == other->mode && pattern->size == other->size &&
        memcmp(pattern->memory, other->memory, pattern->size) == 0)
        pattern->number = other->number;
}

void ct_pattern_fini(struct ct_pattern *pattern)
{
    free(pattern->memory);
    pattern->memory = NULL;
}

/* The character at *at of valid UTF-8, moving *at behind it. */
static uint32_t next_character(struct ct_text text, size_t *at)
{
    const uint8_t *bytes = (const uint8_t *)text.bytes + *at;
    int more = bytes[0] < 0x80 ? 0 : bytes[0] < 0xe0 ? 1 : bytes[0] < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? bytes[0] : bytes[0] & (0x3fu >> more);
    for (int i = 1; i <= more && *at + (size_t)i < text.size; i++)
        c = c << 6 | (bytes[i] & 0x3f);
    *at += 1 + (size_t)more;
    return c;
}

void ct_name_init(struct ct_name *name, struct ct_text text)
{
    size_t at = 0;
    name->text = text;
    name->length = 0;
    while (at < text.size && name->length < CT_NAME_MAX)
        name->code[name->length++] = next_character(text, &at);
    name->is_cut = at < text.size;
}

bool ct_pattern_matches(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                        const struct ct_name *name)
{
    struct ct_text needle = pattern->needle;
    if (pattern->mode == CT_PATTERN_LITERAL)
        return name->text.size == needle.size &&
               memcmp(name->text.bytes, needle.bytes, needle.size) == 0;
    if (needle.size > 0 &&
        memmem(name->text.bytes, name->text.size, needle.bytes, needle.size) == NULL)
        return false;
    return run(pattern, matcher, name);
}
