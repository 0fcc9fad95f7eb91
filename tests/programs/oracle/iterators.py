class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


c = Countdown(2)
for x in c:
    y = x
it = iter([1, 2, 3])
a = next(it)
b = list(it)
pairs = list(zip("ab", Countdown(2)))
m = map(str, [1])
e = enumerate("a")
