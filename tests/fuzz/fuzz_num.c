/* Any eight bytes as a double: its text reads back as the same, and removing its last
 * digit gives another number. The same bytes as an integer. */
#include "base/num.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_double(double value)
{
    char text[CT_NUM_DOUBLE_MAX + 1], shorter[40];
    size_t size = ct_num_double(text, value);
    require(size <= CT_NUM_DOUBLE_MAX);
    text[size] = '\0';
    if (isnan(value)) {
        require(strcmp(text, "nan") == 0);
        return;
    }
    double again = strtod(text, NULL);
    require(memcmp(&again, &value, sizeof value) == 0);
    if (isinf(value))
        return;
    int digits = 0;
    for (const char *p = text; *p != '\0' && *p != 'e'; p++)
        digits += (*p >= '1' && *p <= '9') || (*p == '0' && digits != 0);
    for (const char *p = text + strcspn(text, "e");
         p > text && (p[-1] == '0' || p[-1] == '.'); p--)
        digits -= digits != 0 && p[-1] == '0';
    if (digits > 1) {
        snprintf(shorter, sizeof shorter, "%.*e", digits - 2, value);
        require(strtod(shorter, NULL) != value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (; size >= 8; data += 8, size -= 8) {
        double value;
        uint64_t number;
        char text[CT_NUM_INT_MAX + 1];
        memcpy(&value, data, sizeof value);
        memcpy(&number, data, sizeof number);
        check_double(value);
        text[ct_num_u64(text, number)] = '\0';
        require(strtoull(text, NULL, 10) == number);
        text[ct_num_i64(text, (int64_t)number)] = '\0';
        require(strtoll(text, NULL, 10) == (int64_t)number);
    }
    return 0;
}
