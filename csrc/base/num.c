/* Integers, doubles and base64 (num.h).
 *
 * The shortest text of a double is found by the method of R. Giulietti's paper "The
 * Schubfach way to render doubles": scale the double and the two ends of its rounding
 * interval by a power of ten, so that the interval is between 1 and 10 wide, and take
 * the multiple of ten, or else the integer, that lies in it. The scaled numbers carry
 * two more bits, the lowest of which says whether anything was cut off, and that is
 * enough to compare exactly. */
#include "base/num.h"

#include "base/num_powers.h"

#include <stdbool.h>
#include <string.h>

static const char digit_pairs[] = "00010203040506070809"
                                  "10111213141516171819"
                                  "20212223242526272829"
                                  "30313233343536373839"
                                  "40414243444546474849"
                                  "50515253545556575859"
                                  "60616263646566676869"
                                  "70717273747576777879"
                                  "80818283848586878889"
                                  "90919293949596979899";

size_t ct_num_u64(char *out, uint64_t value)
{
    if (value < 10) {
        out[0] = (char)('0' + value);
        return 1;
    }
    char text[CT_NUM_INT_MAX];
    char *start = text + sizeof text;
    for (; value >= 100; value /= 100) {
        start -= 2;
        memcpy(start, digit_pairs + value % 100 * 2, 2);
    }
    if (value >= 10) {
        start -= 2;
        memcpy(start, digit_pairs + value * 2, 2);
    } else {
        *--start = (char)('0' + value);
    }
    size_t size = (size_t)(text + sizeof text - start);
    memcpy(out, start, size);
    return size;
}

size_t ct_num_i64(char *out, int64_t value)
{
    if (value >= 0)
        return ct_num_u64(out, (uint64_t)value);
    out[0] = '-';
    return 1 + ct_num_u64(out + 1, -(uint64_t)value);
}

/* ---- doubles ------------------------------------------------------------------ */

#define FRACTION_BITS 52
#define EXPONENT_MAX 0x7ff

struct decimal {
    uint64_t digits;
    int exponent; /* the number is digits × 10^exponent */
};

/* floor(power × factor / 2^128), with the lowest bit set if anything was cut off. */
static uint64_t scale(const uint64_t power[2], uint64_t factor)
{
    __extension__ typedef unsigned __int128 u128;
    u128 low = (u128)power[1] * factor;
    u128 high = (u128)power[0] * factor + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest decimal inside the rounding interval of a positive finite double, and
 * of the shortest ones the nearest. May end in zeros. */
static struct decimal shortest_decimal(uint64_t fraction, int biased)
{
    uint64_t significand = biased == 0 ? fraction : fraction | 1ull << FRACTION_BITS;
    int exponent = (biased == 0 ? 1 : biased) - (1023 + FRACTION_BITS);
    bool is_odd = significand & 1; /* then the ends round away from it */
    bool is_near_below = fraction == 0 && biased > 1; /* half the distance below */

    /* floor(log10(width of the interval)), floor(log2(10^-k)): exact in this range */
    int k = (exponent * 1262611 - (is_near_below ? 524031 : 0)) >> 22;
    int shift = exponent + ((-k * 1741647) >> 19) + 1;
    const uint64_t *power = ct_powers[-k - CT_POWER_LOWEST];
    uint64_t lower =
        scale(power, (4 * significand - 2 + is_near_below) << shift) + is_odd;
    uint64_t middle = scale(power, (4 * significand) << shift);
    uint64_t upper = scale(power, (4 * significand + 2) << shift) - is_odd;

    uint64_t floor = middle / 4;
    if (floor >= 10) {
        uint64_t tens = floor / 10;
        bool has_below = lower <= 40 * tens, has_above = 40 * tens + 40 <= upper;
        if (has_below != has_above)
            return (struct decimal){tens + has_above, k + 1};
    }
    bool has_below = lower <= 4 * floor, has_above = 4 * floor + 4 <= upper;
    if (has_below != has_above)
        return (struct decimal){floor + has_above, k};
    uint64_t half = 4 * floor + 2;
    bool is_up = middle > half || (middle == half && (floor & 1));
    return (struct decimal){floor + is_up, k};
}

static size_t put_exponent(char *out, int exponent)
{
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    out[0] = 'e';
    out[1] = exponent < 0 ? '-' : '+';
    if (size < 10) {
        out[2] = '0';
        return 3 + ct_num_u64(out + 3, size);
    }
    return 2 + ct_num_u64(out + 2, size);
}

/* `digits` as Python places them; `point` is the position of the decimal point. */
static size_t put_decimal(char *out, const char *digits, int count, int point)
{
    size_t size = (size_t)count;
    if (point <= -4 || point > 16) {
        out[0] = digits[0];
        if (size == 1)
            return 1 + put_exponent(out + 1, point - 1);
        out[1] = '.';
        memcpy(out + 2, digits + 1, size - 1);
        return size + 1 + put_exponent(out + size + 1, point - 1);
    }
    if (point <= 0) {
        size_t zeros = (size_t)-point;
        memcpy(out, "0.000", 2 + zeros);
        memcpy(out + 2 + zeros, digits, size);
        return 2 + zeros + size;
    }
    size_t whole = (size_t)point;
    if (count <= point) {
        memcpy(out, digits, size);
        memset(out + size, '0', whole - size);
        memcpy(out + whole, ".0", 2);
        return whole + 2;
    }
    memcpy(out, digits, whole);
    out[whole] = '.';
    memcpy(out + whole + 1, digits + whole, size - whole);
    return size + 1;
}

size_t ct_num_double(char *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & ((1ull << FRACTION_BITS) - 1);
    int biased = (int)(bits >> FRACTION_BITS) & EXPONENT_MAX;
    if (biased == EXPONENT_MAX && fraction != 0) {
        memcpy(out, "nan", 3);
        return 3;
    }
    size_t sign = bits >> 63;
    if (sign)
        *out++ = '-';
    if (biased == EXPONENT_MAX) {
        memcpy(out, "inf", 3);
        return sign + 3;
    }
    double size = sign ? -value : value;
    if (size < 9007199254740992.0 && size == (double)(int64_t)size) {
        size_t whole = ct_num_u64(out, (uint64_t)size);
        memcpy(out + whole, ".0", 2);
        return sign + whole + 2;
    }
    struct decimal decimal = shortest_decimal(fraction, biased);
    char digits[CT_NUM_INT_MAX];
    int count = (int)ct_num_u64(digits, decimal.digits);
    int point = count + decimal.exponent;
    while (digits[count - 1] == '0')
        count--;
    return sign + put_decimal(out, digits, count, point);
}

/* ---- base64 ------------------------------------------------------------------- */

size_t ct_num_base64(char *out, const void *bytes, size_t size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = bytes;
    char *start = out;
    for (; size != 0; out += 4) {
        size_t part = size < 3 ? size : 3;
        uint32_t group = (uint32_t)in[0] << 16;
        if (part > 1)
            group |= (uint32_t)in[1] << 8;
        if (part > 2)
            group |= in[2];
        out[0] = alphabet[group >> 18];
        out[1] = alphabet[group >> 12 & 63];
        out[2] = part > 1 ? alphabet[group >> 6 & 63] : '=';
        out[3] = part > 2 ? alphabet[group & 63] : '=';
        in += part;
        size -= part;
    }
    return (size_t)(out - start);
}
