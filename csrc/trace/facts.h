/* What the tape says about the recording as a whole: the FACT records.
 *
 * Read twice: `ct_facts_read` takes what stands before the first event, since the
 * format decides which writer the replay needs; the replay adds the notes, which may
 * come anywhere. */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "base/text.h"
#include "tape/record_reader.h"

#include <stdbool.h>
#include <stddef.h>

struct ct_facts {
    struct ct_buf texts[CT_FACT_COUNT]; /* by enum ct_fact; the repeating ones are
                                              lists: size_t and bytes, in order */
};

void ct_facts_init(struct ct_facts *facts);
void ct_facts_fini(struct ct_facts *facts);

/* Reads the facts at the beginning of the tape in `dir`, but no notes. */
CT_NODISCARD enum ct_status ct_facts_read(struct ct_facts *facts, const char *dir,
                                          struct ct_error *err);

/* Adds a fact; an unknown one is passed over. */
void ct_facts_add(struct ct_facts *facts, uint8_t fact, struct ct_text text);

/* A fact that does not repeat; empty if the tape does not have it. */
struct ct_text ct_facts_get(const struct ct_facts *facts, enum ct_fact fact);
/* One that is a decimal number; 0 if it is not there. */
uint64_t ct_facts_number(const struct ct_facts *facts, enum ct_fact fact);
bool ct_facts_is(const struct ct_facts *facts, enum ct_fact fact, const char *text);

/* The text at *offset of a repeating fact, moving *offset on; false behind the last. */
bool ct_facts_next(const struct ct_facts *facts, enum ct_fact fact, size_t *offset,
                   struct ct_text *text);

bool ct_facts_failed(const struct ct_facts *facts);
