/* Packing and unpacking of words (pack.h). A word in memory has the bytes of the file,
 * so the machine is little-endian. */
#include "trace/pack.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "words are copied as they are");

#define LOW_BITS 0x7f7f7f7f7f7f7f7fu
#define PIECE_WORDS 1024 /* words for which room is made at once */
#define WORD_MAX 10      /* bytes of the longest packed word: a run of one */

/* Bit j is set if byte j is not zero. */
static unsigned tag_of(uint64_t word)
{
    uint64_t high = (((word & LOW_BITS) + LOW_BITS) | word) & ~LOW_BITS;
    return (unsigned)((high >> 7) * 0x0102040810204080u >> 56);
}

/* At most one of the eight bytes is zero. */
static bool is_nearly_full(unsigned tag)
{
    unsigned zeros = tag ^ 0xff;
    return (zeros & (zeros - 1)) == 0;
}

static uint8_t *put_zeros(struct ct_packer *packer, uint8_t *out)
{
    out[0] = 0;
    out[1] = (uint8_t)(packer->zeros - 1);
    packer->zeros = 0;
    return out + 2;
}

static uint8_t *put_full(struct ct_packer *packer, uint8_t *out)
{
    size_t further = packer->full - 1;
    out[0] = 0xff;
    memcpy(out + 1, packer->words, 8);
    out[9] = (uint8_t)further;
    memcpy(out + 10, packer->words + 1, further * 8);
    packer->full = 0;
    return out + 10 + further * 8;
}

static uint8_t *put_word(uint8_t *out, uint64_t word, unsigned tag)
{
    *out++ = (uint8_t)tag;
    for (; tag != 0; tag &= tag - 1)
        *out++ = (uint8_t)(word >> 8 * __builtin_ctz(tag));
    return out;
}

static uint8_t *pack_piece(struct ct_packer *packer, uint8_t *out,
                           const uint64_t *words, size_t count)
{
    for (const uint64_t *end = words + count; words < end; words++) {
        uint64_t word = *words;
        if (word == 0) {
            if (packer->full != 0)
                out = put_full(packer, out);
            if (++packer->zeros == CT_PACK_RUN)
                out = put_zeros(packer, out);
            continue;
        }
        unsigned tag = tag_of(word);
        if (packer->full != 0) {
            if (packer->full < CT_PACK_RUN && is_nearly_full(tag)) {
                packer->words[packer->full++] = word;
                continue;
            }
            out = put_full(packer, out);
        } else if (packer->zeros != 0) {
            out = put_zeros(packer, out);
        }
        if (tag == 0xff)
            packer->words[packer->full++] = word;
        else
            out = put_word(out, word, tag);
    }
    return out;
}

void ct_pack(struct ct_packer *packer, struct ct_buf *out, const uint64_t *words,
             size_t count)
{
    while (count != 0) {
        size_t piece = count < PIECE_WORDS ? count : PIECE_WORDS;
        size_t open = 2 + 8 * (size_t)packer->full + WORD_MAX;
        if (!ct_buf_reserve(out, open + WORD_MAX * piece))
            return;
        uint8_t *stop = pack_piece(packer, out->data + out->size, words, piece);
        out->size = (size_t)(stop - out->data);
        words += piece;
        count -= piece;
    }
}

void ct_pack_close(struct ct_packer *packer, struct ct_buf *out)
{
    if (!ct_buf_reserve(out, CT_PACK_TOKEN_MAX))
        return;
    uint8_t *stop = out->data + out->size;
    if (packer->full != 0)
        stop = put_full(packer, stop);
    else if (packer->zeros != 0)
        stop = put_zeros(packer, stop);
    out->size = (size_t)(stop - out->data);
}

bool ct_pack_joins(const struct ct_packer *packer, uint8_t tag)
{
    if (packer->full != 0)
        return packer->full < CT_PACK_RUN && is_nearly_full(tag);
    return packer->zeros != 0 && tag == 0;
}

size_t ct_unpack(const uint8_t **in, const uint8_t *end, uint64_t words[CT_PACK_RUN])
{
    const uint8_t *p = *in;
    if (p == end)
        return 0;
    unsigned tag = *p++;
    size_t size = (size_t)__builtin_popcount(tag), left = (size_t)(end - p);
    size_t count_size = tag == 0 || tag == 0xff;
    if (left < size + count_size)
        return 0;
    words[0] = 0;
    for (unsigned j = 0; j < 8; j++)
        if (tag >> j & 1)
            words[0] |= (uint64_t)*p++ << 8 * j;
    size_t further = count_size != 0 ? *p++ : 0;
    if (tag == 0) {
        memset(words + 1, 0, further * 8);
    } else if (tag == 0xff) {
        if ((size_t)(end - p) < further * 8)
            return 0;
        memcpy(words + 1, p, further * 8);
        p += further * 8;
    }
    *in = p;
    return 1 + further;
}
