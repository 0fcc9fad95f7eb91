def f(a):
    b = 2
    seen = locals()
    seen["a"] = 100
    c = 3
    again = locals()
    return a, len(seen), len(again)


f(1)
names = sorted(n for n in globals() if not n.startswith("__"))
