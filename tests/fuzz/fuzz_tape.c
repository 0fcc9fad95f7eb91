/* Fuzz target: any bytes as a tape, replayed into a writer that checks the rules of a
 * trace, or into real files.
 *
 * Input: a byte of options, then the segments. Bits 0-1: segments - 1, of equal size.
 * Bit 2: the bytes begin with the segment's header (else a good one is made). Bit 3:
 * for a writer with Float. Bits 4-5 both set: ct_finish makes the real files. A broken
 * rule aborts, as does a result that is neither a trace nor an error. */
#include "base/buf.h"
#include "rule_check.h"
#include "tape/segment.h"
#include "tape_builder.h"
#include "trace/finish.h"
#include "workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct workspace space; /* made at the first input */

static void remove_workspace(void)
{
    workspace_remove(&space);
}

#define RECORD_LIMIT 20000 /* a few bytes of tape may ask for any number of records */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void save_segments(const char *dir, uint8_t options, const uint8_t *data,
                          size_t size)
{
    size_t count = (options & 3) + 1u, each = size / count;
    for (size_t i = 0; i < count; i++, data += each) {
        struct ct_segment_header header = tape_header(i, each);
        if ((options & 4) == 0 || each < sizeof header) {
            tape_save_segment(dir, i, &header, data, each);
        } else {
            memcpy(&header, data, sizeof header);
            tape_save_segment(dir, i, &header, data + sizeof header,
                              each - sizeof header);
        }
    }
}

/* The rules hold whatever the tape; those about its end depend on what it says. */
static struct rule_options rules_of(uint8_t options)
{
    return (struct rule_options){
        .has_float = (options & 8) != 0,
        .record_limit = RECORD_LIMIT,
        .allows_unused = true,
        .allows_any_end = true,
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (space.dir[0] == 0) {
        workspace_make(&space);
        atexit(remove_workspace);
    }
    if (size == 0)
        return 0;
    save_segments(space.dir, data[0], data + 1, size - 1);
    if ((data[0] & 0x30) == 0x30 && size < 4096) {
        struct ct_finish_result result;
        struct ct_error err = {0};
        if (ct_finish(space.dir, &result, &err) != CT_OK && err.status == CT_OK)
            abort();
    } else {
        rule_check_tape(space.dir, rules_of(data[0]));
    }
    tape_delete(space.dir);
    return 0;
}
