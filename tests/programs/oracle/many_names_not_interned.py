"""More than 64 variables, and one on the line whose key is not the code's own name."""

wanted = 0
del wanted
globals()["".join(["wan", "ted"])] = 1
for number in range(70):
    globals()[f"name{number}"] = number
name1 = wanted
name2 = wanted + 1
del wanted
wanted = 3
name3 = wanted
