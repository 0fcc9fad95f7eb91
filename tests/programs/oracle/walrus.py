def f(items):
    if (n := len(items)) > 1:
        m = n
    while (x := items.pop()) != 1:
        n += x
    return [y := 1, y + 1, (z := y) * 2]


f([1, 2, 3])
if (k := 5): pass
print(j := k + 1)
