/* tape/segment_file: files made ahead are taken once, and go with their tape. */
#include "tape/segment_file.h"

#include "check.h"
#include "tape/tape_writer.h"
#include "workspace.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE ((size_t)256 << 10)

static struct workspace space;
static char folder[128]; /* of a tape in it */

static bool is_there(const char *name)
{
    char path[CT_TAPE_PATH_SIZE];
    return ct_tape_path(path, folder, name) && access(path, F_OK) == 0;
}

/* A tape's folder with its lock. */
static void make_folder(void)
{
    char path[CT_TAPE_PATH_SIZE];
    CHECK(mkdir(folder, 0777) == 0 && ct_tape_path(path, folder, CT_TAPE_LOCK_NAME));
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
    CHECK(fd >= 0 && close(fd) == 0);
}

static int take(size_t size)
{
    char path[CT_TAPE_PATH_SIZE];
    CHECK(ct_tape_path(path, folder, "taken"));
    return ct_spare_take(folder, size, path);
}

static void test_take(void)
{
    char path[CT_TAPE_PATH_SIZE];
    struct stat info;
    make_folder();
    CHECK(take(SIZE) < 0 && !is_there("taken"));
    ct_spare_make(folder, SIZE, 0640);
    ct_spare_make(folder, SIZE, 0640);
    CHECK(is_there("262144.spare") && !is_there("new.spare"));
    CHECK(take(SIZE / 2) < 0 && !is_there("taken"));
    int fd = take(SIZE);
    CHECK(fd >= 0 && fstat(fd, &info) == 0 && (size_t)info.st_size == SIZE &&
          (info.st_mode & 0777) == 0640 && (size_t)info.st_blocks * 512 >= SIZE);
    close(fd);
    CHECK(is_there("taken") && !is_there("262144.spare") && take(SIZE) < 0);
    CHECK(ct_tape_path(path, folder, "taken") && unlink(path) == 0);
    ct_tape_remove(folder);
    ct_spare_make(folder, SIZE, 0640);
    CHECK(!is_there("."));
}

/* A stream goes on in the file that was made for it. */
static void test_stream(void)
{
    static char filler[10000];
    struct ct_tape tape;
    struct ct_stream stream;
    struct ct_error err;
    CHECK(ct_tape_open(&tape, space.dir, &err) == CT_OK);
    ct_stream_init(&stream, &tape, 1);
    ct_spare_make(folder, SIZE, 0600);
    ct_spare_make(folder, 4 * SIZE, 0600); /* not reached */
    CHECK(ct_stream_begin_run(&stream) && is_there("262144.spare"));
    while (atomic_load(&tape.next_segment) < 4)
        CHECK(ct_stream_fact(&stream, CT_FACT_NOTE,
                             (struct ct_text){filler, sizeof filler}));
    CHECK(!is_there("262144.spare") && is_there("1048576.spare") &&
          is_there("00000002.seg") && is_there("00000003.seg"));
    ct_stream_close(&stream);
    ct_tape_remove(tape.folder);
    ct_tape_close(&tape);
    CHECK(workspace_is_empty(&space));
}

static void *make_spares(void *arg)
{
    const atomic_bool *is_over = arg;
    while (!atomic_load(is_over)) {
        for (size_t size = 4096; size <= 65536; size += 4096)
            ct_spare_make(folder, size, 0600);
    }
    return NULL;
}

/* The helper may be making one while the tape is removed. */
static void test_removal(void)
{
    for (int i = 0; i < 200; i++) {
        atomic_bool is_over = false;
        pthread_t thread;
        make_folder();
        CHECK(pthread_create(&thread, NULL, make_spares, &is_over) == 0);
        usleep((useconds_t)(rand() % 1000));
        ct_tape_remove(folder);
        atomic_store(&is_over, true);
        pthread_join(thread, NULL);
        CHECK(workspace_is_empty(&space));
    }
}

int main(void)
{
    workspace_make(&space);
    snprintf(folder, sizeof folder, "%s/" CT_TAPE_FOLDER, space.dir);
    test_take();
    test_stream();
    test_removal();
    workspace_remove(&space);
    return check_report();
}
