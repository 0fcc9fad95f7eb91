"""Definitions bound anew within a line, maybe at the address of the one before."""

f = lambda: 1  # noqa: E731
f = lambda: 2; f = lambda: 3  # noqa: E702, E731
n = 1
del f; f = lambda: 4  # noqa: E702, E731
n = 2
exec("def g(): pass")
n = 3
exec("del g\ndef g(): pass")
n = 4

