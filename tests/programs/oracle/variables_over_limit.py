def f():
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = 0
    b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = b9 = 1
    c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = c8 = c9 = 2
    d0 = d1 = d2 = d3 = d4 = d5 = d6 = d7 = d8 = d9 = 3
    e0 = e1 = e2 = e3 = e4 = e5 = e6 = e7 = e8 = e9 = 4
    f0 = f1 = f2 = f3 = f4 = f5 = f6 = f7 = f8 = f9 = 5
    g0 = 6
    g1 = 7
    g2 = 8
    g3 = 9
    g4 = 10
    a1 = "again"
    g5 = a0
    b7 = [g0]
    b7.append(1)
    x = a5 + c5
    return x


f()
