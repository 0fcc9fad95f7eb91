/* The recorder's log and its JSON trailers (contract.md 5 and 13).
 *
 * One JSON object a line, on standard error or appended to a file that is opened for
 * each line: between events the process holds no descriptor of ours. Nothing here needs
 * Python, so that the end of the process can be logged, and nothing touches the
 * program's `logging`. Lines are rare: starts, ends, failures, decisions about code. */
#pragma once

#include "base/report.h"
#include "base/status.h"
#include "base/text.h"
#include "base/uuid.h"

#include <limits.h>
#include <stdbool.h>

struct ct_policy;

enum ct_log_level {
    CT_LOG_OFF,
    CT_LOG_ERROR,
    CT_LOG_WARN, /* the default */
    CT_LOG_INFO,
    CT_LOG_DEBUG,
    CT_LOG_TRACE,
};

#define CT_LOG_COMMAND "codetracer-python-recorder" /* before plain text */
#define CT_LOG_PACKAGE "codetracer_python_recorder"
#define CT_LOG_ERRORS CT_LOG_PACKAGE "::errors"
#define CT_LOG_SESSION CT_LOG_PACKAGE "::session"
#define CT_LOG_ACTIVATION CT_LOG_PACKAGE "::activation"

struct ct_log {
    struct ct_report report;
    const struct ct_policy *policy;   /* borrowed */
    char file[PATH_MAX];              /* absolute; empty: standard error */
    char run_id[CT_UUID_TEXT_SIZE];   /* of the process */
    char trace_id[CT_UUID_TEXT_SIZE]; /* of the recording; empty: none */
    bool has_trailer;                 /* no line of the log may follow it on stderr */
};

/* Something that went wrong, as its trailer shows it. */
struct ct_failure {
    const char *code;       /* "ERR_…" */
    const char *kind;       /* "Usage", "Environment", "Target", "Internal" */
    struct ct_text message; /* any bytes */
    struct ct_text context; /* a JSON object; empty: none */
};

/* Whether a text can be a level spec: `debug`, or a comma list of levels and
 * `target=level`. */
bool ct_log_is_spec(const char *spec);

/* `policy` has to live as long as the log. A relative file is one in the current
 * directory. */
void ct_log_init(struct ct_log *log, const struct ct_policy *policy,
                 const char *run_id);

/* Makes sure that the log's file can be written to. */
CT_NODISCARD enum ct_status ct_log_check(const struct ct_log *log,
                                         struct ct_error *err);

/* Writes a line if the level of `target` allows it. `code` may be NULL. */
void ct_log_line(const struct ct_log *log, enum ct_log_level level, const char *target,
                 const char *code, struct ct_text message);
__attribute__((format(printf, 4, 5))) void ct_log_format(const struct ct_log *log,
                                                         enum ct_log_level level,
                                                         const char *target,
                                                         const char *format, ...);

/* Says as plain text on standard error why a recording ends while its program runs. */
void ct_log_say_end(const struct ct_log *log, const char *code, const char *text);

/* Tells of a failure: a line at level error, or plain text on standard error where no
 * such line shows there; then, if the policy asks for it, the trailer. */
void ct_log_failure(struct ct_log *log, const struct ct_failure *failure);
/* The same where the message reaches standard error otherwise, as an exception or a
 * line of plain text: a line in the log's file, and the trailer. */
void ct_log_raised(struct ct_log *log, const struct ct_failure *failure);
