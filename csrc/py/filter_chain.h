/* The filter chain of a recording, as the package compiles it.
 *
 * A chain comes as the bytes of a marshalled tuple (filters/chain.py):
 *
 *   (files, default_exec, default_action, rules, warnings, streams)
 *   file     (path, sha256, name, version, root), all str
 *   rule     (file number, kind, pattern, exec, value default, value patterns)
 *   value pattern  (kind, pattern, action)
 *   streams  those that may be recorded: bits, 1 stdin, 2 stdout, 4 stderr
 *   pattern  (mode, needle: bytes, program: bytes)
 *
 * with the numbers of the enums here; exec and value default may be CT_INHERIT. All of
 * it is copied, so that no object of ours lies among the program's. Needs an attached
 * thread state. */
#pragma once

#include "base/buf.h"
#include "py/pattern.h"
#include "trace/metadata.h"

#define CT_INHERIT (-1)

enum ct_scope_kind { CT_SCOPE_PKG, CT_SCOPE_FILE, CT_SCOPE_OBJ, CT_SCOPE_KINDS };
enum ct_exec { CT_EXEC_TRACE, CT_EXEC_SKIP };
/* What happens to a value; the stricter one is the greater one. */
enum ct_action { CT_ACTION_ALLOW, CT_ACTION_REDACT, CT_ACTION_DROP };

struct ct_value_pattern {
    enum ct_filter_kind kind;
    enum ct_action action;
    struct ct_pattern pattern;
};

struct ct_rule {
    int file;
    enum ct_scope_kind kind;
    struct ct_pattern pattern;
    int exec;                        /* enum ct_exec or CT_INHERIT */
    int value_default;               /* enum ct_action or CT_INHERIT */
    struct ct_value_pattern *values; /* owned */
    int value_count;
};

struct ct_filter_file {
    struct ct_buf fact; /* its texts as CT_FACT_FILTER has them */
    struct ct_buf root; /* the directory that its `file` selectors are relative to */
};

struct ct_filter_chain {
    struct ct_filter_file *files; /* owned */
    int file_count;
    struct ct_rule *rules; /* owned */
    int rule_count;
    struct ct_buf *warnings; /* owned: UTF-8 */
    int warning_count;
    int default_exec, default_action;
    int streams; /* bits of enum ct_io_streams */
};

/* -1 with ValueError or MemoryError set when the bytes are no chain. */
int ct_filter_chain_load(struct ct_filter_chain *chain, PyObject *bytes);
void ct_filter_chain_free(struct ct_filter_chain *chain);
