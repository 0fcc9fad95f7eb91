/* One write, of its own: no stdio, whose buffers and locks belong to the program. */
#include "base/report.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

void ct_report_init(struct ct_report *report)
{
    struct stat info;
    *report = (struct ct_report){.is_open = fstat(STDERR_FILENO, &info) == 0};
    if (report->is_open) {
        report->device = info.st_dev;
        report->inode = info.st_ino;
    }
}

static bool is_ours(const struct ct_report *report)
{
    struct stat info;
    return report->is_open && fstat(STDERR_FILENO, &info) == 0 &&
           info.st_dev == report->device && info.st_ino == report->inode;
}

static void put(const struct ct_report *report, const char *text, const char *end)
{
    if (!is_ours(report))
        return;
    struct iovec parts[] = {{(void *)(uintptr_t)text, strlen(text)},
                            {(void *)(uintptr_t)end, strlen(end)}};
    while (writev(STDERR_FILENO, parts, 2) < 0 && errno == EINTR)
        continue;
}

void ct_report_line(const struct ct_report *report, const char *text)
{
    put(report, text, "\n");
}

void ct_report_text(const struct ct_report *report, const char *text)
{
    put(report, text, "");
}

bool ct_report_is_terminal(const struct ct_report *report)
{
    return is_ours(report) && isatty(STDERR_FILENO);
}
