/* Runs a fuzz target on files instead of under a fuzzer: each argument is a file, or a
 * directory whose files are taken in turn. Prints how many inputs were run. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t inputs;

static void fail(const char *path)
{
    perror(path);
    exit(1);
}

/* The bytes are a block of exactly their size, so that a sanitizer sees its ends. */
static void run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size);
    if (file == NULL || (data == NULL && size != 0) ||
        fread(data, 1, size, file) != size)
        fail(path);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    inputs++;
}

static void run_path(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        fail(path);
    if (!S_ISDIR(status.st_mode)) {
        run_file(path, (size_t)status.st_size);
        return;
    }
    DIR *dir = opendir(path);
    if (dir == NULL)
        fail(path);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        size_t room = strlen(path) + strlen(entry->d_name) + 2;
        char *child = malloc(room);
        if (child == NULL)
            fail(path);
        snprintf(child, room, "%s/%s", path, entry->d_name);
        run_path(child);
        free(child);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_path(argv[i]);
    printf("%zu inputs\n", inputs);
    return inputs == 0;
}
