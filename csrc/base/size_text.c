/* A number, a fraction, a unit; no locale. Called for settings of the policy. */
#include "base/size_text.h"

#include <string.h>

/* The power of 1024 that a unit stands for; 0 for anything else. */
static uint64_t unit_of(const char *text)
{
    static const char letters[] = "KkMmGgTt";
    uint64_t factor = 1;
    while (*text == ' ')
        text++;
    const char *letter = *text == '\0' ? NULL : strchr(letters, *text);
    if (letter != NULL) {
        factor = UINT64_C(1) << 10 * ((letter - letters) / 2 + 1);
        text += text[1] == 'i' || text[1] == 'I' ? 2 : 1;
    }
    if (*text == 'b' || *text == 'B')
        text++;
    return *text == '\0' ? factor : 0;
}

int64_t ct_size_parse(const char *text)
{
    if (text[0] < '0' || text[0] > '9')
        return -1;
    uint64_t whole = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        if (whole > INT64_MAX / 10 - 1)
            return -1;
        whole = whole * 10 + (uint64_t)(*text - '0');
    }
    double fraction = 0, place = 1;
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9'; text++)
            fraction += (*text - '0') * (place /= 10);
    }
    uint64_t factor = unit_of(text);
    if (factor == 0 || whole > (uint64_t)INT64_MAX / 2 / factor)
        return -1;
    return (int64_t)(whole * factor) + (int64_t)(fraction * (double)factor);
}
