/* Level specs, lines, trailers. Called from wherever the recorder has something to say;
 * must work without Python and when memory is out (then a line may be missing). */
#include "py/log.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "py/policy.h"
#include "trace/json.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static const struct level {
    const char *name;
    enum ct_log_level level;
} levels[] = {
    {"off", CT_LOG_OFF},      {"error", CT_LOG_ERROR}, {"warn", CT_LOG_WARN},
    {"warning", CT_LOG_WARN}, {"info", CT_LOG_INFO},   {"debug", CT_LOG_DEBUG},
    {"trace", CT_LOG_TRACE},
};

static const char *const level_names[] = {"OFF",  "ERROR", "WARN",
                                          "INFO", "DEBUG", "TRACE"};

/* ---- level specs ----------------------------------------------------------------- */

static struct ct_text strip(struct ct_text text)
{
    while (text.size > 0 && text.bytes[0] == ' ')
        text = (struct ct_text){text.bytes + 1, text.size - 1};
    while (text.size > 0 && text.bytes[text.size - 1] == ' ')
        text.size--;
    return text;
}

static bool find_level(struct ct_text name, enum ct_log_level *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strlen(levels[i].name) == name.size &&
            strncasecmp(levels[i].name, name.bytes, name.size) == 0) {
            *level = levels[i].level;
            return true;
        }
    }
    return false;
}

/* An entry of a spec: `level` or `target=level`. */
struct entry {
    struct ct_text target; /* empty: of all */
    enum ct_log_level level;
};

/* Takes the next entry off *spec; false at the end or, with *is_bad set, at one that
 * is none. Empty ones are passed over. */
static bool next_entry(const char **spec, struct entry *entry, bool *is_bad)
{
    struct ct_text text = {NULL, 0};
    while (text.size == 0) {
        if (**spec == '\0')
            return false;
        size_t size = strcspn(*spec, ",");
        text = strip((struct ct_text){*spec, size});
        *spec += size + ((*spec)[size] == ',');
    }
    const char *equals = memchr(text.bytes, '=', text.size);
    entry->target = (struct ct_text){NULL, 0};
    if (equals != NULL) {
        size_t size = (size_t)(equals - text.bytes);
        entry->target = strip((struct ct_text){text.bytes, size});
        text = strip((struct ct_text){equals + 1, text.size - size - 1});
        *is_bad = entry->target.size == 0;
    }
    *is_bad = !find_level(text, &entry->level) || *is_bad;
    return !*is_bad;
}

bool ct_log_is_spec(const char *spec)
{
    struct entry entry;
    bool is_bad = false, has_entry = false;
    while (next_entry(&spec, &entry, &is_bad))
        has_entry = true;
    return has_entry && !is_bad;
}

/* Whether an entry's target is `target` or one of its parents (`a` of `a::b`). */
static bool covers(struct ct_text entry, const char *target)
{
    if (entry.size == 0)
        return true;
    return entry.size <= strlen(target) &&
           strncmp(target, entry.bytes, entry.size) == 0 &&
           (target[entry.size] == '\0' || target[entry.size] == ':');
}

/* The level of the most specific entry; `warn` without one. */
static enum ct_log_level level_for(const char *spec, const char *target)
{
    enum ct_log_level level = CT_LOG_WARN;
    size_t best = 0;
    struct entry entry;
    bool is_bad = false;
    while (next_entry(&spec, &entry, &is_bad)) {
        if (entry.target.size >= best && covers(entry.target, target)) {
            best = entry.target.size;
            level = entry.level;
        }
    }
    return level;
}

/* ---- where it goes --------------------------------------------------------------- */

void ct_log_init(struct ct_log *log, const struct ct_policy *policy, const char *run_id)
{
    *log = (struct ct_log){.policy = policy};
    ct_report_init(&log->report);
    snprintf(log->run_id, sizeof log->run_id, "%s", run_id);
    const char *file = policy->log_file;
    size_t used = 0;
    if (file[0] != '\0' && file[0] != '/' &&
        getcwd(log->file, sizeof log->file) != NULL) {
        used = strlen(log->file);
        log->file[used++] = '/';
    }
    snprintf(log->file + used, sizeof log->file - used, "%s", file);
}

static int open_file(const struct ct_log *log)
{
    return open(log->file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
}

enum ct_status ct_log_check(const struct ct_log *log, struct ct_error *err)
{
    if (log->file[0] == '\0')
        return CT_OK;
    int fd = open_file(log);
    if (fd < 0)
        return ct_error_set(err, CT_ERR_IO, errno, "cannot open the log file '%.400s'",
                            log->file);
    close(fd);
    return CT_OK;
}

/* Writes a line, which ends in a line feed and a NUL. What cannot be written is lost:
 * the log must not become a failure of its own. */
static void write_line(const struct ct_log *log, struct ct_buf *line)
{
    if (log->file[0] == '\0') {
        line->data[line->size - 2] = '\0';
        ct_report_line(&log->report, (const char *)line->data);
        return;
    }
    int fd = open_file(log);
    if (fd < 0)
        return;
    while (write(fd, line->data, line->size - 1) < 0 && errno == EINTR)
        continue;
    close(fd);
}

/* ---- lines ----------------------------------------------------------------------- */

static void put(struct ct_buf *line, const char *text)
{
    ct_buf_append(line, text, strlen(text));
}

static void put_text(struct ct_buf *line, const char *before, struct ct_text text)
{
    struct ct_buf valid = {0};
    put(line, before);
    ct_utf8_append(&valid, text);
    line->failed |= valid.failed;
    ct_json_string(line, ct_buf_text(&valid));
    ct_buf_fini(&valid);
}

static void put_ids(struct ct_buf *line, const struct ct_log *log)
{
    put_text(line, "\"run_id\":", ct_text_of(log->run_id));
    if (log->trace_id[0] != '\0')
        put_text(line, ",\"trace_id\":", ct_text_of(log->trace_id));
}

static uint64_t now_in_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool is_allowed(const struct ct_log *log, enum ct_log_level level,
                       const char *target)
{
    return level <= level_for(log->policy->log_level, target) &&
           !(log->has_trailer && log->file[0] == '\0');
}

void ct_log_line(const struct ct_log *log, enum ct_log_level level, const char *target,
                 const char *code, struct ct_text message)
{
    if (!is_allowed(log, level, target))
        return;
    struct ct_buf line = {0};
    put(&line, "{\"ts_micros\":");
    ct_json_u64(&line, now_in_microseconds());
    put_text(&line, ",\"level\":", ct_text_of(level_names[level]));
    put_text(&line, ",\"target\":", ct_text_of(target));
    put(&line, ",");
    put_ids(&line, log);
    put_text(&line, ",\"message\":", message);
    if (code != NULL)
        put_text(&line, ",\"error_code\":", ct_text_of(code));
    ct_buf_append(&line, "}\n", 3);
    if (!line.failed)
        write_line(log, &line);
    ct_buf_fini(&line);
}

void ct_log_format(const struct ct_log *log, enum ct_log_level level,
                   const char *target, const char *format, ...)
{
    char text[2048];
    va_list args;
    if (!is_allowed(log, level, target))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ct_log_line(log, level, target, NULL, ct_text_of(text));
}

/* ---- failures -------------------------------------------------------------------- */

static void write_trailer(struct ct_log *log, const struct ct_failure *failure)
{
    if (!log->policy->json_errors)
        return;
    struct ct_buf line = {0};
    put(&line, "{");
    put_text(&line, "\"run_id\":", ct_text_of(log->run_id));
    put(&line, ",\"trace_id\":");
    if (log->trace_id[0] != '\0')
        put_text(&line, "", ct_text_of(log->trace_id));
    else
        put(&line, "null");
    put_text(&line, ",\"error_code\":", ct_text_of(failure->code));
    put_text(&line, ",\"error_kind\":", ct_text_of(failure->kind));
    put_text(&line, ",\"message\":", failure->message);
    put(&line, ",\"context\":");
    ct_buf_append_text(&line,
                       failure->context.size > 0 ? failure->context : CT_TEXT("{}"));
    ct_buf_append(&line, "}", 2);
    if (!line.failed)
        ct_report_line(&log->report, (const char *)line.data);
    log->has_trailer = true;
    ct_buf_fini(&line);
}

void ct_log_say_end(const struct ct_log *log, const char *code, const char *text)
{
    char line[1024];
    snprintf(line, sizeof line,
             CT_LOG_COMMAND ": [%s] %s; the recording ends here, the program goes on",
             code, text);
    ct_report_line(&log->report, line);
}

void ct_log_failure(struct ct_log *log, const struct ct_failure *failure)
{
    bool is_shown =
        log->file[0] == '\0' && is_allowed(log, CT_LOG_ERROR, CT_LOG_ERRORS);
    ct_log_line(log, CT_LOG_ERROR, CT_LOG_ERRORS, failure->code, failure->message);
    if (!is_shown) {
        char text[1024];
        snprintf(text, sizeof text, CT_LOG_COMMAND ": [%s] %.*s", failure->code,
                 (int)failure->message.size, failure->message.bytes);
        ct_report_line(&log->report, text);
    }
    write_trailer(log, failure);
}

void ct_log_raised(struct ct_log *log, const struct ct_failure *failure)
{
    if (log->file[0] != '\0')
        ct_log_line(log, CT_LOG_ERROR, CT_LOG_ERRORS, failure->code, failure->message);
    write_trailer(log, failure);
}
