x: int
y: int = 1
class C:
    a: int
    b: str = "b"


def f(a: int, b: "str" = "b") -> None:
    c: int
    d: int = a
    return None


f(1)
