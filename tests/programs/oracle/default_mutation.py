def f(item, items=[]):
    items.append(item)
    return items


a = f(1)
b = f(2)
c = f(3, [])
a.append(4)
f(5)
