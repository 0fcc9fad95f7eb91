/* Trace filters: which code is recorded, and which values are shown.
 *
 * All code that the same rules match shares a *verdict*: whether it is recorded, and
 * what happens to a value of a kind and a name, which is found out once per name. The
 * verdicts live as long as the recording; code entries point to theirs, so that an
 * event looks at nothing but its code entry. Needs an attached thread state, runs no
 * Python code. */
#pragma once

#include "py/compat.h"
#include "py/filter_chain.h"
#include "py/filter_place.h"

#define CT_VERDICT_DEFAULT (-1) /* instead of a rule: the chain's default */

/* What happens to values by their names, as far as that has been found out: a table
 * with probing, at most a quarter full: most are found at once. */
struct ct_name_cache {
    uint32_t count, capacity;
    struct ct_known_name {
        uint64_t hash;
        uint32_t length;
        uint8_t kind; /* one more than enum ct_filter_kind; 0: a free place */
        uint8_t action;
    } places[];
};

struct ct_verdict {
    struct ct_filter *filter; /* borrowed */
    int exec, exec_rule;      /* enum ct_exec, and the rule that says so */
    int action, action_rule;  /* the value default */
    int cut_file; /* patterns of files before this one can only be stricter than it */
    int *rules;   /* owned: with value patterns, the last first */
    int rule_count;
    struct ct_verdict *fields;   /* one with the same decisions about attributes, shared
                                    by all such; NULL: it hides none */
    uint64_t field_signature;    /* number of the text of those decisions */
    bool hides[CT_FILTER_KINDS]; /* some name of the kind may be hidden */
    bool drops_fields;           /* some attribute may be dropped */
    struct ct_name_cache *names; /* owned; NULL: none yet */
};

struct ct_filter {
    struct ct_filter_chain chain;
    struct ct_filter_stats stats;
    uint64_t told;              /* total of the counts that are on the tape */
    struct ct_code_place place; /* scratch: of what is being decided */
    struct ct_place_files files;
    struct ct_matcher matcher;     /* scratch */
    struct ct_name name, relative; /* scratch */
    struct ct_strtab keys;         /* of verdicts: the rules that match */
    struct ct_verdict **verdicts;  /* owned, by number of the key */
    size_t verdict_capacity;
    struct ct_strtab signatures;
    struct ct_strtab warned;      /* what has been said already */
    const struct ct_scope *scope; /* borrowed */
    bool is_out_of_memory;        /* a judgement could not be made for want of it */
    bool hides_scopes; /* some default hides values, so that exceptions are looked at */
};

/* A filter with this chain (bytes), or NULL with an exception set. */
struct ct_filter *ct_filter_new(PyObject *chain, const struct ct_scope *scope);
void ct_filter_free(struct ct_filter *filter);

/* The verdict on what filter->place has been set to; `is_program`: it is of the
 * program's main file, which the built-in filter does not skip. NULL when memory is out
 * or the place is not known. */
struct ct_verdict *ct_filter_judge(struct ct_filter *filter, bool is_program);

/* The place of a name; a free one, of kind 0, if nothing is known of it. */
static inline struct ct_known_name *ct_name_place(struct ct_name_cache *cache,
                                                  uint64_t hash, uint32_t length,
                                                  enum ct_filter_kind kind)
{
    uint64_t mixed = hash + (hash >> 32) + kind * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t mask = cache->capacity - 1, i = (uint32_t)mixed & mask;
    while (cache->places[i].kind != 0 &&
           (cache->places[i].hash != hash || cache->places[i].length != length ||
            cache->places[i].kind != kind + 1))
        i = (i + 1) & mask;
    return &cache->places[i];
}

/* Whether values of a kind whose name is this exact str are known to be shown; false
 * only means that it must be asked for. */
static inline bool ct_verdict_shows(const struct ct_verdict *verdict,
                                    enum ct_filter_kind kind, PyObject *name)
{
    uint64_t hash = (uint64_t)((PyASCIIObject *)name)->hash;
    uint32_t length = (uint32_t)PyUnicode_GET_LENGTH(name);
    if (verdict->names == NULL)
        return false;
    const struct ct_known_name *known =
        ct_name_place(verdict->names, hash, length, kind);
    return known->kind != 0 && known->action == CT_ACTION_ALLOW;
}

/* What happens to values of a kind whose name is an exact str or bytes. */
enum ct_action ct_verdict_action(struct ct_verdict *verdict, enum ct_filter_kind kind,
                                 PyObject *name);

/* What happens to the values that the function at filter->place returns. */
enum ct_action ct_verdict_return(struct ct_verdict *verdict);

/* The same for any name, and what says so: *rule and *pattern, which is -1 for the
 * value default. */
enum ct_action ct_verdict_explain(struct ct_verdict *verdict, enum ct_filter_kind kind,
                                  const struct ct_name *const *names, int count,
                                  int *rule, int *pattern);

static inline uint64_t ct_filter_total(const struct ct_filter_stats *stats)
{
    uint64_t total = stats->scopes_skipped;
    for (int i = 0; i < CT_FILTER_KINDS; i++)
        total += stats->value_redactions[i] + stats->value_drops[i];
    return total;
}

static inline enum ct_action ct_stricter(enum ct_action a, enum ct_action b)
{
    return a > b ? a : b;
}
