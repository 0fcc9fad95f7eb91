from decimal import Decimal
from fractions import Fraction
d = Decimal("1.50")
d += 1
f = Fraction(1, 3)
f *= 2
i = int("ff", 16)
r = round(2.567, 2)
q = divmod(7, 2)
