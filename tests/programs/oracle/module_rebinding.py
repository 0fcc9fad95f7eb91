"""Names of a module bound again and again, by all that can bind them."""

import sys
from sys import intern

number, real, text, nothing = 1, 1.5, "one", None
items, table, unchanged = [1], {"a": 1}, (1, [2])
for turn in range(3):
    number = turn
    text = "turn " + str(turn)
    items = [turn]
    items.append(number)
    unchanged[1].append(turn)
    table["turn"] = turn
    nothing = text if turn == 1 else None


def callee(value):
    global number, real
    number = value
    real = value + 0.5
    globals()["made by " + "callee"] = value


callee(5)
callee(6)
globals()["nu" + "mber"] = 7  # an equal key that is not the module's
done = 1
globals()[intern("number " + str(done))] = 8
globals()[intern("number " + str(done))] = 9
done = 2
del globals()["number 1"]
done = 3
globals()[intern("number " + str(1))] = "again"
done = 4
for number, real, text, items, nothing in [(1, 2, 3, 4, 5), (6, 7, 8, 9, 10)]:
    done = number
a, b, c, d, e, f, g, h, i, j = range(10)
a, b, c, d, e, f, g, h, i, j = range(10, 20)
done = 5
number = callee  # a definition shows once
done = 6
number = callee
done = 7
number = print
done = 8
number = 8
del text
done = 9
text = "back"
done = 10
globals().update(number=11, real=[])
done = 11
real.append(1)
done = 12
vars(sys.modules[__name__]).pop("items")
done = 13
setattr(sys.modules[__name__], "number", real)
number.append(2)
done = 14
exec("number = 15; fresh = real")
fresh.append(3)
done = 16
