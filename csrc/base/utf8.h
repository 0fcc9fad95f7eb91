/* Well-formed UTF-8 without surrogates, the only text a trace holds.
 *
 * Used where text enters: names, messages and strings of the traced program may hold
 * lone surrogates, paths and output any bytes. */
#pragma once

#include "base/buf.h"
#include "base/text.h"

#include <stddef.h>

/* Bytes at the start of `text` that are well-formed; `text.size` when all are. */
size_t ct_utf8_valid_size(struct ct_text text);

/* Appends `text` with U+FFFD in place of whatever is not well-formed: one for a lone
 * surrogate (3 bytes ED A0…BF xx), else one for each maximal part of a sequence. At
 * most 3 bytes for each byte of `text`. */
void ct_utf8_append(struct ct_buf *out, struct ct_text text);

/* Where to cut bytes that go on, at most `size`: not inside a character. */
size_t ct_utf8_cut(const char *bytes, size_t size);
