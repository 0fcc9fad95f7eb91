/* Opcode numbers of the CPython this is built for. */
#pragma once

#if __has_include(<opcode_ids.h>)
#include <opcode_ids.h>
#else
#include <opcode.h>
#endif
