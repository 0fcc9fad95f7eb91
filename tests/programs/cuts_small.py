def show(value):
    pass


show([])
show([1, 2])
show([1, 2, 3])
show([[1], 2])
show({"a": 1, "b": 2, "c": 3})
show("abc")
show("abcd")
show(b"abcd")
show(["abcde", {"k": 1}])
