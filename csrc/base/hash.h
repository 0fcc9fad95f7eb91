/* Hashes of bytes: numbers that no other bytes are likely to have. Not against anyone
 * who looks for two that do. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t ct_hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product =
        (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xe7037ed1a0b428dbu);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to 8 bytes as a number, which their count makes unique. */
static inline uint64_t ct_hash_last_word(const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word = word << 8 | bytes[i];
    return word;
}

static inline uint64_t ct_hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
    const uint8_t *p = bytes;
    uint64_t hash = ct_hash_mix(seed, size);
    uint64_t word;
    for (; size >= 8; size -= 8, p += 8) {
        memcpy(&word, p, sizeof word);
        hash = ct_hash_mix(hash, word);
    }
    return ct_hash_mix(hash, ct_hash_last_word(p, size));
}
