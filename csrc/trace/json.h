/* Pieces of JSON, appended to a buffer (trace-formats.md 3). */
#pragma once

#include "base/buf.h"
#include "base/text.h"

#include <stdint.h>

/* Appends `text`, valid UTF-8, as a JSON string with its quotes. */
void ct_json_string(struct ct_buf *out, struct ct_text text);

void ct_json_u64(struct ct_buf *out, uint64_t value);
void ct_json_i64(struct ct_buf *out, int64_t value);
