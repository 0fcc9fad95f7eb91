def every(first, second=2, /, third=3, *rest, named, other="o", **more):
    third = rest
    return more


def options(*, on=None):
    return on


def changed(items=[]):
    items.append(1)
    return items


every(1, named=0)
every(1, 20, 30, 40, 50, other="p", named=0, z=26, a=1)
options()
options(on=[1])
changed()
changed()
