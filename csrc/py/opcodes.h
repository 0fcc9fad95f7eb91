/* Opcode numbers of the CPython this is built for, and the operators of BINARY_OP. */
#pragma once

#include <opcode.h>
