/* Patterns of trace filters: whether a name matches.
 *
 * A pattern is a literal or a program of the package's filters/programs.py. Programs
 * are run on all possible matches at once, so the time is bounded by the length of the
 * name times that of the program; nothing is allocated and no Python code runs. Called
 * by filter.c alone, when a name is met for the first time. */
#pragma once

#include "base/text.h"
#include "py/compat.h"

#include <stdbool.h>
#include <stdint.h>

#define CT_NAME_MAX 1024    /* characters of a name that are looked at */
#define CT_PROGRAM_MAX 4096 /* instructions; MAX_INSTRUCTIONS of programs.py */

/* A name to be matched: its first CT_NAME_MAX characters. */
struct ct_name {
    struct ct_text text; /* borrowed: all of it, UTF-8 */
    uint32_t code[CT_NAME_MAX];
    size_t length; /* characters in `code` */
    bool is_cut;   /* there are more */
};

struct ct_pattern {
    int mode;                /* enum ct_pattern_mode */
    struct ct_text needle;   /* the literal, or what every match contains */
    const uint32_t *program; /* in `memory`, as the needle is */
    void *memory;            /* owned */
    uint32_t count;          /* instructions */
    uint32_t set_words;      /* words behind them */
    uint32_t number;         /* what is known of it goes by; no other has, … */
    size_t size;             /* … but one with the same program, of so many bytes */
};

enum ct_pattern_mode { CT_PATTERN_LITERAL, CT_PATTERN_WHOLE, CT_PATTERN_SEARCH };

/* Places in programs, a *front* each: the instructions that stand in front of the next
 * character of a name. And what its characters lead to from there, as far as that has
 * been found out: together an automaton, made as it is needed. */
#define CT_FRONTS 2048  /* kept, half of them used; a power of two */
#define CT_FRONT_MAX 14 /* instructions of one that is kept */
#define CT_STEPS 8192   /* kept; a power of two */
#define CT_STEP_END 128 /* the character behind a name */

struct ct_front {
    uint32_t pattern; /* its number; 0: the place is empty */
    bool is_first;    /* in front of the name's first character */
    uint8_t count;
    uint16_t list[CT_FRONT_MAX];
};

struct ct_step {
    uint16_t from, to; /* indexes of fronts */
    uint8_t character; /* ASCII, or CT_STEP_END */
    bool is_known;
    bool has_matched; /* in front of the character */
};

/* Memory of matches; may be shared by all patterns of a chain. */
struct ct_matcher {
    uint32_t lists[2][CT_PROGRAM_MAX];
    uint32_t waiting[CT_PROGRAM_MAX];
    uint32_t stack[CT_PROGRAM_MAX];
    uint32_t marks[CT_PROGRAM_MAX]; /* the step at which an instruction was met */
    uint32_t step;
    bool has_looked_back; /* to the character before */
    uint32_t front_count; /* of those kept */
    struct ct_front fronts[CT_FRONTS];
    struct ct_step steps[CT_STEPS];
};

/* Sets up a pattern from copies of its parts; false if they are none, or memory is out.
 * To be ended by ct_pattern_fini in either case. */
bool ct_pattern_init(struct ct_pattern *pattern, int mode, struct ct_text needle,
                     const void *program, size_t size);
void ct_pattern_fini(struct ct_pattern *pattern);

/* Lets a pattern that was just set up use what is known of the other, if they have the
 * same mode and program. */
void ct_pattern_share(struct ct_pattern *pattern, const struct ct_pattern *other);

/* Takes the characters of valid UTF-8. */
void ct_name_init(struct ct_name *name, struct ct_text text);

bool ct_pattern_matches(const struct ct_pattern *pattern, struct ct_matcher *matcher,
                        const struct ct_name *name);
