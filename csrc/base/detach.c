/* A fork of a fork, made with clone so that the program cannot notice.
 *
 * The middle process is cloned without an exit signal: no SIGCHLD, and a plain wait()
 * in another thread does not see it (it needs __WALL). It must not run another program,
 * since that would give it the usual signal; its own child does, and passes to the
 * system's reaper when the middle one ends. Both share our memory and keep us
 * suspended (CLONE_VM, CLONE_VFORK), which costs no copy and lets errors come back in
 * a struct; in between they may only make system calls. */
#include "base/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CT_STACK_SIZE ((size_t)32 << 10) /* of each of the two */

/* Sanitizers would look for the thread's own stack and complain. */
#define CT_ON_OTHER_STACK __attribute__((no_sanitize_address, no_sanitize_thread))

/* ThreadSanitizer ends a process whose clone shares its memory. */
#if defined __has_feature
#if __has_feature(thread_sanitizer)
#define CT_CAN_CLONE false
#endif
#elif defined __SANITIZE_THREAD__
#define CT_CAN_CLONE false
#endif
#ifndef CT_CAN_CLONE
#define CT_CAN_CLONE true
#endif

struct detach {
    char *const *argv;
    const char *reopened; /* a path in /proc, or NULL */
    int inherited;        /* a descriptor, or -1 */
    char *stacks;         /* owned: the middle process's, then its child's */
    sigset_t signals;     /* none */
    int error;            /* errno of what failed; 0: the program runs */
};

static void close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
        return;
#endif
    long count = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (count < 0 ? 65536 : count); fd++)
        close(fd);
}

/* The descriptors of the program that is run; false with errno. */
static bool arrange_files(const struct detach *detach)
{
    int fd = detach->reopened == NULL ? -1 : open(detach->reopened, O_RDWR);
    int inherited = detach->inherited < 0
                        ? -1
                        : fcntl(detach->inherited, F_DUPFD, CT_DETACHED_SOCKET + 1);
    if ((detach->reopened != NULL && fd < 0) ||
        (detach->inherited >= 0 && inherited < 0))
        return false;
    if (fd >= 0 && fd != CT_DETACHED_FILE && dup2(fd, CT_DETACHED_FILE) < 0)
        return false;
    if (inherited >= 0 && dup2(inherited, CT_DETACHED_SOCKET) < 0)
        return false;
    close_from(inherited < 0 ? CT_DETACHED_SOCKET : CT_DETACHED_SOCKET + 1);
    for (int i = 0; i < (fd < 0 ? CT_DETACHED_FILE + 1 : CT_DETACHED_FILE); i++)
        close(i);
    return open("/dev/null", O_RDWR) == 0 && dup(0) == 1 && dup(0) == 2;
}

CT_ON_OTHER_STACK static int run(void *arg)
{
    static char *const environment[] = {NULL};
    struct detach *detach = arg;
    for (int signal_number = 1; signal_number < NSIG; signal_number++) {
        const struct sigaction action = {.sa_handler = SIG_DFL};
        sigaction(signal_number, &action, NULL); /* some cannot be, and are default */
    }
    setsid();
    if (!arrange_files(detach) || chdir("/") < 0) {
        detach->error = errno;
        _exit(1);
    }
    sigprocmask(SIG_SETMASK, &detach->signals, NULL);
    execve(detach->argv[0], detach->argv, environment);
    detach->error = errno;
    _exit(1);
}

/* The stack of one of the two; it grows down on every machine we know. */
static char *stack_top(const struct detach *detach, size_t number)
{
    return detach->stacks + (number + 1) * CT_STACK_SIZE;
}

CT_ON_OTHER_STACK static int start_run(void *arg)
{
    struct detach *detach = arg;
    if (clone(run, stack_top(detach, 1), CLONE_VM | CLONE_VFORK | SIGCHLD, detach) < 0)
        detach->error = errno;
    _exit(0);
}

/* With all signals blocked, so that no handler of ours runs in the two. */
static void start(struct detach *detach)
{
    pid_t middle =
        clone(start_run, stack_top(detach, 0), CLONE_VM | CLONE_VFORK, detach);
    if (middle < 0) {
        detach->error = errno;
        return;
    }
    while (waitpid(middle, NULL, __WALL) < 0 && errno == EINTR)
        continue;
}

enum ct_status ct_detach(char *const argv[], int reopened, int inherited,
                         struct ct_error *err)
{
    if (!CT_CAN_CLONE)
        return ct_error_set(err, CT_ERR_LIMIT, 0, "the sanitizer forbids a helper");
    int is_reaper = 0;
    if (getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &is_reaper) == 0 && is_reaper))
        return ct_error_set(err, CT_ERR_LIMIT, 0,
                            "a helper would become a child of this process");
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", reopened);
    struct detach detach = {
        .argv = argv, .reopened = reopened < 0 ? NULL : path, .inherited = inherited};
    detach.stacks = mmap(NULL, 2 * CT_STACK_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (detach.stacks == MAP_FAILED)
        return ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    sigset_t all, before;
    int saved = errno;
    sigemptyset(&detach.signals);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    start(&detach);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    munmap(detach.stacks, 2 * CT_STACK_SIZE);
    if (detach.error != 0)
        return ct_error_set(err, CT_ERR_IO, detach.error, "cannot run '%.400s'",
                            argv[0]);
    return CT_OK;
}
