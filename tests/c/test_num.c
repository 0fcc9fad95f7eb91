/* base/num: integers, doubles and base64 as text. */
#include "base/num.h"

#include "check.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void test_integers(void)
{
    static const int64_t values[] = {
        0,     9,      10,      99,        100,       -1,        -10,
        12345, -98765, 1000000, INT64_MAX, INT64_MIN, INT32_MIN, 4294967296};
    char text[CT_NUM_INT_MAX], want[32];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(want, sizeof want, "%" PRId64, values[i]);
        CHECK_TEXT(text, ct_num_i64(text, values[i]), want);
        snprintf(want, sizeof want, "%" PRIu64, (uint64_t)values[i]);
        CHECK_TEXT(text, ct_num_u64(text, (uint64_t)values[i]), want);
    }
    uint64_t power = 1;
    for (int i = 0; i < 20; i++, power *= 10)
        for (int step = -1; step <= 1; step++) {
            snprintf(want, sizeof want, "%" PRIu64, power + (uint64_t)step);
            CHECK_TEXT(text, ct_num_u64(text, power + (uint64_t)step), want);
        }
}

struct double_case {
    double value;
    const char *text;
};

static const struct double_case doubles[] = {
    {0.0, "0.0"},
    {-0.0, "-0.0"},
    {1.0, "1.0"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.30000000000000004"},
    {100.0, "100.0"},
    {123456789.0, "123456789.0"},
    {0.0001, "0.0001"},
    {0.00012345678901234567, "0.00012345678901234567"},
    {0.00001, "1e-05"},
    {1.5e-5, "1.5e-05"},
    {1e15, "1000000000000000.0"},
    {9007199254740991.0, "9007199254740991.0"},
    {9007199254740993.0, "9007199254740992.0"},
    {9999999999999998.0, "9999999999999998.0"},
    {1e16, "1e+16"},
    {1.2345e16, "1.2345e+16"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {9e22, "9e+22"},
    {1e300, "1e+300"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {-1.7976931348623157e308, "-1.7976931348623157e+308"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {2.2250738585072011e-308, "2.225073858507201e-308"},
    {5e-324, "5e-324"},
    {1e-323, "1e-323"},
    {1.5e-323, "1.5e-323"},
    {9007199254740992.0, "9007199254740992.0"},
    {2.0 / 3.0, "0.6666666666666666"},
    {4e15 + 0.5, "4000000000000000.5"},
    {0x1p-44, "5.684341886080802e-14"}, /* shorter than any nearest decimal */
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
    {NAN, "nan"},
    {-NAN, "nan"},
};

static void test_double_table(void)
{
    char text[CT_NUM_DOUBLE_MAX];
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
        if (!CHECK_TEXT(text, ct_num_double(text, doubles[i].value), doubles[i].text))
            fprintf(stderr, "  for %s\n", doubles[i].text);
}

/* The significant digits of printf's shortest text that reads back the same. */
static int shortest_by_printf(double value, char *text)
{
    for (int digits = 1;; digits++) {
        snprintf(text, 40, "%.*e", digits - 1, value);
        if (digits == 17 || strtod(text, NULL) == value)
            return digits;
    }
}

/* Reads back as the same, and is printf's decimal or has fewer digits (printf knows the
 * nearest decimals only, and beside a power of two a farther one may read back too). */
static bool is_right(double value)
{
    char text[CT_NUM_DOUBLE_MAX + 1], want[40], again[40];
    text[ct_num_double(text, value)] = '\0';
    int digits = shortest_by_printf(value, want);
    if (strtod(text, NULL) != value)
        return false;
    int count = 0;
    bool is_leading = true;
    const char *stop = text + strcspn(text, "e");
    char significant[32];
    for (const char *p = text; p < stop; p++) {
        if (*p == '-' || *p == '.' || (is_leading && *p == '0'))
            continue;
        is_leading = false;
        significant[count++] = *p;
    }
    while (count > 1 && significant[count - 1] == '0')
        count--;
    int at = 0;
    for (const char *p = want; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            again[at++] = *p;
    return count < digits ||
           (count == digits && memcmp(significant, again, (size_t)at) == 0);
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void test_doubles_against_printf(void)
{
    size_t wrong = 0;
    uint64_t state = 1;
    for (int i = 0; i < 50000; i++) {
        double value = double_of(check_random(&state));
        if (isfinite(value) && value != 0 && !is_right(value)) {
            wrong++;
            fprintf(stderr, "  wrong: %a\n", value);
        }
    }
    /* powers of two, where the interval below is half as wide, and their neighbours */
    for (uint64_t biased = 1; biased < 0x7ff; biased++)
        for (int step = -2; step <= 2; step++) {
            double value = double_of((biased << 52) + (uint64_t)step);
            if (isfinite(value) && !is_right(value)) {
                wrong++;
                fprintf(stderr, "  wrong: %a\n", value);
            }
        }
    for (uint64_t bits = 1; bits < 2000; bits++)
        wrong += !is_right(double_of(bits));
    CHECK(wrong == 0);
}

static void test_base64(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"\xff\xff\xfe\xfb\xf0", "///++/A="},
    };
    char text[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = strlen(cases[i][0]);
        CHECK(ct_num_base64_size(size) == strlen(cases[i][1]));
        CHECK_TEXT(text, ct_num_base64(text, cases[i][0], size), cases[i][1]);
    }
    CHECK_TEXT(text, ct_num_base64(text, "\1\0\0\0\0\0\0\0\0", 9), "AQAAAAAAAAAA");
}

int main(void)
{
    test_integers();
    test_double_table();
    test_doubles_against_printf();
    test_base64();
    return check_report();
}
