# A loop at the level of a module with 50 names; `rounds` comes from outside. 10 events
# a round, of which 9 follow a change.
a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = 0
b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = b9 = 1.5
c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = c8 = c9 = "text"
d0 = d1 = d2 = d3 = d4 = d5 = d6 = d7 = d8 = d9 = None
e0 = e1 = e2 = e3 = e4 = e5 = e6 = e7 = e8 = 12345
while a0 < rounds:
    a1 += 1
    a2 += 1
    a3 += 1
    a4 += 1
    a5 += 1
    a6 += 1
    a7 += 1
    a8 += 1
    a0 += 1
