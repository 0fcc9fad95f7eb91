d = {1: "a", "x": 1}
d[True] = "b"
del d[1]
d[True] = "c"
del d[True]
d[1.0] = "d"
e = {**d, 1: "e"}
