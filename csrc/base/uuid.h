/* UUID version 7: time-ordered, random otherwise (RFC 9562). */
#pragma once

#define CT_UUID_TEXT_SIZE 37 /* 36 characters and the NUL */

/* Writes a new UUID in lower case with hyphens. */
void ct_uuid7(char out[CT_UUID_TEXT_SIZE]);
