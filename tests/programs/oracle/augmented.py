def f(n):
    n += 1
    n *= 3
    n -= 2
    n //= 2
    n **= 2
    n %= 7
    n <<= 3
    n >>= 1
    n |= 1
    n &= 5
    n ^= 2
    n /= 4
    return n


f(1)
