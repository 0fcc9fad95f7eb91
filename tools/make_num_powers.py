"""Prints csrc/base/num_powers.h: powers of ten as 128-bit numbers, rounded up.

Run: python tools/make_num_powers.py > csrc/base/num_powers.h
"""

LOWEST, HIGHEST = -292, 324  # what a double's shortest text can need

HEAD = """\
/* Powers of ten for num.c, printed by tools/make_num_powers.py; do not edit.
 *
 * Entry i stands for 10 to the power CT_POWER_LOWEST + i: its leading 128 bits (the
 * first one is set), rounded up, as {high 64 bits, low 64 bits}. */
#pragma once

#include <stdint.h>

"""


def power_bits(exponent: int) -> int:
    """Return the smallest 128-bit integer that is not below 10**exponent scaled."""
    if exponent >= 0:
        power = 10**exponent
        shift = power.bit_length() - 128
        return power << -shift if shift <= 0 else -(-power >> shift)
    power = 10**-exponent
    return -(-(1 << (127 + power.bit_length())) // power)


def main() -> None:
    """Print the header."""
    print(HEAD, end="")
    print(f"#define CT_POWER_LOWEST ({LOWEST})")
    print(f"#define CT_POWER_HIGHEST {HIGHEST}\n")
    print("/* clang-format off */")
    print(
        "static const uint64_t ct_powers[CT_POWER_HIGHEST - CT_POWER_LOWEST + 1][2] = {"
    )
    entries = []
    for exponent in range(LOWEST, HIGHEST + 1):
        bits = power_bits(exponent)
        assert bits >> 127 == 1
        entries.append(f"{{0x{bits >> 64:016x},0x{bits & (1 << 64) - 1:016x}}},")
    for i in range(0, len(entries), 2):
        print("   ", "".join(entries[i : i + 2]))
    print("};")
    print("/* clang-format on */")


if __name__ == "__main__":
    main()
