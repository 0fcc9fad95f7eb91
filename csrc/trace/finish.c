/* Tape in, trace files out: the steps of ct_finish in their order.
 *
 * Until ct_files_publish nothing has its real name; whatever fails before leaves the
 * directory as it was, with the tape. */
#include "trace/finish.h"

#include "tape/tape_writer.h"
#include "trace/facts.h"
#include "trace/files.h"
#include "trace/limits.h"
#include "trace/metadata.h"
#include "trace/replay.h"
#include "trace/writer.h"

#include <sys/stat.h>

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

/* Writes the events file under its temporary name. On CT_OK *replayed is the caller's.
 */
static enum ct_status write_events(const char *dir, const char *events_file,
                                   struct ct_facts *facts,
                                   struct ct_replay_result *replayed,
                                   struct ct_error *err)
{
    struct ct_writer *writer = open_writer(dir, events_file, err);
    if (writer == NULL)
        return err->status;
    enum ct_status status = ct_replay_run(dir, writer, facts, replayed, err);
    if (status == CT_OK) {
        status = writer->ops->finish(writer, err);
        if (status != CT_OK)
            ct_replay_result_fini(replayed);
    }
    if (status == CT_OK && writer->words != 0 &&
        writer->words + 2 * writer->records >= CT_LIMIT_OLD_READERS)
        ct_facts_add(facts, CT_FACT_NOTE, CT_TEXT(NOTE_OLD_READERS));
    writer->ops->free(writer);
    return status;
}

/* Writes the two small files under their temporary names. */
static enum ct_status write_metadata(const char *dir, const struct ct_facts *facts,
                                     const struct ct_replay_result *replayed,
                                     struct ct_error *err)
{
    const struct ct_filter_stats stats = {0};
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

static enum ct_status make_files(const char *dir, const char *events_file, mode_t mode,
                                 struct ct_facts *facts,
                                 struct ct_finish_result *result, struct ct_error *err)
{
    struct ct_replay_result replayed;
    enum ct_status status = write_events(dir, events_file, facts, &replayed, err);
    if (status != CT_OK)
        return status;
    status = write_metadata(dir, facts, &replayed, err);
    if (status == CT_OK)
        status = ct_files_publish(dir, events_file, mode, err);
    if (status == CT_OK)
        take_result(result, &replayed);
    ct_replay_result_fini(&replayed);
    return status;
}

/* ct_finish, after *result has been cleared and the tape found. */
static enum ct_status finish_tape(const char *dir, const char *folder, mode_t mode,
                                  struct ct_finish_result *result, struct ct_error *err)
{
    struct ct_facts facts;
    ct_facts_init(&facts);
    enum ct_status status = ct_facts_read(&facts, dir, err);
    if (status == CT_OK) {
        const char *events_file =
            ct_facts_is(&facts, CT_FACT_FORMAT, "json") ? CT_FILE_JSON : CT_FILE_BINARY;
        snprintf(result->events_file, sizeof result->events_file, "%s", events_file);
        status = make_files(dir, events_file, mode, &facts, result, err);
        if (status == CT_OK)
            ct_tape_remove(folder);
        else
            ct_files_discard(dir, events_file);
    }
    ct_facts_fini(&facts);
    return status;
}

enum ct_status ct_finish(const char *dir, struct ct_finish_result *result,
                         struct ct_error *err)
{
    char folder[CT_PATH_SIZE];
    struct ct_error ignored;
    struct stat info;
    if (err == NULL)
        err = &ignored;
    memset(result, 0, sizeof *result);
    int n = snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, dir);
    if (n < 0 || (size_t)n >= sizeof folder)
        return ct_error_set(err, CT_ERR_ARGUMENT, 0,
                            "the path of the tape is too long");
    if (stat(folder, &info) < 0)
        return ct_error_set(err, CT_ERR_FORMAT, 0, "there is no tape in '%.400s'", dir);
    return finish_tape(dir, folder, info.st_mode & 0666, result, err);
}
