/* Opening and closing stand-ins. */
#include "py/fd_stand_in.h"

#include "py/fd_hooks.h"
#include "tape/tape_help.h"

#include <fcntl.h>
#include <unistd.h>

static void open_one(struct ct_stand_in *stand_in, const struct ct_recorder *recorder)
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
    const struct ct_recorder *recorder = ct_fd_recorder();
    if (recorder == NULL)
        return false;
    look_at(first, out);
    look_at(second, err);
    stand_ins->is_same = first->target != 0 && second->target != 0 &&
                         first->info.st_dev == second->info.st_dev &&
                         first->info.st_ino == second->info.st_ino;
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
