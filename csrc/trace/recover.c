/* Claims the tape, moves it where its trace may lie, and finishes it. */
#include "trace/recover.h"

#include "base/uuid.h"
#include "tape/handover.h"
#include "tape/tape_reader.h"
#include "tape/tape_writer.h"
#include "trace/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *dir, const char *name)
{
    char path[CT_PATH_SIZE];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

static bool has_trace(const char *dir)
{
    return exists(dir, CT_FILE_METADATA) || exists(dir, CT_FILE_JSON) ||
           exists(dir, CT_FILE_BINARY);
}

static void name_segment(char name[64], unsigned long long number)
{
    snprintf(name, 64, CT_TAPE_FOLDER "/" CT_SEGMENT_NAME_FORMAT, number);
}

/* Whether nothing was recorded, or everything is in the trace: there is no first
 * segment and no state in its place, or it is the only one and the process died while
 * it made it; or the removal of a cut tape has begun. */
static bool is_rest(const char *dir)
{
    char name[64], path[CT_PATH_SIZE];
    if (exists(dir, CT_TAPE_FOLDER "/" CT_TAPE_STATE_DONE))
        return true;
    name_segment(name, 0);
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = n > 0 && (size_t)n < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return errno == ENOENT && !exists(dir, CT_TAPE_FOLDER "/" CT_TAPE_STATE_NAME);
    bool is_begun = ct_tape_is_begun(fd);
    close(fd);
    name_segment(name, 1);
    return !is_begun && !exists(dir, name);
}

static void remove_rest(const char *dir)
{
    char folder[CT_PATH_SIZE];
    snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, dir);
    ct_tape_remove(folder);
}

/* The recording's id; a new one if the tape cannot be read. */
static void read_id(const char *dir, char id[CT_UUID_TEXT_SIZE])
{
    struct ct_facts facts;
    struct ct_error ignored;
    ct_facts_init(&facts);
    ct_uuid7(id);
    if (ct_facts_read(&facts, dir, &ignored) == CT_OK) {
        struct ct_text text = ct_facts_get(&facts, CT_FACT_RECORDING_ID);
        if (text.size == CT_UUID_TEXT_SIZE - 1 &&
            memchr(text.bytes, '/', text.size) == NULL)
            memcpy(id, text.bytes, text.size);
    }
    ct_facts_fini(&facts);
}

/* Moves the tape to a directory beside `dir`, whose path goes into `to`. */
static enum ct_status move_beside(const char *dir, char to[CT_PATH_SIZE],
                                  struct ct_error *err)
{
    char id[CT_UUID_TEXT_SIZE], from_tape[CT_PATH_SIZE], to_tape[CT_PATH_SIZE];
    read_id(dir, id);
    size_t size = strlen(dir);
    while (size > 1 && dir[size - 1] == '/')
        size--;
    int n = snprintf(to, CT_PATH_SIZE, "%.*s.recovered-%s", (int)size, dir, id);
    if (n < 0 || (size_t)n + sizeof "/" CT_TAPE_FOLDER > CT_PATH_SIZE)
        return ct_error_set(err, CT_ERR_ARGUMENT, 0,
                            "the path of the trace directory "
                            "is too long");
    if (mkdir(to, 0777) < 0 && errno != EEXIST)
        return ct_error_set(err, CT_ERR_IO, errno, "cannot create '%.400s'", to);
    snprintf(from_tape, sizeof from_tape, "%s/" CT_TAPE_FOLDER, dir);
    snprintf(to_tape, sizeof to_tape, "%.4000s/" CT_TAPE_FOLDER, to);
    if (rename(from_tape, to_tape) == 0)
        return CT_OK;
    ct_error_set(err, CT_ERR_IO, errno, "cannot move the tape to '%.400s'", to);
    rmdir(to);
    return err->status;
}

/* With the claim taken. */
static enum ct_recover_result recover(const char *dir, bool is_beside,
                                      struct ct_recovery *recovery,
                                      struct ct_error *err)
{
    memset(recovery, 0, sizeof *recovery);
    snprintf(recovery->dir, sizeof recovery->dir, "%s", dir);
    if (is_rest(dir)) {
        remove_rest(dir);
        return CT_RECOVER_NOTHING;
    }
    ct_files_discard(dir, CT_FILE_JSON); /* of a helper that died, too */
    ct_files_discard(dir, CT_FILE_BINARY);
    if (is_beside && move_beside(dir, recovery->dir, err) != CT_OK) {
        snprintf(recovery->dir, sizeof recovery->dir, "%s", dir);
        return CT_RECOVER_FAILED;
    }
    return ct_finish(recovery->dir, &recovery->result, err) == CT_OK
               ? CT_RECOVER_DONE
               : CT_RECOVER_FAILED;
}

/* With the claim taken: a helper that is at work is told to end, and waited for. */
static enum ct_recover_result take_over(const char *dir, bool is_beside,
                                        struct ct_recovery *recovery,
                                        struct ct_error *err)
{
    struct ct_handover handover;
    int fd;
    ct_handover_open(&handover, dir);
    ct_handover_tell_over(&handover);
    enum ct_output_result output = ct_output_take(dir, true, &fd, err);
    bool is_gone = output == CT_OUTPUT_GONE && handover.page != NULL;
    ct_handover_close(&handover);
    if (is_gone)
        return CT_RECOVER_NOTHING;
    snprintf(recovery->dir, sizeof recovery->dir, "%s", dir);
    if (output == CT_OUTPUT_FAILED)
        return CT_RECOVER_FAILED;
    enum ct_recover_result result = recover(dir, is_beside, recovery, err);
    ct_output_release(fd);
    return result;
}

static enum ct_recover_result use_claim(enum ct_claim_result claimed,
                                        struct ct_tape_claim *claim, const char *dir,
                                        bool is_beside, struct ct_recovery *recovery,
                                        struct ct_error *err)
{
    enum ct_recover_result result;
    switch (claimed) {
    case CT_CLAIM_TAKEN:
        result = take_over(dir, is_beside, recovery, err);
        ct_tape_claim_release(claim);
        return result;
    case CT_CLAIM_NO_TAPE:
        return CT_RECOVER_NOTHING;
    case CT_CLAIM_IN_USE:
        return CT_RECOVER_IN_USE;
    default:
        snprintf(recovery->dir, sizeof recovery->dir, "%s", dir);
        return CT_RECOVER_FAILED;
    }
}

enum ct_recover_result ct_recover(const char *dir, enum ct_recover_place place,
                                  struct ct_recovery *recovery, struct ct_error *err)
{
    struct ct_tape_claim claim;
    enum ct_claim_result claimed = ct_tape_claim(&claim, dir, err);
    bool is_beside = place == CT_RECOVER_BESIDE || has_trace(dir);
    return use_claim(claimed, &claim, dir, is_beside, recovery, err);
}

enum ct_recover_result ct_recover_claimed(struct ct_tape_claim *claim, const char *dir,
                                          struct ct_recovery *recovery,
                                          struct ct_error *err)
{
    return use_claim(CT_CLAIM_TAKEN, claim, dir, false, recovery, err);
}

/* ---- what was found -------------------------------------------------------------- */

static const char *reason_text(enum ct_end_reason reason)
{
    switch (reason) {
    case CT_END_EXIT:
        return "the program ended";
    case CT_END_STOP:
        return "the recording was stopped";
    case CT_END_EXCEPTION:
        return "the program ended by an exception";
    case CT_END_SIGNAL:
        return "the program ended by a signal";
    case CT_END_RECORDER_ERROR:
        return "the recording could not be written any more";
    case CT_END_LIMIT:
        return "a limit of the recording was reached";
    default:
        return "the process went without finishing its recording";
    }
}

void ct_recovery_describe(const struct ct_recovery *recovery,
                          char text[CT_RECOVERY_TEXT_SIZE])
{
    const struct ct_finish_result *found = &recovery->result;
    char place[sizeof found->last_path + 32] = "none";
    char status[64] = "";
    if (found->last_line > 0)
        snprintf(place, sizeof place, "%s:%" PRId64, found->last_path,
                 found->last_line);
    if (found->complete && found->exit == CT_EXIT_CODE)
        snprintf(status, sizeof status, " with status %" PRId64, found->code);
    snprintf(text, CT_RECOVERY_TEXT_SIZE,
             "%s/%s: %" PRIu64 " steps, %" PRIu64 " calls, %" PRIu64 " values, %" PRIu64
             " events, %" PRIu64 " threads; last line: %s; %s%s",
             recovery->dir, found->events_file, found->steps, found->calls,
             found->values, found->events, found->threads, place,
             reason_text(found->reason), status);
}
