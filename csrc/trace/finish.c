/* Tape in, trace files out: the steps of ct_finish in their order.
 *
 * Until ct_files_publish nothing has its real name; whatever fails before leaves the
 * directory as it was, with the tape. */
#include "trace/finish.h"

#include "base/file_name.h"
#include "tape/mirror.h"
#include "tape/tape_writer.h"
#include "trace/facts.h"
#include "trace/files.h"
#include "trace/limits.h"
#include "trace/metadata.h"
#include "trace/replay.h"
#include "trace/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_OLD_READERS                                                               \
    "trace.bin is too large for readers before codetracer_trace_reader 0.17.1, which " \
    "refuse it; for those, record with --format json."

static struct ct_writer *open_writer(const char *dir, const char *events_file,
                                     struct ct_error *err)
{
    char path[CT_PATH_SIZE];
    if (ct_files_temporary(path, dir, events_file, err) != CT_OK)
        return NULL;
    return strcmp(events_file, CT_FILE_JSON) == 0 ? ct_writer_json_new(path, err)
                                                  : ct_writer_capnp_new(path, err);
}

struct ct_finisher {
    char dir[CT_PATH_SIZE];
    char folder[CT_PATH_SIZE]; /* of the tape, … */
    int folder_file;           /* … which this keeps apart from others of its name */
    mode_t mode;
    struct ct_facts facts;
    const char *events_file;
    struct ct_writer *writer; /* owned */
    struct ct_replay *replay; /* owned */
    bool has_files;           /* with temporary names */
};

/* Writes the two small files under their temporary names. */
static enum ct_status write_metadata(const char *dir, const struct ct_facts *facts,
                                     const struct ct_replay_result *replayed,
                                     struct ct_error *err)
{
    struct ct_filter_stats stats;
    ct_filter_stats_read(&stats, ct_facts_get(facts, CT_FACT_FILTER_STATS));
    struct ct_buf content;
    ct_buf_init(&content);
    ct_metadata_append_paths(&content, &replayed->paths);
    enum ct_status status = ct_files_write(dir, CT_FILE_PATHS, &content, err);
    if (status == CT_OK) {
        ct_buf_clear(&content);
        ct_metadata_append(&content, facts, &stats, replayed);
        content.failed |= ct_facts_failed(facts);
        status = ct_files_write(dir, CT_FILE_METADATA, &content, err);
    }
    ct_buf_fini(&content);
    return status;
}

static void take_result(struct ct_finish_result *result,
                        const struct ct_replay_result *replayed)
{
    result->steps = replayed->counts.steps;
    result->calls = replayed->counts.calls;
    result->values = replayed->counts.values;
    result->events = replayed->counts.events;
    result->threads = replayed->counts.threads;
    result->truncated_values = replayed->counts.truncated_values;
    result->complete = replayed->complete;
    result->reason = replayed->reason;
    result->exit = replayed->exit;
    result->code = replayed->code;
    result->last_line = replayed->last.line;
    if (replayed->last.line == 0)
        return;
    struct ct_text path = ct_strtab_get(&replayed->paths, replayed->last.path_id);
    size_t room = sizeof result->last_path - 1;
    size_t size = path.size < room ? path.size : room;
    memcpy(result->last_path, path.bytes + path.size - size, size);
    result->last_path[size] = '\0';
}

/* ---- beginning ------------------------------------------------------------------- */

static enum ct_status find_tape(struct ct_finisher *self, const char *dir,
                                struct ct_error *err)
{
    struct stat info;
    int n = snprintf(self->folder, sizeof self->folder, "%s/" CT_TAPE_FOLDER, dir);
    if (n < 0 || (size_t)n >= sizeof self->folder)
        return ct_error_set(err, CT_ERR_ARGUMENT, 0,
                            "the path of the tape is too long");
    if (stat(self->folder, &info) < 0)
        return ct_error_set(err, CT_ERR_IO, errno,
                            errno == ENOENT ? "the tape '%.400s' is gone"
                                            : "cannot look at '%.400s'",
                            self->folder);
    strcpy(self->dir, dir);
    self->mode = info.st_mode & 0666;
    self->folder_file = open(self->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return CT_OK;
}

/* Whether another recording has its tape there now: somebody removed the directory
 * while its trace was made, and recorded into it anew. */
static bool is_replaced(const struct ct_finisher *self)
{
    return self->folder_file >= 0 && access(self->folder, F_OK) == 0 &&
           !ct_file_has_name(self->folder_file, self->folder);
}

static enum ct_status begin(struct ct_finisher *self, const char *dir,
                            const struct ct_finish_options *options,
                            struct ct_error *err)
{
    enum ct_status status = find_tape(self, dir, err);
    if (status == CT_OK)
        status = ct_facts_read(&self->facts, dir, err);
    if (status != CT_OK)
        return status;
    bool is_json = ct_facts_is(&self->facts, CT_FACT_FORMAT, "json");
    self->events_file = is_json ? CT_FILE_JSON : CT_FILE_BINARY;
    self->has_files = true;
    self->writer = open_writer(dir, self->events_file, err);
    if (self->writer == NULL)
        return err->status;
    self->writer->ops->write_behind(self->writer, options->is_awaited);
    const struct ct_replay_options replay = {
        .is_live = options->is_live,
        .size_limit = ct_facts_number(&self->facts, CT_FACT_MAX_TRACE_SIZE),
        .tell = options->tell,
        .context = options->context,
    };
    self->replay = ct_replay_new(self->dir, self->writer, &self->facts, &replay, err);
    return self->replay == NULL ? err->status : CT_OK;
}

struct ct_finisher *ct_finisher_new(const char *dir,
                                    const struct ct_finish_options *options,
                                    struct ct_error *err)
{
    struct ct_finisher *self = calloc(1, sizeof *self);
    if (self == NULL) {
        ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
        return NULL;
    }
    self->folder_file = -1;
    if (begin(self, dir, options, err) == CT_OK)
        return self;
    ct_finisher_free(self);
    return NULL;
}

void ct_finisher_free(struct ct_finisher *self)
{
    if (self == NULL)
        return;
    ct_replay_free(self->replay);
    if (self->writer != NULL)
        self->writer->ops->free(self->writer);
    if (self->has_files && !is_replaced(self))
        ct_files_discard(self->dir, self->events_file);
    if (self->folder_file >= 0)
        close(self->folder_file);
    ct_facts_fini(&self->facts);
    free(self);
}

/* ---- going on and ending --------------------------------------------------------- */

enum ct_status ct_finisher_go(struct ct_finisher *self, struct ct_error *err)
{
    enum ct_status status = ct_replay_go(self->replay, err);
    if (status == CT_OK && self->writer->failed)
        status = self->writer->ops->finish(self->writer, err); /* says why */
    if (status == CT_OK && !ct_replay_has_end(self->replay) &&
        !ct_replay_can_follow(self->replay))
        status = ct_error_set(err, CT_ERR_FORMAT, 0,
                              "the tape in '%.400s' cannot be followed", self->dir);
    return status;
}

bool ct_finisher_has_end(const struct ct_finisher *self)
{
    return ct_replay_has_end(self->replay);
}

uint64_t ct_finisher_records(const struct ct_finisher *self)
{
    return self->writer->records;
}

bool ct_finisher_is_full(const struct ct_finisher *self)
{
    return ct_replay_is_full(self->replay);
}

/* Completes the events file under its temporary name. On CT_OK *replayed is the
 * caller's. */
static enum ct_status end_events(struct ct_finisher *self,
                                 struct ct_replay_result *replayed,
                                 struct ct_error *err)
{
    struct ct_writer *writer = self->writer;
    enum ct_status status = ct_replay_end(self->replay, replayed, err);
    if (status != CT_OK)
        return status;
    status = writer->ops->finish(writer, err);
    if (status != CT_OK)
        ct_replay_result_fini(replayed);
    else if (writer->words != 0 &&
             writer->words + 2 * writer->records >= CT_LIMIT_OLD_READERS)
        ct_facts_add(&self->facts, CT_FACT_NOTE, CT_TEXT(NOTE_OLD_READERS));
    return status;
}

enum ct_status ct_finisher_end(struct ct_finisher *self,
                               struct ct_finish_result *result, struct ct_error *err)
{
    struct ct_replay_result replayed;
    memset(result, 0, sizeof *result);
    if (is_replaced(self))
        return ct_error_set(err, CT_ERR_IO, 0, "the tape in '%.400s' is another one",
                            self->dir);
    ct_tape_adopt_end(self->folder);
    ct_mirror_recover(self->folder);
    enum ct_status status = end_events(self, &replayed, err);
    if (status != CT_OK)
        return status;
    status = write_metadata(self->dir, &self->facts, &replayed, err);
    if (status == CT_OK)
        status = ct_files_publish(self->dir, self->events_file, self->mode, err);
    if (status == CT_OK) {
        snprintf(result->events_file, sizeof result->events_file, "%s",
                 self->events_file);
        take_result(result, &replayed);
        self->has_files = false;
        ct_tape_remove(self->folder);
    }
    ct_replay_result_fini(&replayed);
    return status;
}

enum ct_status ct_finish(const char *dir, struct ct_finish_result *result,
                         struct ct_error *err)
{
    const struct ct_finish_options options = {.is_live = false};
    struct ct_error ignored;
    if (err == NULL)
        err = &ignored;
    memset(result, 0, sizeof *result);
    struct ct_finisher *finisher = ct_finisher_new(dir, &options, err);
    if (finisher == NULL)
        return err->status;
    enum ct_status status = ct_finisher_end(finisher, result, err);
    ct_finisher_free(finisher);
    return status;
}
