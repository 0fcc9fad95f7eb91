/* JSON strings and integers (json.h). Nothing is escaped that need not be. */
#include "trace/json.h"

#include "base/num.h"

#define EACH_BYTE 0x0101010101010101u
#define HIGH_BITS 0x8080808080808080u

/* High bits set where a byte of `eight` is zero, and perhaps in bytes behind it. */
static uint64_t zero_bytes(uint64_t eight)
{
    return (eight - EACH_BYTE) & ~eight & HIGH_BITS;
}

/* Not 0 if one of eight bytes is `"`, `\` or below 0x20; exact as such. */
static uint64_t needs_escape(uint64_t eight)
{
    uint64_t below = (eight - 0x20 * EACH_BYTE) & ~eight & HIGH_BITS;
    return below | zero_bytes(eight ^ '"' * EACH_BYTE) |
           zero_bytes(eight ^ '\\' * EACH_BYTE);
}

/* The first byte from p on that must be escaped, or `end`. */
static const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end)
{
    uint64_t eight;
    if (end - p >= 8) {
        const uint8_t *last = end - 8; /* looked at once more, in part */
        for (; p < last; p += 8) {
            memcpy(&eight, p, sizeof eight);
            if (needs_escape(eight))
                break;
        }
        memcpy(&eight, last, sizeof eight);
        if (p >= last && !needs_escape(eight))
            return end;
    }
    while (p < end && *p >= 0x20 && *p != '"' && *p != '\\')
        p++;
    return p;
}

static void append_escape(struct ct_buf *out, uint8_t byte)
{
    static const char letters[] = "btn\0fr"; /* of the bytes 8 … 13 */
    static const char hex[] = "0123456789abcdef";
    char letter = 0;
    if (byte >= 0x20)
        letter = (char)byte;
    else if (byte >= 8 && byte <= 13)
        letter = letters[byte - 8];
    if (letter != 0) {
        ct_buf_append(out, (const char[]){'\\', letter}, 2);
    } else {
        ct_buf_append(
            out, (const char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]},
            6);
    }
}

void ct_json_string(struct ct_buf *out, struct ct_text text)
{
    if (!ct_buf_reserve(out, text.size + 2))
        return;
    out->data[out->size++] = '"';
    if (text.size != 0) {
        const uint8_t *p = (const uint8_t *)text.bytes, *end = p + text.size, *stop;
        while ((stop = skip_plain(p, end)) != end) {
            ct_buf_append(out, p, (size_t)(stop - p));
            append_escape(out, *stop);
            p = stop + 1;
        }
        ct_buf_append(out, p, (size_t)(end - p));
    }
    ct_buf_append_byte(out, '"');
}

void ct_json_u64(struct ct_buf *out, uint64_t value)
{
    if (ct_buf_reserve(out, CT_NUM_INT_MAX))
        out->size += ct_num_u64((char *)out->data + out->size, value);
}

void ct_json_i64(struct ct_buf *out, int64_t value)
{
    if (ct_buf_reserve(out, CT_NUM_INT_MAX))
        out->size += ct_num_i64((char *)out->data + out->size, value);
}
