class V:
    def __init__(self, n):
        self.n = n
    def __add__(self, other):
        return V(self.n + other.n)
    def __iadd__(self, other):
        self.n += other.n
        return self
    def __eq__(self, other):
        return self.n == other.n
    def __len__(self):
        return self.n
    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return i
    def __contains__(self, x):
        return x == self.n


a, b = V(1), V(2)
c = a + b
c += a
d = a == b
e = 4 in c
f = list(c)
g = bool(a)
