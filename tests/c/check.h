/* What every C test uses: checks that count, and a report at the end of main. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static size_t check_passed, check_failed;

static inline bool check_one(bool is_good, const char *text, const char *file, int line)
{
    if (is_good) {
        check_passed++;
    } else {
        check_failed++;
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
    }
    return is_good;
}

static inline bool check_bytes(const void *got, size_t got_size, const void *want,
                               size_t want_size, const char *file, int line)
{
    bool is_good =
        got_size == want_size && (want_size == 0 || memcmp(got, want, want_size) == 0);
    if (!check_one(is_good, "the bytes are those expected", file, line)) {
        size_t i = 0;
        while (i < got_size && i < want_size &&
               ((const uint8_t *)got)[i] == ((const uint8_t *)want)[i])
            i++;
        fprintf(stderr, "  %zu bytes, expected %zu; first difference at %zu\n",
                got_size, want_size, i);
    }
    return is_good;
}

#define CHECK(condition) check_one((condition), #condition, __FILE__, __LINE__)
#define CHECK_BYTES(got, got_size, want, want_size)                                    \
    check_bytes((got), (got_size), (want), (want_size), __FILE__, __LINE__)
#define CHECK_TEXT(got, got_size, want)                                                \
    check_bytes((got), (got_size), (want), strlen(want), __FILE__, __LINE__)

/* The exit status of main. */
static inline int check_report(void)
{
    printf("%zu passed, %zu failed\n", check_passed, check_failed);
    return check_failed != 0 || check_passed == 0;
}

/* A deterministic stream of random numbers (splitmix64); *state may begin anywhere. */
static inline uint64_t check_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
