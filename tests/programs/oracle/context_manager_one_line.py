from contextlib import suppress
with suppress(ValueError): raise ValueError("x")
with suppress(KeyError): x = 1
x += 1
