/* A growable byte buffer with a sticky out-of-memory flag.
 *
 * Owned by whoever embeds it: `ct_buf_init` (or zeroed memory), then `ct_buf_fini`.
 * Appending to a failed buffer does nothing, so callers check `failed` once at the end.
 */
#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ct_buf {
    uint8_t *data;   /* owned, malloc */
    size_t size;     /* bytes used */
    size_t capacity; /* bytes allocated */
    bool failed;     /* an allocation failed; sticky until ct_buf_fini */
};

static inline void ct_buf_init(struct ct_buf *buf)
{
    memset(buf, 0, sizeof *buf);
}

void ct_buf_fini(struct ct_buf *buf);

/* Makes room for `more` bytes behind `size`; false (and failed) when memory is out. */
bool ct_buf_grow(struct ct_buf *buf, size_t more);

static inline bool ct_buf_reserve(struct ct_buf *buf, size_t more)
{
    return more <= buf->capacity - buf->size && !buf->failed ? true
                                                             : ct_buf_grow(buf, more);
}

static inline void ct_buf_append(struct ct_buf *buf, const void *bytes, size_t size)
{
    if (size != 0 && ct_buf_reserve(buf, size)) {
        memcpy(buf->data + buf->size, bytes, size);
        buf->size += size;
    }
}

/* Puts `size` bytes in the place of `old_size` from `at` on; false, and the buffer is
 * as it was, when memory is out. */
bool ct_buf_replace(struct ct_buf *buf, size_t at, size_t old_size, const void *bytes,
                    size_t size);

static inline void ct_buf_append_byte(struct ct_buf *buf, uint8_t byte)
{
    if (ct_buf_reserve(buf, 1))
        buf->data[buf->size++] = byte;
}

static inline void ct_buf_append_text(struct ct_buf *buf, struct ct_text text)
{
    ct_buf_append(buf, text.bytes, text.size);
}

/* The bytes from an offset on; NULL as long as the buffer has no memory. */
static inline const uint8_t *ct_buf_at(const struct ct_buf *buf, size_t at)
{
    return buf->data == NULL ? NULL : buf->data + at;
}

static inline struct ct_text ct_buf_text(const struct ct_buf *buf)
{
    return (struct ct_text){(const char *)buf->data, buf->size};
}

static inline void ct_buf_clear(struct ct_buf *buf)
{
    buf->size = 0;
}
