first = {"a": 1}
second = first
second["b"] = 2
del first["a"]
second.update(c=3)
first |= {"d": 4}
second = second | {"e": 5}
first.clear()
