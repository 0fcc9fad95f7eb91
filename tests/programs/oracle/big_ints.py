small = 1
big = 2**62
edge = 2**63 - 1
over = edge + 1
negative = -(2**63)
under = negative - 1
large = 10**100
huge = 1 << 5000
large += 1
same = large
del huge
