/* The page, its futex, and the lock (handover.h).
 *
 * Called by the recording process when segments end and when the recording does, and by
 * ct-finish. The futex is a shared one: its processes have nothing in common but the
 * file. */
#include "tape/handover.h"

#include "base/file_name.h"
#include "tape/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CT_PAGE_SIZE ((size_t)4096)
#define CT_OUTPUT_PATH_SIZE 4096

#ifndef SYS_pidfd_open /* headers before Linux 5.3 */
#define SYS_pidfd_open 434
#endif

/* ---- the page -------------------------------------------------------------------- */

static bool map_page(struct ct_handover *handover, int fd)
{
    void *page = mmap(NULL, CT_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    handover->page = page == MAP_FAILED ? NULL : page;
    return handover->page != NULL;
}

enum ct_status ct_handover_make(struct ct_handover *handover, const char *folder,
                                struct ct_error *err)
{
    char path[CT_OUTPUT_PATH_SIZE];
    handover->page = NULL;
    int n = snprintf(path, sizeof path, "%s/" CT_HANDOVER_NAME, folder);
    errno = ENAMETOOLONG;
    int fd = n > 0 && (size_t)n < sizeof path
                 ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666)
                 : -1;
    if (fd < 0)
        return ct_error_set(err, CT_ERR_IO, errno, "cannot create '%.400s'", path);
    int error;
    do
        error = posix_fallocate(fd, 0, (off_t)CT_PAGE_SIZE);
    while (error == EINTR);
    if (error == 0 && !map_page(handover, fd))
        error = errno;
    close(fd);
    if (error != 0)
        return ct_error_set(err, CT_ERR_IO, error, "cannot create '%.400s'", path);
    madvise(handover->page, CT_PAGE_SIZE, MADV_DONTFORK);
    return CT_OK;
}

static int open_output(const char *dir, char path[CT_OUTPUT_PATH_SIZE])
{
    int n = snprintf(path, CT_OUTPUT_PATH_SIZE,
                     "%s/" CT_TAPE_FOLDER "/" CT_HANDOVER_NAME, dir);
    errno = ENAMETOOLONG;
    return n > 0 && n < CT_OUTPUT_PATH_SIZE ? open(path, O_RDWR | O_CLOEXEC) : -1;
}

void ct_handover_open(struct ct_handover *handover, const char *dir)
{
    char path[CT_OUTPUT_PATH_SIZE];
    struct stat info;
    int fd = open_output(dir, path);
    handover->page = NULL;
    if (fd >= 0 && fstat(fd, &info) == 0 && info.st_size >= (off_t)CT_PAGE_SIZE)
        map_page(handover, fd);
    if (fd >= 0)
        close(fd);
}

void ct_handover_close(struct ct_handover *handover)
{
    if (handover->page != NULL)
        munmap(handover->page, CT_PAGE_SIZE);
    handover->page = NULL;
}

/* Whether a process runs. One that has ended and was not waited for does not, although
 * its number is taken: for ever, where the system's first process waits for nobody. */
static bool is_running(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) /* it is gone, or Linux is older than 5.3 */
        return errno != ESRCH && (kill(pid, 0) == 0 || errno == EPERM);
    struct pollfd end = {.fd = fd, .events = POLLIN};
    bool has_ended = poll(&end, 1, 0) == 1;
    close(fd);
    return !has_ended;
}

bool ct_handover_has_follower(const struct ct_handover *handover)
{
    pid_t pid = handover->page == NULL ? 0 : atomic_load(&handover->page->follower);
    return pid > 0 && is_running(pid);
}

bool ct_handover_is_done(const struct ct_handover *handover)
{
    return handover->page != NULL && atomic_load(&handover->page->is_done);
}

uint64_t ct_handover_left(const struct ct_handover *handover)
{
    if (handover->page == NULL)
        return 0;
    uint64_t written = atomic_load(&handover->page->written);
    uint64_t cut = atomic_load(&handover->page->cut);
    return cut < written ? written - cut : 0;
}

/* ---- telling and waiting --------------------------------------------------------- */

void ct_handover_tell(const struct ct_handover *handover)
{
    if (handover->page == NULL)
        return;
    int saved = errno;
    atomic_fetch_add(&handover->page->changes, 1);
    syscall(SYS_futex, &handover->page->changes, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    errno = saved;
}

void ct_handover_tell_due(const struct ct_handover *handover)
{
    if (handover->page != NULL)
        atomic_store(&handover->page->is_due, 1);
    ct_handover_tell(handover);
}

void ct_handover_tell_over(const struct ct_handover *handover)
{
    if (handover->page != NULL)
        atomic_store(&handover->page->is_over, 1);
    ct_handover_tell(handover);
}

void ct_handover_wait(const struct ct_handover *handover, uint32_t seen,
                      int64_t nanoseconds)
{
    const struct timespec timeout = {.tv_sec = nanoseconds / 1000000000,
                                     .tv_nsec = nanoseconds % 1000000000};
    if (handover->page != NULL)
        syscall(SYS_futex, &handover->page->changes, FUTEX_WAIT, seen,
                nanoseconds < 0 ? NULL : &timeout, NULL, 0);
    else if (nanoseconds > 0)
        nanosleep(&timeout, NULL);
}

/* ---- the lock -------------------------------------------------------------------- */

static bool is_unsupported(int error)
{
    return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

enum ct_output_result ct_output_take(const char *dir, bool waits, int *fd,
                                     struct ct_error *err)
{
    char path[CT_OUTPUT_PATH_SIZE];
    int result, file = open_output(dir, path);
    *fd = -1;
    if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CT_OUTPUT_GONE;
    if (file < 0) {
        ct_error_set(err, CT_ERR_IO, errno, "cannot open '%.400s'", path);
        return CT_OUTPUT_FAILED;
    }
    do
        result = flock(file, LOCK_EX | (waits ? 0 : LOCK_NB));
    while (result < 0 && errno == EINTR);
    int error = result < 0 ? errno : 0;
    if (error == 0 && ct_file_has_name(file, path)) {
        *fd = file;
        return CT_OUTPUT_TAKEN;
    }
    ct_output_release(file);
    if (error == 0)
        return CT_OUTPUT_GONE;
    if (error == EWOULDBLOCK)
        return CT_OUTPUT_BUSY;
    if (is_unsupported(error))
        return CT_OUTPUT_NONE;
    ct_error_set(err, CT_ERR_IO, error, "cannot lock '%.400s'", path);
    return CT_OUTPUT_FAILED;
}

/* A forked child may have inherited the descriptor: closing it alone could leave the
 * lock behind. */
void ct_output_release(int fd)
{
    if (fd < 0)
        return;
    flock(fd, LOCK_UN);
    close(fd);
}
