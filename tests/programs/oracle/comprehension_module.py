x = "outer"
a = [x for x in range(2)]
b = [
    x
    for x in range(2)
]
c = {
    x: y
    for x in "ab"
    for y in "c"
}
