/* Preloaded in tests: allocations that the recorder's extension asks for fail, from the
 * SHIM_FAIL-th on, SHIM_COUNT of them, once it is loaded.
 *
 * With SHIM_SCOPE `own` those count that its code makes itself (the return address is
 * in it), with `any` all that are made while one of its functions is running, by the
 * interpreter (PYTHONMALLOC=malloc) and the C library, too; those from the moment on
 * when the trace's directory is made, and with SHIM_SCOPE `start` from the start. With SHIM_PROGRAM set, only
 * the process that the command line launches is disturbed. The callers of what has
 * failed go into the file SHIM_REPORT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXTENSION "/codetracer_python_recorder.cpython"
#define DEPTH 48

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static struct {
    uintptr_t start, end; /* of the extension's code; 0: it is not loaded */
    bool is_any, has_begun;
    long first, count;
    _Atomic long calls;
} shim;

static _Thread_local bool is_inside;

static bool is_own(const void *address)
{
    return (uintptr_t)address >= shim.start && (uintptr_t)address < shim.end;
}

static void report(void *const *callers, int depth)
{
    const char *path = getenv("SHIM_REPORT");
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0)
        return;
    backtrace_symbols_fd(callers, depth, fd);
    close(fd);
}

/* Whether the allocation that `caller` asks for fails. */
static bool fails(const void *caller)
{
    void *callers[DEPTH];
    if (shim.end == 0 || is_inside || !(shim.is_any ? shim.has_begun : is_own(caller)))
        return false;
    is_inside = true;
    bool counts = !shim.is_any;
    int depth = shim.is_any ? backtrace(callers, DEPTH) : 0;
    for (int i = 0; i < depth && !counts; i++)
        counts = is_own(callers[i]);
    long call = counts ? atomic_fetch_add(&shim.calls, 1) + 1 : 0;
    bool result = call >= shim.first && call < shim.first + shim.count;
    if (result && call == shim.first)
        report(callers, backtrace(callers, DEPTH));
    is_inside = false;
    if (result)
        errno = ENOMEM;
    return result;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

int mkdir(const char *path, mode_t mode)
{
    shim.has_begun |= is_own(__builtin_return_address(0));
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

static int find_extension(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (strstr(info->dlpi_name, EXTENSION) == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_X) == 0)
            continue;
        shim.start = info->dlpi_addr + segment->p_vaddr;
        shim.end = shim.start + segment->p_memsz;
    }
    return 1;
}

void *dlopen(const char *path, int flags)
{
    void *(*next)(const char *, int);
    *(void **)&next = dlsym(RTLD_NEXT, "dlopen");
    void *library = next(path, flags);
    bool is_program = dlsym(RTLD_DEFAULT, "ct_preload_is_pending") != NULL;
    if (library != NULL && path != NULL && strstr(path, EXTENSION) != NULL &&
        (is_program || getenv("SHIM_PROGRAM") == NULL))
        dl_iterate_phdr(find_extension, NULL);
    return library;
}

static long number(const char *name, long fallback)
{
    const char *text = getenv(name);
    return text == NULL ? fallback : atol(text);
}

__attribute__((constructor)) static void begin(void)
{
    void *callers[1];
    const char *scope = getenv("SHIM_SCOPE");
    backtrace(callers, 1); /* it loads a library the first time */
    shim.has_begun = scope != NULL && strcmp(scope, "start") == 0;
    shim.is_any = shim.has_begun || (scope != NULL && strcmp(scope, "any") == 0);
    shim.first = number("SHIM_FAIL", 1L << 40);
    shim.count = number("SHIM_COUNT", 1);
}

__attribute__((destructor)) static void end(void)
{
    if (getenv("SHIM_TOTAL") != NULL)
        dprintf(2, "%ld allocations\n", atomic_load(&shim.calls));
}
