/* base/utf8: what is well-formed passes, everything else becomes U+FFFD. */
#include "base/utf8.h"

#include "check.h"

#define BAD "\xef\xbf\xbd"

struct utf8_case {
    struct ct_text in;
    const char *out;
};

#define CASE(in, out) {CT_TEXT(in), (out)}

static const struct utf8_case cases[] = {
    CASE("", ""),
    CASE("plain text, longer than one word", "plain text, longer than one word"),
    CASE("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
    CASE("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
         "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"),
    /* surrogates: one mark each, also for a pair */
    CASE("a\xed\xa0\x80z", "a" BAD "z"),
    CASE("\xed\xa0\xbd\xed\xb8\x80", BAD BAD),
    CASE("\xed\xbf\xbf", BAD),
    /* overlong, too large, stray, cut */
    CASE("\xc0\x80", BAD BAD),
    CASE("\xe0\x80\x80", BAD BAD BAD),
    CASE("\xf0\x8f\xbf\xbf", BAD BAD BAD BAD),
    CASE("\xf4\x90\x80\x80", BAD BAD BAD BAD),
    CASE("\xf5\xff", BAD BAD),
    CASE("\x80\xbf", BAD BAD),
    CASE("\xe2\x82", BAD),
    CASE("\xe2\x82"
         "a",
         BAD "a"),
    CASE("\xf0\x9f\x98", BAD),
    CASE("\xed\xa0", BAD),
    CASE("0123456\xff"
         "01234567\xc3",
         "0123456" BAD "01234567" BAD),
};

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ct_buf out = {0};
        ct_utf8_append(&out, cases[i].in);
        if (!CHECK_TEXT(out.data, out.size, cases[i].out))
            fprintf(stderr, "  case %zu\n", i);
        bool is_valid = ct_utf8_valid_size(cases[i].in) == cases[i].in.size;
        size_t size = strlen(cases[i].out);
        CHECK(is_valid == (size == cases[i].in.size &&
                           memcmp(cases[i].out, cases[i].in.bytes, size) == 0));
        ct_buf_fini(&out);
    }
}

static void test_nul_is_a_character(void)
{
    struct ct_buf out = {0};
    ct_utf8_append(&out, CT_TEXT("a\0b\xff\0"));
    CHECK_BYTES(out.data, out.size, "a\0b" BAD "\0", 7);
    ct_buf_fini(&out);
}

/* Every code point: well-formed but for the surrogates, which give one mark. */
static void test_every_code_point(void)
{
    size_t wrong = 0;
    for (uint32_t c = 0x80; c <= 0x10ffff; c++) {
        char text[4];
        size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = size, rest = c; i-- > 0; rest >>= 6)
            text[i] = (char)(i != 0      ? 0x80 | (rest & 0x3f)
                             : size == 2 ? 0xc0 | rest
                             : size == 3 ? 0xe0 | rest
                                         : 0xf0 | rest);
        bool is_surrogate = c >= 0xd800 && c <= 0xdfff;
        struct ct_text in = {text, size};
        wrong += ct_utf8_valid_size(in) != (is_surrogate ? 0 : size);
    }
    CHECK(wrong == 0);
}

int main(void)
{
    test_cases();
    test_nul_is_a_character();
    test_every_code_point();
    return check_report();
}
