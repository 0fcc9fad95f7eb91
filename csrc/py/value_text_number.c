/* The texts of numbers: ints, floats, complex, Decimal.
 *
 * A Decimal is read as libmpdec keeps it: its own methods ask for the thread's decimal
 * context and would make one. */
#include "py/value_text_parts.h"

#include "base/num.h"

/* Bits of an int that is always written out: fewer than the 640 digits to which
 * sys.set_int_max_str_digits can lower the limit of decimal texts. */
#define CT_INT_TEXT_BITS 2120

void ct_parts_append_int(struct ct_parts *parts, PyObject *integer)
{
    int overflow;
    int64_t value = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow == 0) {
        char text[CT_NUM_INT_MAX];
        ct_buf_append(parts->out, text, ct_num_i64(text, value));
        return;
    }
    size_t bits = ct_int_bits(integer);
    bool is_short =
        bits <= CT_INT_TEXT_BITS && bits / 8 <= (size_t)parts->policy->max_string + 8;
    PyObject *text = is_short ? PyLong_Type.tp_repr(integer) : NULL;
    if (text != NULL) {
        ct_text_append_all(parts->out, text);
        Py_DECREF(text);
    } else {
        PyErr_Clear();
        ct_text_append_format(parts->out, "<int, %zu bits>", bits);
    }
}

void ct_text_append_double(struct ct_buf *out, double value)
{
    char text[CT_NUM_DOUBLE_MAX];
    ct_buf_append(out, text, ct_num_double(text, value));
}

/* Half of a complex number: a float without `.0`. */
static void append_half(struct ct_buf *out, double value, bool has_sign)
{
    char text[CT_NUM_DOUBLE_MAX];
    size_t size = ct_num_double(text, value);
    if (size > 2 && memcmp(text + size - 2, ".0", 2) == 0)
        size -= 2;
    if (has_sign && text[0] != '-')
        ct_buf_append_byte(out, '+');
    ct_buf_append(out, text, size);
}

void ct_parts_append_complex(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    Py_complex value = ((PyComplexObject *)object)->cval;
    uint64_t real_bits;
    memcpy(&real_bits, &value.real, sizeof real_bits);
    if (real_bits == 0) { /* 0.0, but not -0.0 */
        append_half(out, value.imag, false);
        ct_buf_append_byte(out, 'j');
        return;
    }
    ct_buf_append_byte(out, '(');
    append_half(out, value.real, false);
    append_half(out, value.imag, true);
    ct_text_append_literal(out, "j)");
}

#define CT_DECIMAL_WORD_DIGITS 19

/* A Decimal: _decimal.c's object around libmpdec's mpd_t, alike in all versions. */
struct decimal {
    PyObject ob_base;
    Py_hash_t hash;
    uint8_t flags;
    int64_t exponent;
    int64_t digits;
    int64_t word_count;
    int64_t capacity;
    const uint64_t *words; /* the least significant first, 19 digits each */
    uint64_t first_words[4];
};

enum { DECIMAL_NEGATIVE = 1, DECIMAL_INFINITE = 2, DECIMAL_NAN = 4, DECIMAL_SNAN = 8 };

/* Whether what lies there makes sense as a Decimal. */
static bool is_sound(const struct decimal *decimal, const PyTypeObject *type)
{
    while (type->tp_base != &PyBaseObject_Type && type->tp_base != NULL)
        type = type->tp_base;
    if (type->tp_basicsize != sizeof *decimal)
        return false;
    int64_t digits = decimal->digits, words = decimal->word_count;
    bool is_special = (decimal->flags & ~DECIMAL_NEGATIVE & 15) != 0;
    return digits >= 0 && words >= 0 && (words > 0 || is_special) &&
           (words == 0 || (decimal->words != NULL && words <= decimal->capacity &&
                           words == (digits - 1) / CT_DECIMAL_WORD_DIGITS + 1));
}

/* Appends the digits `from` … `to`-1 of the coefficient, the first being the highest.
 */
static void append_digits(struct ct_buf *out, const struct decimal *decimal,
                          int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        int64_t place = decimal->digits - 1 - i;
        uint64_t word = decimal->words[place / CT_DECIMAL_WORD_DIGITS];
        for (int64_t skip = place % CT_DECIMAL_WORD_DIGITS; skip > 0; skip--)
            word /= 10;
        ct_buf_append_byte(out, (uint8_t)('0' + word % 10));
    }
}

/* A finite number as the specification's to-scientific-string gives it. One of more
 * than `limit` digits always shows its exponent. */
static void append_finite(struct ct_buf *out, const struct decimal *decimal,
                          int64_t limit)
{
    int64_t digits = decimal->digits, point = digits + decimal->exponent;
    bool is_cut = digits > limit;
    if (!is_cut && decimal->exponent == 0) {
        append_digits(out, decimal, 0, digits);
    } else if (!is_cut && decimal->exponent < 0 && point > 0) {
        append_digits(out, decimal, 0, point);
        ct_buf_append_byte(out, '.');
        append_digits(out, decimal, point, digits);
    } else if (!is_cut && decimal->exponent < 0 && point > -6) {
        ct_text_append_format(out, "0.%.*s", (int)-point, "00000");
        append_digits(out, decimal, 0, digits);
    } else {
        append_digits(out, decimal, 0, 1);
        if (digits > 1)
            ct_buf_append_byte(out, '.');
        append_digits(out, decimal, 1, is_cut ? limit : digits);
        if (is_cut)
            ct_text_append_literal(out, "…");
        ct_text_append_format(out, "E%+lld", (long long)(point - 1));
    }
}

void ct_parts_append_decimal(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    const struct decimal *decimal = (const struct decimal *)(void *)object;
    int64_t limit = Py_MAX(parts->policy->max_string, 1);
    if (!is_sound(decimal, Py_TYPE(object))) {
        ct_text_append_object(out, Py_TYPE(object));
        return;
    }
    ct_text_append_literal(out, "Decimal('");
    if (decimal->flags & DECIMAL_NEGATIVE)
        ct_buf_append_byte(out, '-');
    if (decimal->flags & DECIMAL_INFINITE) {
        ct_text_append_literal(out, "Infinity");
    } else if (decimal->flags & (DECIMAL_NAN | DECIMAL_SNAN)) {
        ct_text_append_literal(out, decimal->flags & DECIMAL_SNAN ? "sNaN" : "NaN");
        if (decimal->word_count > 0)
            append_digits(out, decimal, 0, Py_MIN(decimal->digits, limit));
        if (decimal->digits > limit)
            ct_text_append_literal(out, "…");
    } else {
        append_finite(out, decimal, limit);
    }
    ct_text_append_literal(out, "')");
}
