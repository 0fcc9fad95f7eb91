/* Numbers and bytes as text.
 *
 * Every function writes at `out`, without a NUL, and returns the number of bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CT_NUM_INT_MAX 20    /* bytes of the longest 64-bit integer */
#define CT_NUM_DOUBLE_MAX 24 /* bytes of the longest double */

size_t ct_num_u64(char *out, uint64_t value);
size_t ct_num_i64(char *out, int64_t value);

/* The shortest text that reads back as `value`, as Python's repr gives it: "1.0",
 * "1e+300", "1e-05", "-0.0", "nan", "-inf". */
size_t ct_num_double(char *out, double value);

/* Base64 with padding; `out` has room for ct_num_base64_size(size) bytes. */
size_t ct_num_base64(char *out, const void *bytes, size_t size);

static inline size_t ct_num_base64_size(size_t size)
{
    return (size / 3 + (size % 3 != 0)) * 4;
}
