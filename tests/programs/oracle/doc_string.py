"""The module's."""
def f():
    """The function's."""
def g():
    """And"""; return 1
class C:
    """The class's."""
f()
g()
