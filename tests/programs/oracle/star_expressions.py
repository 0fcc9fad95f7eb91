def f(*args, **kwargs):
    return args, kwargs


a = [1, 2]
b = {"x": 1}
f(*a, 3, *[4], **b, y=2)
c = [*a, *a]
d = {**b, "z": 3}
e = (*a,)
first, *rest = c
*init, last = c
(x, y), z = (1, 2), 3
