/* The machine that runs patterns.
 *
 * At each character it has a list of the instructions that wait for one; what leads on
 * without a character (splits, jumps, assertions) is followed when an instruction is
 * added. An instruction is in a list once, so a step costs at most the program. The
 * instructions and their numbers are those of filters/programs.py. */
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

/* ---- running -------------------------------------------------------------------- */

/* Whether an assertion holds in front of character `at`. */
static bool holds(const uint32_t *words, const struct ct_name *name, size_t at)
{
    bool is_start = at == 0, is_end = at == name->length;
    switch (words[0]) {
    case OP_START:
        return is_start || (words[1] && name->code[at - 1] == '\n');
    case OP_END:
        return is_end ||
               (name->code[at] == '\n' && (words[1] || at + 1 == name->length));
    default: {
        bool is_edge = (!is_start && is_word(name->code[at - 1])) !=
                       (!is_end && is_word(name->code[at]));
        return is_edge != (words[1] != 0);
    }
    }
}

/* Puts an instruction on the stack, unless it has been there in this step. */
static inline void push(struct ct_matcher *matcher, uint32_t *depth, uint32_t pc)
{
    if (matcher->marks[pc] == matcher->step)
        return;
    matcher->marks[pc] = matcher->step;
    matcher->stack[(*depth)++] = pc;
}

/* Adds `pc` and what it leads to in front of character `at` to a list; gives the list's
 * new length. Sets *has_matched when the match is reached. */
static uint32_t add(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                    uint32_t *list, uint32_t length, uint32_t pc,
                    const struct ct_name *name, size_t at, bool *has_matched)
{
    uint32_t depth = 0;
    push(matcher, &depth, pc);
    while (depth > 0) {
        pc = matcher->stack[--depth];
        const uint32_t *words = instruction(pattern, pc);
        if (words[0] == OP_MATCH) {
            *has_matched = true;
        } else if (words[0] == OP_SPLIT) {
            push(matcher, &depth, words[1]);
            push(matcher, &depth, words[2]);
        } else if (words[0] == OP_JUMP) {
            push(matcher, &depth, words[1]);
        } else if (words[0] < OP_SPLIT) {
            list[length++] = pc;
        } else if (holds(words, name, at)) {
            push(matcher, &depth, pc + 1);
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

/* Whether a match may begin in front of character `at` of a name, the first excepted.
 */
static inline bool can_start(const struct ct_pattern *pattern,
                             const struct ct_name *name, size_t at)
{
    if (!pattern->has_starts)
        return true;
    if (at == name->length)
        return false;
    uint32_t c = name->code[at];
    return c >= 128 || (pattern->starts[c >> 5] >> (c & 31) & 1);
}

static bool run(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                const struct ct_name *name)
{
    bool is_search = pattern->mode == CT_PATTERN_SEARCH, has_matched = false;
    uint32_t *now = matcher->lists[0], *then = matcher->lists[1];
    next_step(matcher);
    uint32_t count = add(pattern, matcher, now, 0, 0, name, 0, &has_matched);
    for (size_t at = 0; at < name->length; at++) {
        if (has_matched && is_search)
            return true;
        uint32_t c = name->code[at], length = 0;
        has_matched = false;
        next_step(matcher);
        for (uint32_t i = 0; i < count; i++) {
            if (takes(pattern, instruction(pattern, now[i]), c))
                length = add(pattern, matcher, then, length, now[i] + 1, name, at + 1,
                             &has_matched);
        }
        if (is_search && can_start(pattern, name, at + 1))
            length = add(pattern, matcher, then, length, 0, name, at + 1, &has_matched);
        else if (length == 0 && !has_matched && !is_search)
            return false;
        uint32_t *swap = now;
        now = then;
        then = swap;
        count = length;
    }
    return has_matched;
}

/* ---- setting up ----------------------------------------------------------------- */

/* Takes what the instruction does in the middle of a name into account, before a
 * character has been taken; false if nothing can be said. */
static bool add_start(struct ct_pattern *pattern, const uint32_t *words)
{
    if (words[0] == OP_START)
        return words[1] == 0; /* it leads nowhere there */
    if (words[0] == OP_MATCH || words[0] > OP_JUMP)
        return false;
    for (uint32_t c = 0; c < 128; c++) {
        if (takes(pattern, words, c))
            pattern->starts[c >> 5] |= UINT32_C(1) << (c & 31);
    }
    return true;
}

/* Finds out with which characters a match behind the name's beginning can begin. */
static void find_starts(struct ct_pattern *pattern)
{
    uint32_t stack[CT_PROGRAM_MAX];
    bool is_known[CT_PROGRAM_MAX] = {true};
    uint32_t depth = 1;
    stack[0] = 0;
    pattern->has_starts = true;
    while (depth > 0 && pattern->has_starts) {
        const uint32_t *words = instruction(pattern, stack[--depth]);
        int leads = words[0] == OP_SPLIT ? 2 : words[0] == OP_JUMP ? 1 : 0;
        for (int i = 1; i <= leads; i++) {
            if (!is_known[words[i]])
                stack[depth++] = words[i];
            is_known[words[i]] = true;
        }
        if (leads == 0)
            pattern->has_starts = add_start(pattern, words);
    }
}

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
    find_starts(pattern);
    return true;
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
