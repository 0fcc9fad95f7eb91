/* trace/pack: the bytes of the reference packing, however the words are cut up. */
#include "trace/pack.h"

#include "check.h"
#include "reference.h"

#include <stdlib.h>

#define FULL 0x0102030405060708u   /* no zero byte */
#define NEARLY 0x0002030405060708u /* one: may go on with a run, not begin one */
#define SPARSE 0x0000000000000005u

/* Packs in pieces of `piece` words (random sizes if 0) and compares; then unpacks. */
static void check_words(const uint64_t *words, size_t count, size_t piece)
{
    struct ct_packer packer = {0};
    struct ct_buf out = {0};
    uint64_t state = count;
    for (size_t i = 0; i < count;) {
        size_t size = piece != 0 ? piece : check_random(&state) % 70;
        if (size > count - i)
            size = count - i;
        ct_pack(&packer, &out, words + i, size);
        i += size;
    }
    ct_pack_close(&packer, &out);
    struct bytes want = reference_pack(words, count);
    CHECK_BYTES(out.data, out.size, want.data, want.size);

    uint64_t run[CT_PACK_RUN];
    const uint8_t *in = out.data, *end = out.data + out.size;
    size_t at = 0;
    bool is_same = true;
    while (in < end) {
        size_t got = ct_unpack(&in, end, run);
        is_same = is_same && got != 0 && got <= count - at &&
                  memcmp(run, words + at, got * 8) == 0;
        if (!is_same)
            break;
        at += got;
    }
    CHECK(is_same && at == count);
    free(want.data);
    ct_buf_fini(&out);
}

static void check_all_pieces(const uint64_t *words, size_t count)
{
    check_words(words, count, count == 0 ? 1 : count);
    check_words(words, count, 1);
    check_words(words, count, 3);
    check_words(words, count, 0);
}

/* Runs of one kind of word of lengths about 256 and 512, before and behind others. */
static void test_runs(void)
{
    static const uint64_t kinds[] = {0, FULL, NEARLY, SPARSE};
    static const size_t sizes[] = {1, 2, 254, 255, 256, 257, 258, 511, 512, 513, 1100};
    uint64_t words[1200];
    for (size_t kind = 0; kind < 4; kind++)
        for (size_t before = 0; before < 4; before++)
            for (size_t behind = 0; behind < 4; behind++)
                for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                    size_t count = 0;
                    words[count++] = kinds[before];
                    for (size_t j = 0; j < sizes[i]; j++)
                        words[count++] = kinds[kind];
                    words[count++] = kinds[behind];
                    words[count++] = kinds[before];
                    check_all_pieces(words, count);
                }
}

static void test_random_words(void)
{
    static uint64_t words[5000];
    uint64_t state = 5;
    for (int round = 0; round < 200; round++) {
        size_t count = check_random(&state) % 5000;
        for (size_t i = 0; i < count;) {
            uint64_t kind = check_random(&state) % 5, run = check_random(&state) % 300;
            if (kind == 4)
                run = 1;
            for (; run != 0 && i < count; run--, i++) {
                uint64_t random = check_random(&state);
                words[i] = kind == 0   ? 0
                           : kind == 1 ? random | 0x0101010101010101u
                           : kind == 2 ? (random | 0x0101010101010101u) &
                                             ~(0xffull << 8 * (random % 8))
                           : kind == 3 ? random & check_random(&state) & 0xff00ff0000ffu
                                       : random;
            }
        }
        check_all_pieces(words, count);
    }
}

/* The examples of trace-formats.md 4.5. */
static void test_examples(void)
{
    struct ct_packer packer = {0};
    struct ct_buf out = {0};
    const uint64_t words[] = {0x0002000300000008, 0, 0, 0, 0, (uint64_t)-2, 0, 0};
    ct_pack(&packer, &out, words, 8);
    ct_pack_close(&packer, &out);
    CHECK_BYTES(
        out.data, out.size,
        "\x51\x08\x03\x02\x00\x03\xff\xfe\xff\xff\xff\xff\xff\xff\xff\x00\x00\x01", 18);
    ct_buf_fini(&out);
}

/* Every cut of a packed stream ends in 0, and nothing behind the end is read. */
static void test_cut_bytes(void)
{
    const uint64_t words[] = {FULL, NEARLY, 0, 0, SPARSE};
    for (size_t first = 0; first < 5; first++) {
        struct bytes packed = reference_pack(words + first, 5 - first);
        uint64_t run[CT_PACK_RUN];
        const uint8_t *in = packed.data;
        CHECK(ct_unpack(&in, packed.data + packed.size, run) != 0);
        size_t whole = (size_t)(in - packed.data);
        for (size_t size = 0; size < whole; size++) {
            uint8_t *cut = malloc(size + (size == 0));
            memcpy(cut, packed.data, size);
            in = cut;
            CHECK(ct_unpack(&in, cut + size, run) == 0 && in == cut);
            free(cut);
        }
        free(packed.data);
    }
}

static void test_joins(void)
{
    struct ct_packer packer = {0};
    struct ct_buf out = {0};
    CHECK(!ct_pack_joins(&packer, 0) && !ct_pack_joins(&packer, 0xff));
    ct_pack(&packer, &out, (const uint64_t[]){0}, 1);
    CHECK(ct_pack_joins(&packer, 0) && !ct_pack_joins(&packer, 0xff));
    ct_pack(&packer, &out, (const uint64_t[]){FULL}, 1);
    CHECK(!ct_pack_joins(&packer, 0) && ct_pack_joins(&packer, 0xff));
    CHECK(ct_pack_joins(&packer, 0x7f) && !ct_pack_joins(&packer, 0x3f));
    for (int i = 1; i < 256; i++)
        ct_pack(&packer, &out, (const uint64_t[]){FULL}, 1);
    CHECK(!ct_pack_joins(&packer, 0xff));
    ct_buf_fini(&out);
}

int main(void)
{
    test_examples();
    test_runs();
    test_random_words();
    test_cut_bytes();
    test_joins();
    return check_report();
}
