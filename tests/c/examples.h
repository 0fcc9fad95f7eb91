/* The example traces of trace-formats.md, driven through the writer interface, and the
 * files the page gives for them; and random traces. */
#pragma once

#include "trace/writer.h"

struct example {
    const char *name;
    void (*write)(struct ct_writer *writer);
    const char *json; /* trace.json */
    const char *hex;  /* trace.bin */
};

extern const struct example examples[];
extern const size_t example_count;

/* `records` records of all kinds with values of all kinds but Float, the same for the
 * same seed; they obey the format and not the rules of order and ids. */
void write_random(struct ct_writer *writer, uint64_t seed, size_t records);
