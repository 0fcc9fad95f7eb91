/* Opening of the trace.bin writer with limits of one's own, for tests. */
#pragma once

#include "trace/writer.h"

#include <stdint.h>

/* Limits of the format, whose defaults stand in capnp_file.h, and of its writer. */
struct ct_capnp_limits {
    uint64_t segment_words;
    uint64_t payload_words; /* of one record; a third of the segment's at most */
    uint64_t records;
    uint64_t plain_size; /* bytes of packed payloads, up to which the layout is that of
                            trace-formats.md 4.4 */
};

/* ct_writer_capnp_new with other limits, not above the format's. */
struct ct_writer *ct_writer_capnp_new_limited(const char *temporary_path,
                                              struct ct_capnp_limits limits,
                                              struct ct_error *err);
