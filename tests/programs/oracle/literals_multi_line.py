items = [
    1,
    2,
]
pairs = {
    "a": 1,
    "b": [
        2,
    ],
}
t = (
    "one"
    "two"
)
n = (
    1 +
    2
)
s = """
text
"""
