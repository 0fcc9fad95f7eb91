/* Sizes and free space (quota.h). One call of the system, by path: no descriptor. */
#include "tape/quota.h"

#include <sys/statvfs.h>

#define CT_MIN_FREE ((uint64_t)1 << 30) /* the default, or if that is less … */
#define CT_MIN_FREE_PART 20             /* … this part of the file system */

void ct_quota_init(struct ct_quota *quota, const char *folder, int64_t size,
                   int64_t min_free)
{
    struct statvfs system;
    quota->size = size < 0 ? 0 : (uint64_t)size;
    quota->min_free = min_free < 0 ? CT_MIN_FREE : (uint64_t)min_free;
    if (min_free >= 0 || statvfs(folder, &system) < 0)
        return;
    uint64_t part = (uint64_t)system.f_blocks * system.f_frsize / CT_MIN_FREE_PART;
    if (part < quota->min_free)
        quota->min_free = part;
}

/* Whether the file system would have too little room with another segment. */
static bool is_low(const struct ct_quota *quota, const char *folder, size_t capacity)
{
    struct statvfs system;
    return quota->min_free > 0 && statvfs(folder, &system) == 0 &&
           (uint64_t)system.f_bavail * system.f_frsize < quota->min_free + capacity;
}

enum ct_status ct_quota_check(const struct ct_quota *quota, const char *folder,
                              uint64_t used, bool is_full, size_t needed,
                              size_t *capacity, struct ct_error *err)
{
    uint64_t left = quota->size == 0     ? UINT64_MAX
                    : used < quota->size ? quota->size - used
                                         : 0;
    if (is_full && quota->size == 0)
        return ct_error_set(err, CT_ERR_LIMIT, 0,
                            "the trace has as many records as its format can hold");
    if (is_full || needed > left)
        return ct_error_set(err, CT_ERR_LIMIT, 0,
                            "max_trace_size, %llu bytes, was reached",
                            (unsigned long long)quota->size);
    if (*capacity > left)
        *capacity = (size_t)left;
    if (is_low(quota, folder, *capacity))
        return ct_error_set(err, CT_ERR_LIMIT, 0,
                            "the trace's file system has less free than min_free, %llu "
                            "bytes",
                            (unsigned long long)quota->min_free);
    return CT_OK;
}
