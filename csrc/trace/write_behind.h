/* A thread that writes to a file what another one has made, while that one goes on.
 *
 * The two share nothing but one buffer of bytes, which belongs to the thread from
 * handing it over until it is written. */
#pragma once

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

struct ct_write_behind;

/* Writes all bytes: interrupted calls are repeated, short writes continued. The result
 * is 0 or an errno. */
int ct_write_all(int fd, const uint8_t *bytes, size_t size);

/* Begins a thread for the file, which stays the caller's; NULL if there can be none. */
struct ct_write_behind *ct_write_behind_new(int fd);

/* Takes the bytes of `buf`, which is empty when this returns; waits for those before.
 * The result is 0, or the errno of a write that has failed: nothing is written then. */
int ct_write_behind_take(struct ct_write_behind *behind, struct ct_buf *buf);

/* Waits until all is written. The result is as above. */
int ct_write_behind_wait(struct ct_write_behind *behind);

/* Waits, and ends the thread. Nothing for NULL. */
void ct_write_behind_free(struct ct_write_behind *behind);
