def f(x):
    assert x > 0, "not positive"
    assert isinstance(
        x,
        int,
    )
    return x


f(1)
try:
    f(-1)
except AssertionError as error:
    text = str(error)
