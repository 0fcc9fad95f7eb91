/* Cap'n Proto's packing of words (trace-formats.md 4.5).
 *
 * A stream of words is packed in pieces of any size; what a piece leaves open, because
 * the next word may join it, stays in the packer. So the bytes are those of packing the
 * whole stream at once. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CT_PACK_RUN 256        /* most words in one run: its first and 255 further */
#define CT_PACK_TOKEN_MAX 2050 /* bytes of the longest run: tag, 8, count, 255 × 8 */

/* All zero: the beginning of a stream. At most one of the two runs is open. */
struct ct_packer {
    unsigned zeros;              /* zero words not written yet, 0 … 255 */
    unsigned full;               /* words in `words`, not written yet, 0 … 256 */
    uint64_t words[CT_PACK_RUN]; /* a run that begins with a word without zero bytes */
};

void ct_pack(struct ct_packer *packer, struct ct_buf *out, const uint64_t *words,
             size_t count);

/* Writes what is open, as at the end of the stream. */
void ct_pack_close(struct ct_packer *packer, struct ct_buf *out);

/* Whether the first word of packed bytes with this tag would join what is open. */
bool ct_pack_joins(const struct ct_packer *packer, uint8_t tag);

/* Reads one word, or a run, from packed bytes: the number of words, 1 … 256, and *in
 * moves on. 0: the bytes end before the run does. */
size_t ct_unpack(const uint8_t **in, const uint8_t *end, uint64_t words[CT_PACK_RUN]);
