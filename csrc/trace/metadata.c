/* Compact JSON with its keys in the order of the page. Called by finish.c. */
#include "trace/metadata.h"

#include "trace/json.h"

#include <stdio.h>

static void put(struct ct_buf *out, const char *text)
{
    ct_buf_append(out, text, strlen(text));
}

static void put_key(struct ct_buf *out, const char *separator, const char *key)
{
    put(out, separator);
    put(out, "\"");
    put(out, key);
    put(out, "\":");
}

static void put_fact(struct ct_buf *out, const char *separator, const char *key,
                     const struct ct_facts *facts, enum ct_fact fact)
{
    put_key(out, separator, key);
    ct_json_string(out, ct_facts_get(facts, fact));
}

static void put_number(struct ct_buf *out, const char *separator, const char *key,
                       uint64_t number)
{
    put_key(out, separator, key);
    ct_json_u64(out, number);
}

/* A repeating fact as an array of strings. */
static void put_list(struct ct_buf *out, const char *key, const struct ct_facts *facts,
                     enum ct_fact fact)
{
    put_key(out, ",", key);
    struct ct_text text;
    const char *separator = "[";
    for (size_t offset = 0; ct_facts_next(facts, fact, &offset, &text);) {
        put(out, separator);
        ct_json_string(out, text);
        separator = ",";
    }
    put(out, *separator == '[' ? "[]" : "]");
}

static void put_recorder(struct ct_buf *out, const struct ct_facts *facts)
{
    put_key(out, ",", "recorder");
    put(out, "{\"name\":\"codetracer_python_recorder\"");
    put_fact(out, ",", "version", facts, CT_FACT_RECORDER_VERSION);
    put_fact(out, ",", "target_script", facts, CT_FACT_TARGET_SCRIPT);
    put_fact(out, ",", "python", facts, CT_FACT_PYTHON);
    put_fact(out, ",", "platform", facts, CT_FACT_PLATFORM);
    put(out, "}");
}

/* ---- filters ----------------------------------------------------------------------
 */

/* The text up to the next NUL, which is taken off the front of *rest. */
static struct ct_text take_field(struct ct_text *rest)
{
    const char *nul = rest->size > 0 ? memchr(rest->bytes, 0, rest->size) : NULL;
    size_t size = nul == NULL ? rest->size : (size_t)(nul - rest->bytes);
    struct ct_text field = {rest->bytes, size};
    size_t taken = nul == NULL ? size : size + 1;
    rest->bytes += taken;
    rest->size -= taken;
    return field;
}

/* The value of a text of up to 18 digits, else 0. */
static uint64_t number_of(struct ct_text text)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9' || text.size > 18)
            return 0;
        number = number * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    return number;
}

static void put_filters(struct ct_buf *out, const struct ct_facts *facts)
{
    static const char *const keys[] = {"path", "sha256", "name"};
    put_key(out, "{", "filters");
    put(out, "[");
    struct ct_text filter;
    const char *separator = "";
    for (size_t offset = 0; ct_facts_next(facts, CT_FACT_FILTER, &offset, &filter);) {
        put(out, separator);
        for (int i = 0; i < 3; i++) {
            put_key(out, i == 0 ? "{" : ",", keys[i]);
            ct_json_string(out, take_field(&filter));
        }
        put_number(out, ",", "version", number_of(take_field(&filter)));
        put(out, "}");
        separator = ",";
    }
    put(out, "]");
}

static void put_by_kind(struct ct_buf *out, const char *key,
                        const uint64_t counts[CT_FILTER_KINDS])
{
    static const char *const kinds[CT_FILTER_KINDS] = {"local", "global", "argument",
                                                       "return", "attribute"};
    put_key(out, ",", key);
    for (int i = 0; i < CT_FILTER_KINDS; i++)
        put_number(out, i == 0 ? "{" : ",", kinds[i], counts[i]);
    put(out, "}");
}

static void put_trace_filter(struct ct_buf *out, const struct ct_facts *facts,
                             const struct ct_filter_stats *stats)
{
    put_key(out, ",", "trace_filter");
    put_filters(out, facts);
    put_key(out, ",", "stats");
    put_number(out, "{", "scopes_skipped", stats->scopes_skipped);
    put_by_kind(out, "value_redactions", stats->value_redactions);
    put_by_kind(out, "value_drops", stats->value_drops);
    put(out, "}}");
}

/* The counts in the order of the text. */
#define STATS (1 + 2 * CT_FILTER_KINDS)

void ct_filter_stats_write(const struct ct_filter_stats *stats,
                           char text[CT_FILTER_STATS_SIZE])
{
    struct ct_buf out = {0};
    ct_json_u64(&out, stats->scopes_skipped);
    for (int i = 0; i < 2 * CT_FILTER_KINDS; i++) {
        put(&out, " ");
        ct_json_u64(&out, i < CT_FILTER_KINDS
                              ? stats->value_redactions[i]
                              : stats->value_drops[i - CT_FILTER_KINDS]);
    }
    snprintf(text, CT_FILTER_STATS_SIZE, "%.*s", (int)out.size,
             out.failed ? "" : (const char *)out.data);
    ct_buf_fini(&out);
}

void ct_filter_stats_read(struct ct_filter_stats *stats, struct ct_text text)
{
    uint64_t numbers[STATS] = {0};
    for (int i = 0; i < STATS && text.size > 0; i++) {
        const char *blank = memchr(text.bytes, ' ', text.size);
        size_t size = blank == NULL ? text.size : (size_t)(blank - text.bytes);
        numbers[i] = number_of((struct ct_text){text.bytes, size});
        size_t taken = blank == NULL ? size : size + 1;
        text = (struct ct_text){text.bytes + taken, text.size - taken};
    }
    stats->scopes_skipped = numbers[0];
    memcpy(stats->value_redactions, numbers + 1, sizeof stats->value_redactions);
    memcpy(stats->value_drops, numbers + 1 + CT_FILTER_KINDS,
           sizeof stats->value_drops);
}

/* ---- how it ended -----------------------------------------------------------------
 */

static void put_exit(struct ct_buf *out, const struct ct_replay_result *result)
{
    put_key(out, ",", "process_exit_status");
    put_key(out, "{", "code");
    if (result->exit == CT_EXIT_CODE) {
        ct_json_i64(out, result->code);
        put(out, ",\"label\":null}");
    } else {
        put(out, result->exit == CT_EXIT_DISABLED ? "null,\"label\":\"<disabled>\"}"
                                                  : "null,\"label\":\"<exit>\"}");
    }
}

static void put_end(struct ct_buf *out, const struct ct_replay_result *result)
{
    static const char *const reasons[] = {
        [CT_END_EXIT] = "exit",
        [CT_END_STOP] = "stop",
        [CT_END_EXCEPTION] = "exception",
        [CT_END_SIGNAL] = "signal",
        [CT_END_RECORDER_ERROR] = "recorder_error",
        [CT_END_LIMIT] = "limit",
        [CT_END_KILLED] = "killed",
    };
    put_key(out, ",", "end");
    put_key(out, "{", "reason");
    ct_json_string(out, ct_text_of(reasons[result->reason]));
    put_key(out, ",", "complete");
    put(out, result->complete ? "true}" : "false}");
}

static void put_counts(struct ct_buf *out, const struct ct_counts *counts)
{
    put_key(out, ",", "counts");
    put_number(out, "{", "steps", counts->steps);
    put_number(out, ",", "calls", counts->calls);
    put_number(out, ",", "values", counts->values);
    put_number(out, ",", "events", counts->events);
    put_number(out, ",", "threads", counts->threads);
    put_number(out, ",", "truncated_values", counts->truncated_values);
    put(out, "}");
}

void ct_metadata_append(struct ct_buf *out, const struct ct_facts *facts,
                        const struct ct_filter_stats *stats,
                        const struct ct_replay_result *result)
{
    put_fact(out, "{", "workdir", facts, CT_FACT_WORKDIR);
    put_fact(out, ",", "program", facts, CT_FACT_PROGRAM);
    put_list(out, "args", facts, CT_FACT_ARG);
    put_fact(out, ",", "recording_id", facts, CT_FACT_RECORDING_ID);
    put_recorder(out, facts);
    put_trace_filter(out, facts, stats);
    put_exit(out, result);
    put_end(out, result);
    put_counts(out, &result->counts);
    put_list(out, "notes", facts, CT_FACT_NOTE);
    put(out, ",\"diff\":null}\n");
}

void ct_metadata_append_paths(struct ct_buf *out, const struct ct_strtab *paths)
{
    put(out, "[");
    for (uint32_t i = 0; i < paths->count; i++) {
        if (i > 0)
            put(out, ",");
        ct_json_string(out, ct_strtab_get(paths, i));
    }
    put(out, "]\n");
}
