/* tape/tape_lock, the END of a tape that cannot grow, and trace/recover. */
#include "trace/recover.h"

#include "check.h"
#include "tape/tape_lock.h"
#include "tape/tape_state.h"
#include "tape/tape_writer.h"
#include "workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct workspace space;

/* Files that may still be removed before the process dies; -1: any number. */
static int removals_left = -1;

/* In the place of the C library's. */
int unlinkat(int folder, const char *name, int flags)
{
    if (removals_left >= 0 && removals_left-- == 0)
        kill(getpid(), SIGKILL);
    return (int)syscall(SYS_unlinkat, folder, name, flags);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

static bool has(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", space.dir, name);
    return access(path, F_OK) == 0;
}

static void remove_folder(const char *dir)
{
    char command[CT_PATH_SIZE + 16];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    CHECK(system(command) == 0);
}

/* A tape with a first segment in the workspace. */
static void begin(struct ct_tape *tape, struct ct_stream *stream)
{
    struct ct_error err;
    CHECK(ct_tape_open(tape, space.dir, &err) == CT_OK);
    ct_stream_init(stream, tape, 1);
    CHECK(ct_stream_fact(stream, CT_FACT_PROGRAM, CT_TEXT("/p")));
    CHECK(ct_stream_fact(stream, CT_FACT_FORMAT, CT_TEXT("json")));
}

static void test_lock(void)
{
    struct ct_tape tape, second;
    struct ct_stream stream;
    struct ct_tape_claim claim;
    struct ct_error err = {0};
    CHECK(ct_tape_claim(&claim, space.dir, &err) == CT_CLAIM_NO_TAPE);
    begin(&tape, &stream);
    CHECK(ct_tape_open(&second, space.dir, &err) == CT_ERR_IO &&
          err.os_errno == EEXIST);
    CHECK(ct_tape_claim(&claim, space.dir, &err) == CT_CLAIM_IN_USE);
    char process[32];
    snprintf(process, sizeof process, "process %ld", (long)getpid());
    CHECK(strstr(err.text, process) != NULL);

    pid_t child = fork(); /* it inherits no lock, and loses us none */
    if (child == 0) {
        ct_tape_forget(&tape);
        pause();
        _exit(0);
    }
    CHECK(ct_tape_claim(&claim, space.dir, &err) == CT_CLAIM_IN_USE);
    ct_stream_close(&stream);
    ct_tape_close(&tape);
    CHECK(ct_tape_claim(&claim, space.dir, &err) == CT_CLAIM_TAKEN);
    ct_tape_claim_release(&claim);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Goes on where test_lock has left a tape. */
static void test_recover(void)
{
    static struct ct_recovery recovery;
    static char text[CT_RECOVERY_TEXT_SIZE];
    struct ct_error err = {0};
    CHECK(ct_recover(space.dir, CT_RECOVER_IN_FREE, &recovery, &err) ==
          CT_RECOVER_DONE);
    CHECK(strcmp(recovery.dir, space.dir) == 0 && !recovery.result.complete);
    CHECK(has("trace.json") && !has("trace.tape"));
    ct_recovery_describe(&recovery, text);
    CHECK(strstr(text, "last line: none; the process went without finishing"));
    CHECK(ct_recover(space.dir, CT_RECOVER_IN_FREE, &recovery, &err) ==
          CT_RECOVER_NOTHING);
}

static void test_recover_beside(void)
{
    static struct ct_recovery recovery;
    struct ct_tape tape;
    struct ct_stream stream;
    struct ct_error err = {0};
    char path[CT_PATH_SIZE + 32];
    begin(&tape, &stream);
    ct_stream_fact(&stream, CT_FACT_RECORDING_ID,
                   CT_TEXT("019a9c3e-5b7a-7c21-9d54-0f6b2a1e8c77"));
    ct_tape_end(&tape, CT_END_LIMIT, CT_EXIT_DISABLED, 0, CT_TEXT("note"));
    ct_tape_end(&tape, CT_END_EXIT, CT_EXIT_CODE, 0, CT_TEXT("")); /* has one */
    ct_stream_close(&stream);
    ct_tape_close(&tape);
    CHECK(ct_recover(space.dir, CT_RECOVER_IN_FREE, &recovery, &err) ==
          CT_RECOVER_DONE); /* the trace of test_recover is there */
    snprintf(path, sizeof path, "%s.recovered-019a9c3e-5b7a-7c21-9d54-0f6b2a1e8c77",
             space.dir);
    CHECK(strcmp(recovery.dir, path) == 0);
    CHECK(recovery.result.reason == CT_END_LIMIT && recovery.result.complete);
    remove_folder(recovery.dir);
}

/* What is left of a tape without its first segment was finished. */
static void test_rest(void)
{
    static struct ct_recovery recovery;
    struct ct_tape tape;
    struct ct_stream stream;
    struct ct_error err = {0};
    char path[256];
    begin(&tape, &stream);
    ct_stream_close(&stream);
    ct_tape_close(&tape);
    snprintf(path, sizeof path, "%s/trace.tape/00000000.seg", space.dir);
    CHECK(unlink(path) == 0);
    CHECK(ct_recover(space.dir, CT_RECOVER_BESIDE, &recovery, &err) ==
          CT_RECOVER_NOTHING);
    CHECK(!has("trace.tape"));
}

/* Removes a finished tape in a process that is killed after so many removals; whether
 * it was. The tape was cut, its first segment is one that is still needed or gone. */
static bool remove_partly(int removals, bool has_first)
{
    struct ct_tape tape;
    struct ct_stream stream;
    struct ct_error err = {0};
    struct ct_buf records = {0};
    char folder[256], path[300];
    int status = 0;
    begin(&tape, &stream);
    ct_buf_append(&records, stream.records, (size_t)(stream.cursor - stream.records));
    ct_stream_close(&stream);
    CHECK(ct_stream_begin_run(&stream));
    ct_stream_close(&stream);
    ct_tape_close(&tape);
    snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, space.dir);
    snprintf(path, sizeof path, "%s/00000000.seg", folder);
    CHECK(ct_tape_state_write(folder, has_first ? 2 : 1, &records, &err) == CT_OK);
    CHECK(has_first || unlink(path) == 0);
    ct_buf_fini(&records);
    pid_t child = fork();
    if (child == 0) {
        removals_left = removals;
        ct_tape_remove(folder);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

/* A kill while a tape that was cut is removed leaves nothing to be finished: the trace
 * is there, and must not be replaced by one of the rest. */
static void test_rest_of_cut_tape(void)
{
    static struct ct_recovery recovery;
    struct ct_error err = {0};
    for (int i = 0; i < 20; i++) {
        bool was_killed = remove_partly(i / 2, i % 2 != 0);
        CHECK(ct_recover(space.dir, CT_RECOVER_BESIDE, &recovery, &err) ==
              CT_RECOVER_NOTHING);
        CHECK(!has("trace.tape") && (was_killed || i > 4));
    }
}

/* A process killed while it made its first segment has recorded nothing. */
static void test_not_begun(void)
{
    static struct ct_recovery recovery;
    struct ct_tape tape;
    struct ct_stream stream;
    struct ct_error err = {0};
    char path[256];
    for (int size = 0; size <= 4096; size += 4096) {
        begin(&tape, &stream);
        ct_stream_close(&stream);
        ct_tape_close(&tape);
        snprintf(path, sizeof path, "%s/trace.tape/00000000.seg", space.dir);
        CHECK(truncate(path, 0) == 0 && truncate(path, size) == 0);
        CHECK(ct_recover(space.dir, CT_RECOVER_BESIDE, &recovery, &err) ==
              CT_RECOVER_NOTHING);
        CHECK(!has("trace.tape"));
    }
}

/* An END that could not be renamed is one all the same. */
static void test_adopted_end(void)
{
    static struct ct_recovery recovery;
    struct ct_tape tape;
    struct ct_stream stream;
    struct ct_error err = {0};
    char from[256], to[256];
    begin(&tape, &stream);
    ct_tape_end(&tape, CT_END_STOP, CT_EXIT_CODE, 5, CT_TEXT(""));
    ct_stream_close(&stream);
    ct_tape_close(&tape);
    snprintf(from, sizeof from, "%s/trace.tape/00000001.seg", space.dir);
    snprintf(to, sizeof to, "%s/trace.tape/end", space.dir);
    CHECK(rename(from, to) == 0);
    CHECK(ct_recover(space.dir, CT_RECOVER_BESIDE, &recovery, &err) == CT_RECOVER_DONE);
    CHECK(recovery.result.reason == CT_END_STOP && recovery.result.code == 5 &&
          recovery.result.complete);
    remove_folder(recovery.dir);
}

/* With no room for a segment the END is there all the same. */
static void test_end_without_room(void)
{
    static struct ct_recovery recovery;
    struct ct_tape tape;
    struct ct_stream stream, other;
    struct ct_error err = {0};
    struct rlimit limit;
    begin(&tape, &stream);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    struct rlimit none = {0, limit.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    ct_stream_init(&other, &tape, 2);
    CHECK(!ct_stream_begin_run(&other) && atomic_load(&tape.failed));
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    ct_tape_end(&tape, CT_END_EXIT, CT_EXIT_CODE, 0, CT_TEXT("")); /* has one */
    ct_stream_close(&stream);
    ct_tape_close(&tape);
    CHECK(ct_recover(space.dir, CT_RECOVER_BESIDE, &recovery, &err) == CT_RECOVER_DONE);
    CHECK(recovery.result.reason == CT_END_RECORDER_ERROR &&
          recovery.result.exit == CT_EXIT_DISABLED && recovery.result.complete);
    remove_folder(recovery.dir);
}

int main(void)
{
    workspace_make(&space);
    test_lock();
    test_recover();
    test_recover_beside();
    test_rest();
    test_rest_of_cut_tape();
    test_not_begun();
    test_adopted_end();
    test_end_without_room();
    workspace_remove(&space);
    return check_report();
}
