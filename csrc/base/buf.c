/* The slow half of buf.h: allocation and release. */
#include "base/buf.h"

#include <stdlib.h>

#define CT_BUF_FIRST_CAPACITY 64 /* bytes of the first allocation */

void ct_buf_fini(struct ct_buf *buf)
{
    free(buf->data);
    ct_buf_init(buf);
}

bool ct_buf_grow(struct ct_buf *buf, size_t more)
{
    if (buf->failed || more > SIZE_MAX - buf->size) {
        buf->failed = true;
        return false;
    }
    size_t needed = buf->size + more;
    size_t capacity =
        buf->capacity < CT_BUF_FIRST_CAPACITY ? CT_BUF_FIRST_CAPACITY : buf->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    uint8_t *data = realloc(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

bool ct_buf_replace(struct ct_buf *buf, size_t at, size_t old_size, const void *bytes,
                    size_t size)
{
    if (size > old_size && !ct_buf_reserve(buf, size - old_size))
        return false;
    size_t behind = buf->size - at - old_size;
    if (size != old_size && behind != 0)
        memmove(buf->data + at + size, buf->data + at + old_size, behind);
    if (size != 0)
        memcpy(buf->data + at, bytes, size);
    buf->size += size - old_size;
    return true;
}
