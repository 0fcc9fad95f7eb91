/* Any bytes unpacked as far as they go: the words, packed in pieces of any size, are
 * the bytes of packing them at once and unpack to the same words. */
#include "trace/pack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* The words of packed bytes; *is_whole if the bytes end with a word. */
static struct ct_buf unpack(const uint8_t *data, size_t size, bool *is_whole)
{
    struct ct_buf words = {0};
    uint64_t run[CT_PACK_RUN];
    const uint8_t *end = data + size;
    for (size_t count; (count = ct_unpack(&data, end, run)) != 0;) {
        require(count <= CT_PACK_RUN && data <= end);
        ct_buf_append(&words, run, count * 8);
    }
    *is_whole = data == end;
    return words;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t piece = 1 + data[0];
    bool is_whole;
    struct ct_buf words = unpack(data + 1, size - 1, &is_whole);
    const uint64_t *first = (const uint64_t *)(const void *)words.data;
    size_t count = words.size / 8;

    struct ct_packer packer = {0};
    struct ct_buf once = {0}, pieces = {0};
    ct_pack(&packer, &once, first, count);
    ct_pack_close(&packer, &once);
    for (size_t i = 0; i < count; i += piece)
        ct_pack(&packer, &pieces, first + i, count - i < piece ? count - i : piece);
    ct_pack_close(&packer, &pieces);
    require(once.size == pieces.size &&
            (once.size == 0 || memcmp(once.data, pieces.data, once.size) == 0));

    struct ct_buf again = unpack(once.data, once.size, &is_whole);
    require(is_whole && again.size == words.size &&
            (words.size == 0 || memcmp(again.data, words.data, words.size) == 0));
    ct_buf_fini(&words);
    ct_buf_fini(&once);
    ct_buf_fini(&pieces);
    ct_buf_fini(&again);
    return 0;
}
