/* LEB128 variable-length integers and zigzag, as the tape uses them.
 *
 * `ct_varint_put` needs CT_VARINT_MAX free bytes. `ct_varint_get` trusts nothing: it
 * never reads at or behind `end` and refuses an encoding of more than 64 bits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CT_VARINT_MAX 10 /* bytes of the longest 64-bit varint */

static inline uint8_t *ct_varint_put(uint8_t *out, uint64_t value)
{
    while (value >= 0x80) {
        *out++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *out++ = (uint8_t)value;
    return out;
}

static inline bool ct_varint_get(const uint8_t **in, const uint8_t *end,
                                 uint64_t *value)
{
    const uint8_t *p = *in;
    if (p != end && *p < 0x80) { /* most of them */
        *value = *p;
        *in = p + 1;
        return true;
    }
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (p == end)
            return false;
        uint8_t byte = *p++;
        if (shift == 63 && byte > 1)
            return false;
        result |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *in = p;
            *value = result;
            return true;
        }
    }
    return false;
}

static inline uint64_t ct_zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

static inline int64_t ct_unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}
