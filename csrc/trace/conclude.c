/* Waiting for the helper, finishing without it, and the line on the terminal.
 *
 * The lock decides who writes: it is free at once when there is no helper, when it has
 * not begun, has failed or has been killed. Needs no Python; runs at the end of the
 * process too. */
#include "trace/conclude.h"

#include "trace/files.h"
#include "trace/finish.h"

#include <time.h>
#include <unistd.h>

#define CT_LOOK_NS 50000000    /* between two looks whether the helper still lives */
#define CT_QUIET_NS 1000000000 /* before the line appears */
#define CT_LINE_NS 100000000   /* between two of its states */

struct progress {
    const struct ct_report *report;
    uint64_t total; /* record bytes of the tape, nearly */
    int64_t next;   /* when to show it; monotonic clock, nanoseconds */
    bool is_shown;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void show(void *context, uint64_t done)
{
    struct progress *progress = context;
    char line[96];
    if (!ct_report_is_terminal(progress->report) || now() < progress->next)
        return;
    progress->next = now() + CT_LINE_NS;
    progress->is_shown = true;
    double part = progress->total == 0 ? 0 : (double)done / (double)progress->total;
    snprintf(line, sizeof line,
             "\rcodetracer-python-recorder: writing the trace, %d %%",
             (int)(part > 1 ? 100 : 100 * part));
    ct_report_text(progress->report, line);
}

/* Takes the line off the terminal. */
static void hide(const struct progress *progress)
{
    if (progress->is_shown)
        ct_report_text(progress->report, "\r\033[K");
}

/* Whether the answer is not the last one: another process writes the trace, or a helper
 * does, in a place that this process does not reach any more. */
static bool is_written_elsewhere(const struct ct_handover *handover,
                                 enum ct_output_result output)
{
    if (output == CT_OUTPUT_BUSY)
        return true;
    return (output == CT_OUTPUT_FAILED || output == CT_OUTPUT_GONE) &&
           !ct_handover_is_done(handover) && ct_handover_has_follower(handover);
}

/* Waits as long as a helper writes the trace. */
static enum ct_output_result await_output(const char *dir, const struct ct_tape *tape,
                                          struct progress *progress, int *fd,
                                          struct ct_error *err)
{
    const struct ct_handover *handover = &tape->handover;
    for (;;) {
        uint32_t seen = ct_handover_changes(handover);
        enum ct_output_result output = ct_output_take(dir, false, fd, err);
        if (!is_written_elsewhere(handover, output))
            return output;
        ct_handover_wait(handover, seen, CT_LOOK_NS);
        if (handover->page != NULL)
            show(progress, atomic_load(&handover->page->read));
    }
}

static enum ct_status finish(const char *dir, struct progress *progress,
                             struct ct_error *err)
{
    const struct ct_finish_options options = {.tell = show, .context = progress};
    struct ct_finish_result result;
    struct ct_finisher *finisher = ct_finisher_new(dir, &options, err);
    if (finisher == NULL)
        return err->status;
    enum ct_status status = ct_finisher_end(finisher, &result, err);
    ct_finisher_free(finisher);
    return status;
}

/* A helper that was killed in its last moment has said nothing. */
static bool has_trace(const char *dir)
{
    char path[CT_PATH_SIZE];
    int n = snprintf(path, sizeof path, "%s/" CT_FILE_METADATA, dir);
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

enum ct_status ct_conclude(const char *dir, struct ct_tape *tape,
                           const struct ct_report *report, struct ct_error *err)
{
    struct progress progress = {report, ct_handover_left(&tape->handover),
                                now() + CT_QUIET_NS, false};
    enum ct_status status = CT_OK;
    int fd = -1;
    ct_handover_tell_over(&tape->handover);
    enum ct_output_result output = await_output(dir, tape, &progress, &fd, err);
    bool is_whole = ct_handover_is_done(&tape->handover) ||
                    (output == CT_OUTPUT_GONE && has_trace(dir));
    if (!is_whole)
        status = output == CT_OUTPUT_FAILED ? err->status : finish(dir, &progress, err);
    ct_output_release(fd);
    hide(&progress);
    return status;
}
