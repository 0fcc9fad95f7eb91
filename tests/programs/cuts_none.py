def show(value):
    pass


show(1)
show("")
show("a")
show([])
show({"a": 1, "b": 2})
