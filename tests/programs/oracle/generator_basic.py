def count(n):
    i = 0
    while i < n:
        yield i
        i += 1
    return "done"


for x in count(2):
    y = x
