/* The texts of trace_metadata.json and trace_paths.json (trace-formats.md 5). */
#pragma once

#include "base/buf.h"
#include "base/strtab.h"
#include "trace/facts.h"
#include "trace/replay.h"

#include <stdint.h>

/* The kinds of value that a filter can act on, in the order of the file. */
enum ct_filter_kind {
    CT_FILTER_LOCAL,
    CT_FILTER_GLOBAL,
    CT_FILTER_ARGUMENT,
    CT_FILTER_RETURN,
    CT_FILTER_ATTRIBUTE,
    CT_FILTER_KINDS,
};

struct ct_filter_stats {
    uint64_t scopes_skipped;
    uint64_t value_redactions[CT_FILTER_KINDS];
    uint64_t value_drops[CT_FILTER_KINDS];
};

#define CT_FILTER_STATS_SIZE 256 /* bytes of the text */

/* The text of CT_FACT_FILTER_STATS, NUL-terminated. */
void ct_filter_stats_write(const struct ct_filter_stats *stats,
                           char text[CT_FILTER_STATS_SIZE]);
/* What such a text says; zeros where it says nothing. */
void ct_filter_stats_read(struct ct_filter_stats *stats, struct ct_text text);

/* Appends the whole file; the caller looks at out->failed. */
void ct_metadata_append(struct ct_buf *out, const struct ct_facts *facts,
                        const struct ct_filter_stats *stats,
                        const struct ct_replay_result *result);
void ct_metadata_append_paths(struct ct_buf *out, const struct ct_strtab *paths);
