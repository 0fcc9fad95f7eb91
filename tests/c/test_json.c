/* trace/json: escaping, byte by byte at every alignment, and integers. */
#include "trace/json.h"

#include "check.h"

/* The escape of one byte as trace-formats.md 3 has it, written down once more. */
static size_t escape(char *out, unsigned byte)
{
    static const char short_ones[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i < sizeof short_ones - 1; i += 2)
        if ((unsigned char)short_ones[i] == byte)
            return (size_t)sprintf(out, "\\%c", short_ones[i + 1]);
    if (byte < 0x20)
        return (size_t)sprintf(out, "\\u%04x", byte);
    out[0] = (char)byte;
    return 1;
}

static void check_string(struct ct_text text)
{
    char want[2048];
    size_t size = 0;
    want[size++] = '"';
    for (size_t i = 0; i < text.size; i++)
        size += escape(want + size, (unsigned char)text.bytes[i]);
    want[size++] = '"';
    struct ct_buf out = {0};
    ct_json_string(&out, text);
    CHECK_BYTES(out.data, out.size, want, size);
    ct_buf_fini(&out);
}

static void test_every_byte_everywhere(void)
{
    char text[24];
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 20; at++) {
            memset(text, 'a', sizeof text);
            text[at] = (char)byte;
            check_string((struct ct_text){text, 20});
            check_string((struct ct_text){text + at, 20 - at});
        }
}

static void test_random_bytes(void)
{
    uint64_t state = 3;
    char text[200];
    for (int i = 0; i < 2000; i++) {
        size_t size = check_random(&state) % sizeof text;
        uint64_t mask = i % 2 == 0 ? 0xff : 0x3f;
        for (size_t j = 0; j < size; j++)
            text[j] = (char)(check_random(&state) & mask);
        check_string((struct ct_text){text, size});
    }
}

static void test_fixed_texts(void)
{
    struct ct_buf out = {0};
    ct_json_string(&out, CT_TEXT(""));
    ct_json_string(&out, CT_TEXT("a/\"\\\b\f\n\r\t\0\x1f\x7f\xc3\xa9"));
    ct_json_u64(&out, UINT64_MAX);
    ct_json_i64(&out, INT64_MIN);
    CHECK_TEXT(out.data, out.size,
               "\"\"\"a/\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xc3\xa9\""
               "18446744073709551615-9223372036854775808");
    ct_buf_fini(&out);
}

int main(void)
{
    test_every_byte_everywhere();
    test_random_bytes();
    test_fixed_texts();
    return check_report();
}
