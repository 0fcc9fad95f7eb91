/* Verdicts: walking over the rules, and remembering what came of it. */
#include "py/filter.h"

#include "py/text.h"

#include <stdlib.h>

/* Names remembered per verdict: beyond that all are forgotten, since a dict may have
 * any number of keys. */
#define CT_NAMES_MAX 8192
#define CT_NAMES_FIRST 128 /* places; they double */

/* ---- start and end -------------------------------------------------------------- */

static bool hides_by_default(const struct ct_filter_chain *chain)
{
    bool result = chain->default_action != CT_ACTION_ALLOW;
    for (int i = 0; i < chain->rule_count; i++)
        result |= chain->rules[i].value_default > CT_ACTION_ALLOW;
    return result;
}

struct ct_filter *ct_filter_new(PyObject *chain, const struct ct_scope *scope)
{
    struct ct_filter *filter = calloc(1, sizeof *filter);
    if (filter == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (ct_filter_chain_load(&filter->chain, chain) < 0) {
        free(filter);
        return NULL;
    }
    filter->scope = scope;
    filter->hides_scopes = hides_by_default(&filter->chain);
    return filter;
}

void ct_filter_free(struct ct_filter *filter)
{
    if (filter == NULL)
        return;
    for (uint32_t i = 0; i < filter->keys.count && i < filter->verdict_capacity; i++) {
        struct ct_verdict *verdict = filter->verdicts[i];
        if (verdict != NULL) {
            free(verdict->names);
            free(verdict->rules);
        }
        free(verdict);
    }
    free(filter->verdicts);
    ct_strtab_fini(&filter->keys);
    ct_strtab_fini(&filter->signatures);
    ct_strtab_fini(&filter->warned);
    ct_place_fini(&filter->place);
    ct_place_files_fini(&filter->files);
    ct_filter_chain_free(&filter->chain);
    free(filter);
}

/* ---- rules ---------------------------------------------------------------------- */

static bool matches_any(struct ct_filter *filter, const struct ct_pattern *pattern,
                        const struct ct_name *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (ct_pattern_matches(pattern, &filter->matcher, &names[i]))
            return true;
    }
    return false;
}

/* Whether the path lies below the root of the rule's file and matches from there. */
static bool matches_relative(struct ct_filter *filter, const struct ct_rule *rule,
                             const struct ct_name *path)
{
    const struct ct_buf *root = &filter->chain.files[rule->file].root;
    size_t size = root->size;
    if (size == 1) /* the root directory */
        size = 0;
    if (root->size == 0 || path->text.size <= size + 1 ||
        memcmp(path->text.bytes, root->data, size) != 0 ||
        path->text.bytes[size] != '/')
        return false;
    struct ct_text below = {path->text.bytes + size + 1, path->text.size - size - 1};
    ct_name_init(&filter->relative, below);
    return ct_pattern_matches(&rule->pattern, &filter->matcher, &filter->relative);
}

static bool rule_matches(struct ct_filter *filter, const struct ct_rule *rule)
{
    const struct ct_code_place *place = &filter->place;
    switch (rule->kind) {
    case CT_SCOPE_PKG:
        return matches_any(filter, &rule->pattern, place->modules, place->module_count);
    case CT_SCOPE_OBJ:
        return matches_any(filter, &rule->pattern, place->objects, place->module_count);
    default:
        break;
    }
    if (matches_any(filter, &rule->pattern, place->paths, place->path_count))
        return true;
    for (int i = 0; i < place->path_count; i++) {
        if (matches_relative(filter, rule, &place->paths[i]))
            return true;
    }
    return false;
}

/* Takes a matching rule into the verdict. */
static void add_rule(struct ct_verdict *verdict, int number, bool is_program)
{
    const struct ct_rule *rule = &verdict->filter->chain.rules[number];
    bool is_builtin = rule->file == 0;
    if (rule->exec != CT_INHERIT && !(is_builtin && is_program)) {
        verdict->exec = rule->exec;
        verdict->exec_rule = number;
    }
    if (rule->value_default != CT_INHERIT) {
        verdict->action = rule->value_default;
        verdict->action_rule = number;
        verdict->cut_file = rule->value_default == CT_ACTION_ALLOW ? -1 : rule->file;
    }
    if (rule->value_count > 0)
        verdict->rules[verdict->rule_count++] = number;
}

/* What of a pattern's decision holds, given the rules behind it. */
static enum ct_action effective(const struct ct_verdict *verdict,
                                const struct ct_rule *rule, enum ct_action action)
{
    if (rule->file < verdict->cut_file)
        return ct_stricter(action, (enum ct_action)verdict->action);
    return action;
}

/* Notes which kinds are hidden at all, and who decides the same about attributes. */
static bool summarise(struct ct_filter *filter, struct ct_verdict *verdict)
{
    struct ct_buf text = {0};
    ct_buf_append_byte(&text, (uint8_t)verdict->action);
    for (int kind = 0; kind < CT_FILTER_KINDS; kind++)
        verdict->hides[kind] = verdict->action != CT_ACTION_ALLOW;
    verdict->drops_fields = verdict->action == CT_ACTION_DROP;
    for (int i = 0; i < verdict->rule_count; i++) {
        const struct ct_rule *rule = &filter->chain.rules[verdict->rules[i]];
        for (int k = 0; k < rule->value_count; k++) {
            const struct ct_value_pattern *value = &rule->values[k];
            enum ct_action action = effective(verdict, rule, value->action);
            verdict->hides[value->kind] |= action != CT_ACTION_ALLOW;
            if (value->kind != CT_FILTER_ATTRIBUTE)
                continue;
            verdict->drops_fields |= action == CT_ACTION_DROP;
            ct_buf_append(&text, &verdict->rules[i], sizeof verdict->rules[i]);
            ct_buf_append(&text, &k, sizeof k);
            ct_buf_append_byte(&text, (uint8_t)action);
        }
    }
    uint32_t number = text.failed
                          ? CT_STRTAB_NONE
                          : ct_strtab_add(&filter->signatures, ct_buf_text(&text));
    ct_buf_fini(&text);
    verdict->field_signature = number;
    return number != CT_STRTAB_NONE;
}

/* The verdict that the rules with a set byte in `key` make. */
static struct ct_verdict *new_verdict(struct ct_filter *filter, const uint8_t *key,
                                      bool is_program)
{
    const struct ct_filter_chain *chain = &filter->chain;
    struct ct_verdict *verdict = calloc(1, sizeof *verdict);
    if (verdict == NULL)
        return NULL;
    verdict->rules = calloc((size_t)chain->rule_count + 1, sizeof *verdict->rules);
    verdict->filter = filter;
    verdict->exec = chain->default_exec;
    verdict->action = chain->default_action;
    verdict->exec_rule = verdict->action_rule = CT_VERDICT_DEFAULT;
    verdict->cut_file = -1;
    for (int i = 0; verdict->rules != NULL && i < chain->rule_count; i++) {
        if (key[i])
            add_rule(verdict, i, is_program);
    }
    for (int i = 0, k = verdict->rule_count - 1; i < k; i++, k--) {
        int number = verdict->rules[i];
        verdict->rules[i] = verdict->rules[k];
        verdict->rules[k] = number;
    }
    if (verdict->rules != NULL && summarise(filter, verdict))
        return verdict;
    free(verdict->rules);
    free(verdict);
    return NULL;
}

/* Keeps a verdict as number `number`; false when memory is out. */
static bool keep(struct ct_filter *filter, struct ct_verdict *verdict, uint32_t number)
{
    if (number >= filter->verdict_capacity) {
        size_t capacity = 2 * (size_t)number + 16;
        struct ct_verdict **larger =
            realloc(filter->verdicts, capacity * sizeof(struct ct_verdict *));
        if (larger == NULL)
            return false;
        memset(larger + filter->verdict_capacity, 0,
               (capacity - filter->verdict_capacity) * sizeof(struct ct_verdict *));
        filter->verdicts = larger;
        filter->verdict_capacity = capacity;
    }
    filter->verdicts[number] = verdict;
    verdict->fields = verdict->hides[CT_FILTER_ATTRIBUTE] ? verdict : NULL;
    for (uint32_t i = 0; verdict->fields != NULL && i < number; i++) {
        struct ct_verdict *other = filter->verdicts[i];
        if (other != NULL && other->field_signature == verdict->field_signature) {
            verdict->fields = other;
            break;
        }
    }
    return true;
}

struct ct_verdict *ct_filter_judge(struct ct_filter *filter, bool is_program)
{
    int count = filter->chain.rule_count;
    uint8_t *key = malloc((size_t)count + 1);
    filter->is_out_of_memory |= key == NULL;
    if (key == NULL || !filter->place.is_known) {
        free(key);
        return NULL;
    }
    for (int i = 0; i < count; i++)
        key[i] = rule_matches(filter, &filter->chain.rules[i]);
    key[count] = is_program;
    struct ct_text text = {(char *)key, (size_t)count + 1};
    uint32_t number = ct_strtab_add(&filter->keys, text);
    struct ct_verdict *verdict = NULL;
    if (number < filter->verdict_capacity)
        verdict = filter->verdicts[number];
    if (verdict == NULL && number != CT_STRTAB_NONE) {
        verdict = new_verdict(filter, key, is_program);
        if (verdict != NULL && !keep(filter, verdict, number)) {
            free(verdict->rules);
            free(verdict);
            verdict = NULL;
        }
    }
    free(key);
    filter->is_out_of_memory |= verdict == NULL;
    return verdict;
}

/* ---- values --------------------------------------------------------------------- */

static bool value_matches(struct ct_filter *filter, const struct ct_pattern *pattern,
                          const struct ct_name *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (ct_pattern_matches(pattern, &filter->matcher, names[i]))
            return true;
    }
    return false;
}

enum ct_action ct_verdict_explain(struct ct_verdict *verdict, enum ct_filter_kind kind,
                                  const struct ct_name *const *names, int count,
                                  int *rule_number, int *pattern_number)
{
    struct ct_filter *filter = verdict->filter;
    for (int i = 0; i < verdict->rule_count; i++) {
        const struct ct_rule *rule = &filter->chain.rules[verdict->rules[i]];
        for (int k = 0; k < rule->value_count; k++) {
            const struct ct_value_pattern *value = &rule->values[k];
            if (value->kind != kind ||
                !value_matches(filter, &value->pattern, names, count))
                continue;
            *rule_number = verdict->rules[i];
            *pattern_number = k;
            return effective(verdict, rule, value->action);
        }
    }
    *rule_number = verdict->action_rule;
    *pattern_number = -1;
    return (enum ct_action)verdict->action;
}

static enum ct_action decide(struct ct_verdict *verdict, enum ct_filter_kind kind,
                             PyObject *object)
{
    struct ct_filter *filter = verdict->filter;
    struct ct_buf text = {0};
    if (PyUnicode_Check(object))
        ct_text_append_all(&text, object);
    else
        for (Py_ssize_t i = 0; i < PyBytes_GET_SIZE(object); i++)
            ct_buf_append_byte(&text, PyBytes_AS_STRING(object)[i] & 0x7f);
    enum ct_action action = CT_ACTION_DROP; /* memory is out */
    if (!text.failed) {
        const struct ct_name *name = &filter->name;
        int rule, pattern;
        ct_name_init(&filter->name, ct_buf_text(&text));
        action = ct_verdict_explain(verdict, kind, &name, 1, &rule, &pattern);
        if (name->is_cut) /* what has not been looked at may be a secret's name */
            action = ct_stricter(action, CT_ACTION_REDACT);
    }
    ct_buf_fini(&text);
    return action;
}

/* Room for one more name; NULL when memory is out. */
static struct ct_name_cache *reserve(struct ct_verdict *verdict)
{
    struct ct_name_cache *old = verdict->names;
    if (old != NULL && old->count * 4 < old->capacity)
        return old;
    if (old != NULL && old->count >= CT_NAMES_MAX) {
        memset(old->places, 0, old->capacity * sizeof *old->places);
        old->count = 0;
        return old;
    }
    uint32_t capacity = old == NULL ? CT_NAMES_FIRST : old->capacity * 2;
    struct ct_name_cache *cache =
        calloc(1, sizeof *cache + capacity * sizeof *cache->places);
    if (cache == NULL)
        return NULL;
    cache->capacity = capacity;
    for (uint32_t i = 0; old != NULL && i < old->capacity; i++) {
        const struct ct_known_name *known = &old->places[i];
        if (known->kind == 0)
            continue;
        *ct_name_place(cache, known->hash, known->length,
                       (enum ct_filter_kind)(known->kind - 1)) = *known;
        cache->count++;
    }
    free(old);
    return verdict->names = cache;
}

/* The hash of a str or bytes by the builtin type, whatever a subclass says. */
static uint64_t hash_of(PyObject *name)
{
    if (!PyUnicode_Check(name))
        return (uint64_t)PyBytes_Type.tp_hash(name);
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    return (uint64_t)(hash != -1 ? hash : PyUnicode_Type.tp_hash(name));
}

enum ct_action ct_verdict_action(struct ct_verdict *verdict, enum ct_filter_kind kind,
                                 PyObject *name)
{
    if (!verdict->hides[kind])
        return CT_ACTION_ALLOW;
    uint64_t hash = hash_of(name);
    uint32_t length = (uint32_t)(PyUnicode_Check(name) ? PyUnicode_GET_LENGTH(name)
                                                       : PyBytes_GET_SIZE(name));
    if (verdict->names != NULL) {
        const struct ct_known_name *known =
            ct_name_place(verdict->names, hash, length, kind);
        if (known->kind != 0)
            return (enum ct_action)known->action;
    }
    enum ct_action action = decide(verdict, kind, name);
    struct ct_name_cache *cache = reserve(verdict);
    if (cache != NULL) {
        *ct_name_place(cache, hash, length, kind) =
            (struct ct_known_name){hash, length, (uint8_t)(kind + 1), (uint8_t)action};
        cache->count++;
    }
    return action;
}

enum ct_action ct_verdict_return(struct ct_verdict *verdict)
{
    const struct ct_code_place *place = &verdict->filter->place;
    const struct ct_name *names[CT_PLACE_MODULES + 1] = {&place->bare};
    int rule, pattern;
    if (!verdict->hides[CT_FILTER_RETURN])
        return CT_ACTION_ALLOW;
    for (int i = 0; i < place->module_count; i++)
        names[i + 1] = &place->objects[i];
    return ct_verdict_explain(verdict, CT_FILTER_RETURN, names, place->module_count + 1,
                              &rule, &pattern);
}
