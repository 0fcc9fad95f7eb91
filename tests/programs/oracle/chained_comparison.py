def n(x):
    return x


a = n(1) < n(2) < n(3)
b = n(3) < n(2) < n(1)
c = (
    n(1)
    < n(2)
    != n(2)
)
