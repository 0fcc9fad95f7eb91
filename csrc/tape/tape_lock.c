/* Taking, waiting for and checking the lock.
 *
 * The file's text is for people and for file systems without lasting locks: "recording
 * <pid> <start time> <held>" or "finishing <pid> 0 1"; the start time is that of
 * /proc/<pid>/stat, so that another process with the same number is not mistaken. */
#include "tape/tape_lock.h"

#include "base/file_name.h"
#include "tape/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CT_PAGE_SIZE ((size_t)4096)
#define CT_LOCK_PATH_SIZE 4096
#define CT_LOCK_TEXT_SIZE 96

/* How long a claim watches a held lock before it believes that a live recording holds
 * it: a process that takes over from a dead one needs a moment to say so. */
#define CT_CLAIM_TRIES 40
#define CT_CLAIM_PAUSE_NS 5000000

struct holder {
    bool is_finishing;
    bool is_held; /* by a lock that lasts */
    long pid;     /* 0: not known */
    unsigned long long start_time;
};

/* When the process began, in clock ticks since the system's start; 0: not known, or it
 * has ended and was not waited for. */
static unsigned long long start_time_of(long pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size < 0 ? 0 : size] = '\0';
    const char *at = strrchr(text, ')'); /* behind the name, which may hold anything */
    if (at != NULL && (strncmp(at, ") Z", 3) == 0 || strncmp(at, ") X", 3) == 0))
        return 0;
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* Never an error: the text only helps. */
static void write_holder(int fd, const char *what, unsigned long long start_time,
                         bool is_held)
{
    char text[CT_LOCK_TEXT_SIZE];
    int n = snprintf(text, sizeof text, "%s %ld %llu %d\n", what, (long)getpid(),
                     start_time, is_held);
    if (pwrite(fd, text, (size_t)n, 0) == n && ftruncate(fd, n) < 0)
        return;
}

static struct holder read_holder(int fd)
{
    char text[CT_LOCK_TEXT_SIZE], what[16];
    struct holder holder = {.is_held = true};
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    text[size < 0 ? 0 : size] = '\0';
    int is_held = 1;
    if (sscanf(text, "%15s %ld %llu %d", what, &holder.pid, &holder.start_time,
               &is_held) == 4) {
        holder.is_held = is_held != 0;
        holder.is_finishing = strcmp(what, "finishing") == 0;
    }
    return holder;
}

static bool lock(int fd, int operation)
{
    int result;
    do
        result = flock(fd, operation);
    while (result < 0 && errno == EINTR);
    return result == 0;
}

/* Opens the lock file; with `folder` NULL that of dir/trace.tape. -1 with errno. */
static int open_lock(char path[CT_LOCK_PATH_SIZE], const char *dir, const char *folder,
                     int flags)
{
    int n = folder != NULL
                ? snprintf(path, CT_LOCK_PATH_SIZE, "%s/" CT_TAPE_LOCK_NAME, folder)
                : snprintf(path, CT_LOCK_PATH_SIZE,
                           "%s/" CT_TAPE_FOLDER "/" CT_TAPE_LOCK_NAME, dir);
    errno = ENAMETOOLONG;
    return n > 0 && n < CT_LOCK_PATH_SIZE ? open(path, flags | O_CLOEXEC, 0666) : -1;
}

/* ---- the recording process ------------------------------------------------------- */

/* Whether another open file of this path is kept out. */
static bool is_locked(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool result = !lock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
    close(fd);
    return result;
}

/* Locks an open file and has a mapping hold the lock; false where that cannot be. */
static bool hold(struct ct_tape_lock *held, int fd)
{
    if (!lock(fd, LOCK_EX | LOCK_NB))
        return false;
    void *mapping = mmap(NULL, CT_PAGE_SIZE, PROT_NONE, MAP_SHARED, fd, 0);
    if (mapping == MAP_FAILED)
        return false;
    held->mapping = mapping;
    madvise(mapping, CT_PAGE_SIZE, MADV_DONTFORK);
    return true;
}

/* The file in memory, for where the lock file does not do. */
static void hold_in_memory(struct ct_tape_lock *held)
{
    int fd = memfd_create("codetracer-recording", MFD_CLOEXEC);
    if (fd >= 0 && hold(held, fd))
        held->helper_file = fd;
    else if (fd >= 0)
        close(fd);
}

enum ct_status ct_tape_lock_take(struct ct_tape_lock *held, const char *folder,
                                 struct ct_error *err)
{
    char path[CT_LOCK_PATH_SIZE];
    *held = (struct ct_tape_lock){.helper_file = -1};
    int fd = open_lock(path, NULL, folder, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0)
        return ct_error_set(err, CT_ERR_IO, errno, "cannot create a lock in '%s'",
                            folder);
    unsigned long long start_time = start_time_of(getpid());
    write_holder(fd, "recording", start_time, true);
    bool is_held = hold(held, fd);
    close(fd);
    if (is_held && is_locked(path))
        return CT_OK;
    ct_tape_lock_release(held);
    hold_in_memory(held);
    fd = open_lock(path, NULL, folder, O_RDWR);
    if (fd >= 0) {
        write_holder(fd, "recording", start_time, false);
        close(fd);
    }
    return CT_OK;
}

void ct_tape_lock_settle(struct ct_tape_lock *held)
{
    if (held->helper_file >= 0)
        close(held->helper_file);
    held->helper_file = -1;
}

void ct_tape_lock_release(struct ct_tape_lock *held)
{
    if (held->mapping == NULL)
        return;
    ct_tape_lock_settle(held);
    munmap(held->mapping, CT_PAGE_SIZE);
    held->mapping = NULL;
}

/* ---- claims ---------------------------------------------------------------------- */

/* Whether the process of a recording without a lasting lock still records. */
static bool is_alive(const struct holder *holder)
{
    return !holder->is_held && !holder->is_finishing && holder->pid > 0 &&
           holder->start_time != 0 && start_time_of(holder->pid) == holder->start_time;
}

static enum ct_claim_result in_use(const char *dir, const struct holder *holder,
                                   struct ct_error *err)
{
    ct_error_set(err, CT_ERR_IO, 0,
                 "'%.350s' is in use by the recording of process %ld", dir,
                 holder->pid);
    return CT_CLAIM_IN_USE;
}

/* Takes the lock of an open file, as far as nobody records. */
static enum ct_claim_result take(int fd, const char *dir, struct ct_error *err)
{
    for (int i = 0; !lock(fd, LOCK_EX | LOCK_NB); i++) {
        int error = errno;
        if (error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS)
            break; /* no locks here: the text has to do */
        if (error != EWOULDBLOCK) {
            ct_error_set(err, CT_ERR_IO, error, "cannot lock the tape in '%.350s'",
                         dir);
            return CT_CLAIM_FAILED;
        }
        struct holder holder = read_holder(fd);
        if (holder.is_finishing) {
            if (lock(fd, LOCK_EX))
                break;
            continue;
        }
        if (i == CT_CLAIM_TRIES)
            return in_use(dir, &holder, err);
        nanosleep(&(struct timespec){0, CT_CLAIM_PAUSE_NS}, NULL);
    }
    struct holder holder = read_holder(fd);
    return is_alive(&holder) ? in_use(dir, &holder, err) : CT_CLAIM_TAKEN;
}

enum ct_claim_result ct_tape_claim(struct ct_tape_claim *claim, const char *dir,
                                   struct ct_error *err)
{
    char path[CT_LOCK_PATH_SIZE];
    for (;;) {
        int fd = open_lock(path, dir, NULL, O_RDWR | O_CREAT);
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
            return CT_CLAIM_NO_TAPE;
        if (fd < 0) {
            ct_error_set(err, CT_ERR_IO, errno, "cannot open '%.400s'", path);
            return CT_CLAIM_FAILED;
        }
        enum ct_claim_result result = take(fd, dir, err);
        if (result == CT_CLAIM_TAKEN && ct_file_has_name(fd, path)) {
            write_holder(fd, "finishing", 0, true);
            claim->fd = fd;
            return result;
        }
        close(fd);
        if (result != CT_CLAIM_TAKEN)
            return result;
    }
}

/* Waits until nobody records, then takes the lock of an open file. */
static bool wait_and_take(int fd, int helper_file)
{
    struct holder holder = read_holder(fd);
    if (helper_file >= 0 && !lock(helper_file, LOCK_EX))
        return false;
    return (holder.is_held || helper_file >= 0) && lock(fd, LOCK_EX);
}

enum ct_claim_result ct_tape_claim_wait(struct ct_tape_claim *claim, const char *dir,
                                        int helper_file, struct ct_error *err)
{
    char path[CT_LOCK_PATH_SIZE];
    int fd = open_lock(path, dir, NULL, O_RDWR);
    if (fd < 0)
        return CT_CLAIM_NO_TAPE;
    enum ct_claim_result result = CT_CLAIM_FAILED;
    if (!wait_and_take(fd, helper_file))
        ct_error_set(err, CT_ERR_IO, 0, "no lasting locks in '%.350s'", dir);
    else
        result = ct_file_has_name(fd, path) ? CT_CLAIM_TAKEN : CT_CLAIM_NO_TAPE;
    if (result == CT_CLAIM_TAKEN) {
        write_holder(fd, "finishing", 0, true);
        claim->fd = fd;
    } else {
        close(fd);
    }
    return result;
}

void ct_tape_claim_release(struct ct_tape_claim *claim)
{
    close(claim->fd);
    claim->fd = -1;
}
