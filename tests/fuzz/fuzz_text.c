/* Any bytes: base/utf8 makes well-formed text of them, trace/json a string that reads
 * back as that text. */
#include "base/utf8.h"
#include "trace/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

/* Undoes the escapes of `json` in place: the text between the quotes. */
static struct ct_text unescape(struct ct_buf *json)
{
    static const char letters[] = "\"\"\\\\b\bf\fn\nr\rt\t";
    char *in = (char *)json->data + 1, *end = (char *)json->data + json->size - 1;
    char *out = in;
    require(json->size >= 2 && json->data[0] == '"' && *end == '"');
    while (in < end) {
        require((uint8_t)*in >= 0x20 && *in != '"');
        if (*in != '\\') {
            *out++ = *in++;
            continue;
        }
        require(end - in >= 2);
        if (in[1] == 'u') {
            require(end - in >= 6 && in[2] == '0' && in[3] == '0');
            *out++ = (char)(hex_digit(in[4]) << 4 | hex_digit(in[5]));
            in += 6;
            continue;
        }
        size_t i = 0;
        while (letters[i] != '\0' && letters[i] != in[1])
            i += 2;
        require(letters[i] != '\0');
        *out++ = letters[i + 1];
        in += 2;
    }
    return (struct ct_text){(char *)json->data + 1,
                            (size_t)(out - ((char *)json->data + 1))};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_text in = {(const char *)data, size};
    struct ct_buf clean = {0}, json = {0};
    ct_utf8_append(&clean, in);
    struct ct_text text = {(const char *)clean.data, clean.size};
    require(clean.size <= 3 * size);
    require(ct_utf8_valid_size(text) == text.size);
    size_t valid = ct_utf8_valid_size(in);
    require(valid <= size && (valid == 0 || memcmp(data, text.bytes, valid) == 0));
    require((valid == size) ==
            (text.size == size && (size == 0 || memcmp(data, text.bytes, size) == 0)));

    ct_json_string(&json, text);
    struct ct_text again = unescape(&json);
    require(again.size == text.size &&
            (text.size == 0 || memcmp(again.bytes, text.bytes, text.size) == 0));
    ct_buf_fini(&clean);
    ct_buf_fini(&json);
    return 0;
}
