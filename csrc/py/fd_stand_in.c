/* Opening and closing stand-ins. */
#include "py/fd_stand_in.h"

#include "py/fd_hooks.h"
#include "py/fd_tail.h"
#include "tape/tape_help.h"

#include <fcntl.h>
#include <unistd.h>

/* Says, once in a recording, that children are not recorded, and why. */
static void note_missing(struct ct_recorder *recorder, int target, const char *why)
{
    char note[160];
    struct ct_thread *thread = recorder->threads.current;
    if (recorder->has_noted_children || thread == NULL || thread->stream.header == NULL)
        return;
    recorder->has_noted_children = true;
    snprintf(note, sizeof note,
             "What child processes write to descriptor %d is not recorded: %s.", target,
             why);
    ct_stream_fact(&thread->stream, CT_FACT_NOTE, ct_text_of(note));
    ct_log_line(&recorder->log, CT_LOG_INFO, CT_LOG_SESSION, NULL, ct_text_of(note));
}

static void note_kind(struct ct_recorder *recorder, const struct ct_stand_in *stand_in)
{
    int fd = stand_in->target;
    if (fd == 0 || !ct_fd_is_wanted(fd) || ct_fd_tail_has(fd) ||
        S_ISFIFO(stand_in->info.st_mode))
        return;
    note_missing(recorder, fd,
                 isatty(fd) ? "it is a terminal"
                            : "it is neither a pipe nor a file that is read back");
}

static void open_one(struct ct_stand_in *stand_in, struct ct_recorder *recorder)
{
    int ends[2];
    enum ct_event event =
        stand_in->target == STDOUT_FILENO ? CT_EVENT_WRITE : CT_EVENT_WRITE_ERR;
    if (!ct_fd_is_wanted(stand_in->target) || !S_ISFIFO(stand_in->info.st_mode) ||
        pipe2(ends, O_CLOEXEC) < 0)
        return;
    if (ends[0] > STDERR_FILENO && ends[1] > STDERR_FILENO &&
        ct_help_relay(&recorder->tape.help, ends[0], stand_in->target, event))
        stand_in->file = ends[1];
    else
        close(ends[1]);
    close(ends[0]);
    if (stand_in->file < 0)
        note_missing(recorder, stand_in->target, "there is no helper to pass it on");
}

static void look_at(struct ct_stand_in *stand_in, int target)
{
    *stand_in = (struct ct_stand_in){.target = target, .file = -1};
    if (target != 0 && fstat(target, &stand_in->info) < 0)
        stand_in->target = 0;
}

bool ct_stand_ins_open(struct ct_stand_ins *stand_ins, int out, int err)
{
    struct ct_stand_in *first = &stand_ins->out, *second = &stand_ins->err;
    look_at(first, 0);
    look_at(second, 0);
    stand_ins->is_same = false;
    if (ct_fd_recorder() == NULL)
        return false;
    ct_fd_drain_attached();
    struct ct_recorder *recorder = ct_fd_recorder();
    if (recorder == NULL)
        return false;
    look_at(first, out);
    look_at(second, err);
    stand_ins->is_same = first->target != 0 && second->target != 0 &&
                         first->info.st_dev == second->info.st_dev &&
                         first->info.st_ino == second->info.st_ino;
    note_kind(recorder, first);
    note_kind(recorder, second);
    /* The order of what comes would be lost if only one of the two were passed on. */
    if (stand_ins->is_same &&
        (!ct_fd_is_wanted(STDOUT_FILENO) || !ct_fd_is_wanted(STDERR_FILENO)))
        return false;
    if (first->target != 0)
        open_one(first, recorder);
    if (second->target != 0 && !stand_ins->is_same)
        open_one(second, recorder);
    return first->file >= 0 || second->file >= 0;
}

int ct_stand_ins_file(const struct ct_stand_ins *stand_ins, int fd)
{
    return fd == STDOUT_FILENO || stand_ins->is_same ? stand_ins->out.file
                                                     : stand_ins->err.file;
}

void ct_stand_ins_close(struct ct_stand_ins *stand_ins)
{
    if (stand_ins->out.file >= 0)
        close(stand_ins->out.file);
    if (stand_ins->err.file >= 0)
        close(stand_ins->err.file);
}
