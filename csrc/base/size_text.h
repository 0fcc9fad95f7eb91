/* Sizes as people write them: "500M", "1.5 GiB", "4096". */
#pragma once

#include <stdint.h>

/* The bytes that a text stands for; -1 for one that is no size. Units are K, M, G and
 * T, of either case, with or without `B` or `iB`: powers of 1024. */
int64_t ct_size_parse(const char *text);
