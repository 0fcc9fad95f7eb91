a = 1
b = a
del a
a = "again"
for b in ():
    pass
__dunder__ = 5
_private = 6
globals()["made"] = 7
del globals()["b"]
last = None
