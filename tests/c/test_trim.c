/* Cutting off the beginning of a tape: trace/trim.
 *
 * Random tapes are cut, again and again. What is left gives a trace that keeps the
 * rules, ends like the whole one, and gets shorter. */
#include "trace/trim.h"

#include "check.h"
#include "random_tape.h"
#include "rule_writer.h"
#include "tape/tape_state.h"
#include "trace/replay.h"
#include "workspace.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEEDS 60
#define RECORDS 2000

static struct workspace space;
static bool has_no_locks; /* as on some network file systems */

/* In the place of the C library's. */
int flock(int fd, int operation)
{
    if (!has_no_locks)
        return (int)syscall(SYS_flock, fd, operation);
    errno = ENOLCK;
    return -1;
}

/* Saves the tape as that of a process whose segments are full; gives its bytes. */
static uint64_t save(const struct tape *tape)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < tape->count; i++) {
        const struct ct_buf *segment = &tape->segments[i];
        struct ct_segment_header header = tape_header(i, segment->size);
        header.sealed = 1;
        tape_save_segment(space.dir, i, &header, segment->data, segment->size);
        bytes += segment->size;
    }
    return bytes;
}

static bool is_cut(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/" CT_TAPE_FOLDER "/" CT_TAPE_STATE_NAME, space.dir);
    return access(path, F_OK) == 0;
}

/* Replays what there is; false if that breaks a rule. */
static bool replay(enum ct_end_reason reason, struct ct_replay_result *result)
{
    struct ct_error err = {0};
    struct ct_facts facts;
    struct ct_writer *writer = rule_writer_new(&(struct rule_options){
        .has_float = true,
        .allows_error_at_end = reason == CT_END_EXCEPTION,
        .allows_thread_records = true,
    });
    ct_facts_init(&facts);
    bool is_good =
        CHECK(ct_facts_read(&facts, space.dir, &err) == CT_OK) &&
        CHECK(ct_replay_run(space.dir, writer, &facts, result, &err) == CT_OK);
    const char *verdict = rule_writer_verdict(writer);
    if (is_good && !CHECK(verdict == NULL))
        fprintf(stderr, "  %s\n", verdict);
    ct_facts_fini(&facts);
    writer->ops->free(writer);
    return is_good && verdict == NULL;
}

/* Whether a trace ends like that of the whole tape; the last Step only if it can have
 * been kept. */
static bool ends_same(const struct ct_replay_result *got,
                      const struct ct_replay_result *want, bool has_last)
{
    struct ct_text got_path = ct_strtab_get(&got->paths, got->last.path_id);
    struct ct_text want_path = ct_strtab_get(&want->paths, want->last.path_id);
    return CHECK(got->reason == want->reason) && CHECK(got->exit == want->exit) &&
           CHECK(got->code == want->code) && CHECK(got->complete == want->complete) &&
           (!has_last || (CHECK(got->last.line == want->last.line) &&
                          CHECK_BYTES(got_path.bytes, got_path.size, want_path.bytes,
                                      want_path.size)));
}

/* Cuts the tape to ever smaller parts; gives the number of cuts. */
static int cut_all(struct ct_handover *handover, enum ct_end_reason reason,
                   const struct ct_replay_result *whole)
{
    int cuts = 0;
    uint64_t steps = whole->counts.steps;
    struct ct_error err = {0};
    uint64_t all = ct_handover_left(handover);
    for (uint64_t keep = all; keep > 0; keep = keep * 3 / 4) {
        struct ct_replay_result result = {0};
        uint64_t before = atomic_load(&handover->page->cut);
        if (!CHECK(ct_trim(space.dir, handover, keep, &err) == CT_OK) ||
            !replay(reason, &result))
            return cuts;
        bool is_new = atomic_load(&handover->page->cut) > before;
        bool is_good = CHECK(is_cut() || !is_new) &&
                       ends_same(&result, whole, ct_handover_left(handover) > all / 4);
        cuts += is_new;
        if (result.counts.steps < steps)
            steps = result.counts.steps;
        ct_replay_result_fini(&result);
        if (!is_good)
            return cuts;
    }
    CHECK(cuts == 0 || steps < whole->counts.steps);
    return cuts;
}

static int test_seed(uint64_t seed)
{
    struct tape tape = {0};
    struct ct_handover_page page = {.changes = 0};
    struct ct_handover handover = {&page};
    struct ct_replay_result whole = {0};
    enum ct_end_reason reason;
    int cuts = 0;
    random_tape(&tape, seed, RECORDS, "binary", &reason);
    atomic_store(&page.written, save(&tape));
    if (replay(reason, &whole)) {
        cuts = cut_all(&handover, reason, &whole);
        ct_replay_result_fini(&whole);
    }
    tape_fini(&tape);
    tape_delete(space.dir);
    return cuts;
}

/* Where there are no locks no helper is at work, and the process cuts its tape. */
static void test_without_locks(void)
{
    struct tape made = {0};
    struct ct_handover_page page = {.changes = 0};
    enum ct_end_reason reason;
    char folder[128], path[160];
    workspace_make(&space);
    random_tape(&made, 1, RECORDS, "binary", &reason);
    uint64_t all = save(&made);
    atomic_store(&page.written, all);
    snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, space.dir);
    snprintf(path, sizeof path, "%s/" CT_HANDOVER_NAME, folder);
    FILE *output = fopen(path, "w");
    if (CHECK(output != NULL))
        fclose(output);
    struct ct_tape tape = {
        .folder = folder, .quota = {.keep = all / 4}, .handover = {&page}};
    has_no_locks = true;
    ct_trim_own(&tape);
    has_no_locks = false;
    CHECK(is_cut() && atomic_load(&page.cut) > 0);
    tape_fini(&made);
    workspace_remove(&space);
}

/* A state beyond the program's limit of file sizes is an error, not its death. */
static void test_file_limit(void)
{
    struct ct_buf records = {0};
    struct ct_error err = {0};
    int status;
    for (int i = 0; i < 4096; i++)
        ct_buf_append_byte(&records, CT_REC_THREAD_EXIT);
    workspace_make(&space);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {1024, 1024};
        signal(SIGXFSZ, SIG_DFL);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(ct_tape_state_write(space.dir, 1, &records, &err) == CT_ERR_IO &&
                      err.os_errno == EFBIG
                  ? 0
                  : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(workspace_is_empty(&space));
    workspace_remove(&space);
    ct_buf_fini(&records);
}

int main(void)
{
    test_file_limit();
    test_without_locks();
    int cuts = 0;
    workspace_make(&space);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        cuts += test_seed(seed);
    CHECK(cuts > SEEDS);
    workspace_remove(&space);
    return check_report();
}
