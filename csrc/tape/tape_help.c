/* The side of the recording process (tape_help.h). Called at the roll of a segment and
 * at the end, by any thread; async signals of the program only repeat a call. */
#include "tape/tape_help.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define CT_HELP_BACKLOG 64 /* threads that may ask at once */
#define CT_HELP_SECONDS 20 /* until a segment is given up: the helper is stopped */

void ct_help_open(struct ct_help *help)
{
    struct sockaddr_un *address = &help->address;
    *help = (struct ct_help){.address = {.sun_family = AF_UNIX}};
    help->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (help->listener < 0)
        return;
    /* Without a path the kernel chooses an abstract name that nobody has. */
    socklen_t size = sizeof *address;
    if (bind(help->listener, (struct sockaddr *)address, sizeof address->sun_family) ==
            0 &&
        listen(help->listener, CT_HELP_BACKLOG) == 0 &&
        getsockname(help->listener, (struct sockaddr *)address, &size) == 0)
        help->address_size = size;
    else
        ct_help_settle(help);
}

void ct_help_settle(struct ct_help *help)
{
    if (help->listener >= 0)
        close(help->listener);
    help->listener = -1;
}

void ct_help_forget(struct ct_help *help)
{
    *help = (struct ct_help){.listener = -1};
}

/* Whether the socket at the other end was made by this process. */
static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.pid == getpid();
}

/* Sends a request with descriptors, or without. */
static ssize_t send_request(int fd, const struct ct_help_request *request,
                            const int *carried, size_t count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec part = {(void *)(uintptr_t)request, sizeof *request};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof *carried);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof *carried);
        memcpy(CMSG_DATA(header), carried, count * sizeof *carried);
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

/* A socket that has sent a request; -1 if it could not. `waits`: for a helper that is
 * busy, else not at all. */
static int ask(const struct ct_help *help, const struct ct_help_request *request,
               const int *carried, size_t count, bool waits)
{
    if (help->address_size == 0)
        return -1;
    int kind = SOCK_SEQPACKET | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK);
    int fd = socket(AF_UNIX, kind, 0);
    if (fd < 0)
        return -1;
    const struct timeval patience = {.tv_sec = CT_HELP_SECONDS};
    if (waits) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    int result;
    do
        result =
            connect(fd, (const struct sockaddr *)&help->address, help->address_size);
    while (result < 0 && errno == EINTR);
    ssize_t sent = -1;
    if (result == 0 && is_ours(fd))
        sent = send_request(fd, request, carried, count);
    if (sent == (ssize_t)sizeof *request)
        return fd;
    close(fd);
    return -1;
}

/* Receives a reply and, if it carries one, a descriptor. */
static bool receive(int fd, struct ct_help_reply *reply, int *carried)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {reply, sizeof *reply};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t size;
    do
        size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    *carried = -1;
    struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        memcpy(carried, CMSG_DATA(header), sizeof *carried);
    return size == (ssize_t)sizeof *reply;
}

int ct_help_segment(const struct ct_help *help, uint64_t number, size_t size,
                    mode_t mode)
{
    const struct ct_help_request request = {CT_HELP_SEGMENT, mode, number, size};
    struct ct_help_reply reply;
    int fd = ask(help, &request, NULL, 0, true), carried = -1;
    if (fd < 0)
        return -1;
    if (!receive(fd, &reply, &carried) && carried >= 0) {
        close(carried);
        carried = -1;
    }
    close(fd);
    return carried;
}

void ct_help_spare(const struct ct_help *help, size_t size, mode_t mode)
{
    const struct ct_help_request request = {
        .kind = CT_HELP_SPARE, .mode = mode, .size = size};
    int saved = errno;
    int fd = ask(help, &request, NULL, 0, false);
    if (fd >= 0)
        close(fd);
    errno = saved;
}

bool ct_help_relay(const struct ct_help *help, int source, int target, uint32_t event)
{
    const struct ct_help_request request = {.kind = CT_HELP_RELAY, .mode = event};
    const int files[] = {source, target};
    struct ct_help_reply reply = {.status = CT_ERR_IO};
    int fd = ask(help, &request, files, 2, true), carried;
    if (fd < 0)
        return false;
    bool is_done = receive(fd, &reply, &carried) && reply.status == CT_OK;
    close(fd);
    return is_done;
}

void ct_help_drain(const struct ct_help *help, int target, bool blocks)
{
    const struct ct_help_request request = {.kind = CT_HELP_DRAIN, .mode = blocks};
    const struct timeval for_ever = {0};
    struct ct_help_reply reply;
    int saved = errno;
    int fd = ask(help, &request, &target, target < 0 ? 0 : 1, true), carried;
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
        receive(fd, &reply, &carried);
        close(fd);
    }
    errno = saved;
}

int ct_help_finish(const struct ct_help *help)
{
    const struct ct_help_request request = {.kind = CT_HELP_FINISH};
    struct ct_help_reply reply;
    int fd = ask(help, &request, NULL, 0, true), carried;
    if (fd < 0 || receive(fd, &reply, &carried))
        return fd;
    close(fd);
    return -1;
}

enum ct_status ct_help_wait(int fd, struct ct_error *err)
{
    const struct timeval for_ever = {0};
    struct ct_help_reply reply;
    int carried;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
    bool is_whole = receive(fd, &reply, &carried);
    close(fd);
    if (!is_whole)
        return ct_error_set(err, CT_ERR_IO, 0,
                            "the helper of the recording went without its trace");
    if (reply.status == CT_OK)
        return CT_OK;
    reply.text[sizeof reply.text - 1] = '\0';
    if (reply.text[0] == '\0') /* there was nothing any more to make a trace of */
        return CT_ERR_IO;
    ct_error_set(err, CT_ERR_IO, 0, "%s", reply.text);
    err->os_errno = reply.os_errno;
    return CT_ERR_IO;
}
