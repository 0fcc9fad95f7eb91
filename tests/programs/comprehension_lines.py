x = "outer"
pairs = {
    x: y
    for x in range(2)
    for y in "ab"
}
lazy = sum(
    x
    for x in [1, 2]
)
