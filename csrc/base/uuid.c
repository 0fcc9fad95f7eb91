/* 48 bits of milliseconds, then random bits from the system. */
#include "base/uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

void ct_uuid7(char out[CT_UUID_TEXT_SIZE])
{
    uint8_t b[16];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b) {
        uint64_t seed[2] = {(uint64_t)now.tv_nsec, (uint64_t)getpid()};
        memcpy(b, seed, sizeof b);
    }
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)(ms >> (8 * (5 - i)));
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0f));
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
    snprintf(out, CT_UUID_TEXT_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
             b[12], b[13], b[14], b[15]);
}
