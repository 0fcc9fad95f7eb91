"""A module whose dict gets a key that is not a str, and loses it."""


class Name(str):
    pass


number = 1
for turn in range(2):
    number = turn
globals()[5] = "five"
number = 2
number = 3
del globals()[5]
number = 4
number = 5
globals()[Name("odd")] = 6
number = 7
number = 8
