/* One connection at a time is accepted; a FINISH waits in a thread of its own, so that
 * other threads of the program still get their segments. */
#include "trace/help_server.h"

#include "tape/segment_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t peer_of(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : -1;
}

/* Sends a reply with a descriptor, or without one. */
static void send_reply(int fd, const struct ct_help_reply *reply, int carried)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec part = {(void *)(uintptr_t)reply, sizeof *reply};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (carried >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof carried);
        memcpy(CMSG_DATA(header), &carried, sizeof carried);
    }
    sendmsg(fd, &message, MSG_NOSIGNAL); /* who does not wait any more has died */
}

static void serve_segment(const struct ct_help_server *server, int fd,
                          const struct ct_help_request *request)
{
    struct ct_help_reply reply = {0};
    char path[CT_TAPE_PATH_SIZE];
    errno = ENAMETOOLONG;
    int file =
        ct_segment_path(path, server->folder, request->number)
            ? ct_segment_create(path, request->size, (mode_t)request->mode & 0666)
            : -1;
    if (file < 0) {
        reply.status = CT_ERR_IO;
        reply.os_errno = errno;
    }
    send_reply(fd, &reply, file);
    if (file >= 0)
        close(file);
}

/* ---- files made ahead ------------------------------------------------------------ */

struct spare {
    const char *folder;
    size_t size;
    mode_t mode;
};

static void *serve_spare(void *arg)
{
    struct spare *spare = arg;
    ct_spare_make(spare->folder, spare->size, spare->mode);
    free(spare);
    return NULL;
}

/* In a thread of its own: where the disk is slow others must not wait for it. */
static void begin_spare(const struct ct_help_server *server,
                        const struct ct_help_request *request)
{
    struct spare *spare = malloc(sizeof *spare);
    pthread_t thread;
    if (spare == NULL)
        return;
    *spare =
        (struct spare){server->folder, request->size, (mode_t)request->mode & 0666};
    if (request->size <= CT_SEGMENT_LAST_SIZE &&
        pthread_create(&thread, NULL, serve_spare, spare) == 0)
        pthread_detach(thread);
    else
        free(spare);
}

/* ---- the end --------------------------------------------------------------------- */

struct finish {
    struct ct_help_server *server;
    int fd; /* owned */
};

/* Waits with a process whose trace is being made. */
static void *serve_finish(void *arg)
{
    struct finish *finish = arg;
    struct ct_help_server *server = finish->server;
    const struct ct_help_reply ready = {0};
    send_reply(finish->fd, &ready, -1);
    pthread_mutex_lock(&server->lock);
    while (!server->is_done)
        pthread_cond_wait(&server->changed, &server->lock);
    send_reply(finish->fd, &server->reply, -1);
    close(finish->fd);
    free(finish);
    server->waiting--;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* True if a thread waits with `fd` now. */
static bool begin_finish(struct ct_help_server *server, int fd)
{
    struct finish *finish = malloc(sizeof *finish);
    pthread_t thread;
    if (finish == NULL)
        return false;
    *finish = (struct finish){server, fd};
    pthread_mutex_lock(&server->lock);
    bool is_begun = pthread_create(&thread, NULL, serve_finish, finish) == 0;
    server->waiting += is_begun;
    pthread_mutex_unlock(&server->lock);
    if (is_begun)
        pthread_detach(thread);
    else
        free(finish);
    return is_begun;
}

/* ---- children's pipes -------------------------------------------------------------
 */

static void serve_relay(struct ct_help_server *server, int fd,
                        const struct ct_help_request *request, int files[2])
{
    struct ct_help_reply reply = {0};
    bool is_begun = files[0] >= 0 && files[1] >= 0 &&
                    ct_relays_add(&server->relays, files[0], files[1],
                                  (enum ct_event)request->mode);
    if (is_begun)
        files[0] = files[1] = -1;
    else
        reply.status = CT_ERR_IO;
    send_reply(fd, &reply, -1);
}

struct drain {
    struct ct_help_server *server;
    int fd;     /* owned */
    int target; /* owned, or -1 */
    bool blocks;
};

/* Waits with a process whose children's output is passed on. */
static void *serve_drain(void *arg)
{
    struct drain *drain = arg;
    const struct ct_help_reply done = {0};
    ct_relays_drain(&drain->server->relays, drain->target, drain->blocks);
    send_reply(drain->fd, &done, -1);
    if (drain->target >= 0)
        close(drain->target);
    close(drain->fd);
    free(drain);
    return NULL;
}

static bool begin_drain(struct ct_help_server *server, int fd,
                        const struct ct_help_request *request, int files[2])
{
    struct drain *drain = malloc(sizeof *drain);
    pthread_t thread;
    if (drain == NULL)
        return false;
    *drain = (struct drain){server, fd, files[0], request->mode != 0};
    if (pthread_create(&thread, NULL, serve_drain, drain) == 0) {
        pthread_detach(thread);
        files[0] = -1;
        return true;
    }
    free(drain);
    return false;
}

/* ---- requests ---------------------------------------------------------------------
 */

/* Receives a request and up to two descriptors, -1 in the place of those missing. */
static bool receive(int fd, struct ct_help_request *request, int files[2])
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec part = {request, sizeof *request};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    files[0] = files[1] = -1;
    const struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        memcpy(files, CMSG_DATA(header),
               header->cmsg_len == CMSG_LEN(2 * sizeof(int)) ? 2 * sizeof(int)
                                                             : sizeof(int));
    return size == (ssize_t)sizeof *request;
}

/* True if `fd` is needed further. */
static bool serve_request(struct ct_help_server *server, int fd, int files[2])
{
    struct ct_help_request request;
    if (!receive(fd, &request, files))
        return false;
    if (request.kind == CT_HELP_DRAIN)
        return begin_drain(server, fd, &request, files);
    if (request.kind == CT_HELP_RELAY)
        serve_relay(server, fd, &request, files);
    if (request.kind == CT_HELP_FINISH)
        return begin_finish(server, fd);
    if (request.kind == CT_HELP_SPARE)
        begin_spare(server, &request);
    if (request.kind == CT_HELP_SEGMENT)
        serve_segment(server, fd, &request);
    return false;
}

static bool serve(struct ct_help_server *server, int fd)
{
    int files[2] = {-1, -1};
    bool is_needed = peer_of(fd) == server->served && serve_request(server, fd, files);
    for (int i = 0; i < 2; i++) {
        if (files[i] >= 0)
            close(files[i]);
    }
    return is_needed;
}

static void *run(void *arg)
{
    struct ct_help_server *server = arg;
    for (;;) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            return NULL;
        if (fd >= 0 && !serve(server, fd))
            close(fd);
    }
}

void ct_help_server_start(struct ct_help_server *server, int listener, const char *dir,
                          const char *folder)
{
    pthread_t thread;
    *server = (struct ct_help_server){.listener = listener, .folder = folder};
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    ct_relays_init(&server->relays, dir, folder);
    if (listener < 0)
        return;
    server->served = peer_of(listener); /* of a listener: who called listen */
    if (pthread_create(&thread, NULL, run, server) == 0)
        pthread_detach(thread);
}

void ct_help_server_done(struct ct_help_server *server, enum ct_recover_result result,
                         const struct ct_error *err)
{
    pthread_mutex_lock(&server->lock);
    server->is_done = true;
    if (result != CT_RECOVER_DONE) {
        server->reply.status = CT_ERR_IO;
        server->reply.os_errno = err->os_errno;
        snprintf(server->reply.text, sizeof server->reply.text, "%s", err->text);
    }
    pthread_cond_broadcast(&server->changed);
    while (server->waiting != 0)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}
