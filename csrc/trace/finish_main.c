/* The executable ct-finish: finishes the tape that a process has left in a trace
 * directory.
 *
 * `ct-finish DIR` is what --recover runs: it prints one line about what it found; an
 * error goes to standard error, with status 1 (2 for a wrong command line).
 * `ct-finish --watch DIR FILE SOCKET` is the helper of a recording process
 * (docs/reliability.md): it writes the trace while that process records, serves
 * it, and finishes the trace when it is gone. It prints nothing. FILE and SOCKET are
 * descriptors (tape_lock.h, tape_help.h), or -1. */
#include "tape/segment.h"
#include "trace/help_server.h"
#include "trace/recover.h"
#include "trace/watch.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* The limits were those of the program; a file that grows too large is an error. */
static void raise_limits(void)
{
    static const int kinds[] = {RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA,
                                RLIMIT_CPU};
    struct rlimit limit;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (getrlimit(kinds[i], &limit) == 0) {
            limit.rlim_cur = limit.rlim_max;
            setrlimit(kinds[i], &limit);
        }
    }
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

static int watch(const char *dir, int helper_file, int listener)
{
    static struct ct_help_server server;
    static char folder[CT_PATH_SIZE];
    struct ct_error error = {0};
    snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, dir);
    ct_help_server_start(&server, listener, dir, folder);
    enum ct_recover_result result = ct_watch(dir, helper_file, &server.relays, &error);
    ct_help_server_done(&server, result, &error);
    ct_relays_finish(&server.relays); /* children may outlive the program */
    return result == CT_RECOVER_FAILED ? 1 : 0;
}

static int complain(const char *text)
{
    fprintf(stderr, "codetracer-python-recorder: %s\n", text);
    return 1;
}

static int recover(const char *dir)
{
    static struct ct_recovery recovery;
    static char text[CT_RECOVERY_TEXT_SIZE + 600];
    struct ct_error error = {0};
    char metadata[CT_PATH_SIZE];
    switch (ct_recover(dir, CT_RECOVER_IN_FREE, &recovery, &error)) {
    case CT_RECOVER_DONE:
        ct_recovery_describe(&recovery, text);
        puts(text);
        return 0;
    case CT_RECOVER_NOTHING:
        snprintf(metadata, sizeof metadata, "%s/" CT_FILE_METADATA, dir);
        bool is_whole = access(metadata, F_OK) == 0;
        snprintf(text, sizeof text, "'%s' holds no unfinished recording%s", dir,
                 is_whole ? "; its trace is complete" : "");
        return is_whole ? puts(text) < 0 : complain(text);
    case CT_RECOVER_IN_USE:
        return complain(error.text);
    default:
        snprintf(text, sizeof text,
                 "%s (what was recorded is in '%s/" CT_TAPE_FOLDER "')", error.text,
                 recovery.dir);
        return complain(text);
    }
}

int main(int argc, char **argv)
{
    bool is_watch = argc == 5 && strcmp(argv[1], "--watch") == 0;
    if (argc != 2 && !is_watch) {
        fprintf(stderr,
                "usage: ct-finish DIR\n       ct-finish --watch DIR FILE SOCKET\n");
        return 2;
    }
    raise_limits();
    if (is_watch)
        return watch(argv[2], atoi(argv[3]), atoi(argv[4]));
    return recover(argv[1]);
}
