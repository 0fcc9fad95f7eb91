import functools
import operator
add = functools.partial(operator.add, 1)
a = add(2)
getter = operator.itemgetter(0)
b = getter([5])
upper = map(str.upper, "ab")
c = list(upper)
