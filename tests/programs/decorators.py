def double(function):
    def inner(n):
        return 2 * function(n)
    return inner


def named(name):
    def decorate(thing):
        return thing
    return decorate


@double
@named("add")
def add_one(
    n,
):
    return n + 1


@named(
    "shape"
)
class Shape:
    @staticmethod
    def sides():
        return 4


total = add_one(1)
sides = Shape.sides()
