/* Limits of a tape that readers enforce, each with its reason. What capture writes
 * stays far below them; a tape beyond them is damaged, and its reader must not follow
 * it. */
#pragma once

/* Ids of one kind of definition. Tables of the replay index them with 32 bits. */
#define CT_TAPE_ID_LIMIT 0xfffffff0u

/* Value records of one value: capture's own limit is 128 unless the user asks for more.
 * The replay keeps one value decoded, 40 bytes a node. */
#define CT_TAPE_VALUE_NODES 4000000u

/* Bytes of a segment file: the largest is one record with one huge text. */
#define CT_TAPE_SEGMENT_SIZE ((uint64_t)1 << 40)
