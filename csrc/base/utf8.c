/* UTF-8 checking and repair (utf8.h). Never reads behind the text, needs no NUL. */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS 0x8080808080808080u

/* Bytes of the well-formed sequence at p < end; 0 if there is none, and then *bad is
 * the number of bytes that one U+FFFD stands for. */
static size_t sequence_size(const uint8_t *p, const uint8_t *end, size_t *bad)
{
    uint8_t first = p[0], low = 0x80, high = 0xbf;
    size_t more;
    *bad = 1;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf) {
        more = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
        more = 2;
        if (first == 0xe0)
            low = 0xa0; /* smaller ones have a shorter form */
    } else if (first >= 0xf0 && first <= 0xf4) {
        more = 3;
        if (first == 0xf0)
            low = 0x90;
        else if (first == 0xf4)
            high = 0x8f; /* U+10FFFF is the last */
    } else {
        return 0;
    }
    for (size_t i = 1; i <= more; i++) {
        if (p + i == end || p[i] < low || p[i] > high) {
            *bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    if (first == 0xed && p[1] >= 0xa0) {
        *bad = 3;
        return 0;
    }
    return more + 1;
}

/* The end of the well-formed bytes from p on; *bad as above if that is before `end`. */
static const uint8_t *skip_valid(const uint8_t *p, const uint8_t *end, size_t *bad)
{
    while (p < end) {
        uint64_t eight;
        if (end - p >= 8 && (memcpy(&eight, p, 8), (eight & HIGH_BITS) == 0)) {
            p += 8;
            continue;
        }
        if (*p < 0x80) {
            p++;
            continue;
        }
        size_t size = sequence_size(p, end, bad);
        if (size == 0)
            break;
        p += size;
    }
    return p;
}

size_t ct_utf8_valid_size(struct ct_text text)
{
    const uint8_t *start = (const uint8_t *)text.bytes;
    size_t bad;
    return text.size == 0
               ? 0
               : (size_t)(skip_valid(start, start + text.size, &bad) - start);
}

void ct_utf8_append(struct ct_buf *out, struct ct_text text)
{
    const uint8_t *p = (const uint8_t *)text.bytes;
    size_t left = text.size;
    while (left != 0) {
        size_t bad = 0;
        size_t good = (size_t)(skip_valid(p, p + left, &bad) - p);
        ct_buf_append(out, p, good);
        if (good == left)
            return;
        ct_buf_append_text(out, CT_TEXT("\xef\xbf\xbd"));
        p += good + bad;
        left -= good + bad;
    }
}

size_t ct_utf8_cut(const char *bytes, size_t size)
{
    size_t end = size;
    while (end > 0 && size - end < 3 && ((uint8_t)bytes[end] & 0xc0) == 0x80)
        end--;
    return end == 0 ? size : end;
}
