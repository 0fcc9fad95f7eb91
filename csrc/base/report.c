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

void ct_report_line(const struct ct_report *report, const char *text)
{
    struct stat info;
    if (!report->is_open || fstat(STDERR_FILENO, &info) < 0 ||
        info.st_dev != report->device || info.st_ino != report->inode)
        return;
    struct iovec parts[] = {{(void *)(uintptr_t)text, strlen(text)},
                            {(void *)(uintptr_t)"\n", 1}};
    while (writev(STDERR_FILENO, parts, 2) < 0 && errno == EINTR)
        continue;
}
