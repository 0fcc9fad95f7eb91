# The mixed program of the benchmarks: classes, floats, dicts, recursion, sorting. `mixed.py 20` runs 199,000 lines.
class Body:
    def __init__(self, x, v, m):
        self.x = x
        self.v = v
        self.m = m

    def step(self, dt, others):
        a = 0.0
        for o in others:
            if o is self:
                continue
            d = o.x - self.x
            r = d * d + 0.01
            a += o.m * d / (r * r**0.5)
        self.v += a * dt
        self.x += self.v * dt
        return self.x


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def loop(n):
    i = 0
    total = 0
    while i < n:
        total += i * 2
        i += 1
    return total


def words(n):
    counts = {}
    for i in range(n):
        key = "w" + str(i % 17)
        if key in counts:
            counts[key] += 1
        else:
            counts[key] = 1
        label = key.upper()
    return counts


def bubble(items):
    data = list(items)
    n = len(data)
    for i in range(n):
        for j in range(n - i - 1):
            if data[j] > data[j + 1]:
                data[j], data[j + 1] = data[j + 1], data[j]
    return data


def main(k):
    fib(13 + (k > 5) * 3)
    loop(1000 * k)
    words(400 * k)
    bs = [Body(float(i), 0.0, 1.0 + i) for i in range(5)]
    for t in range(30 * k):
        for b in bs:
            b.step(0.01, bs)
    bubble([(i * 7919) % 101 for i in range(30)])


if __name__ == "__main__":
    import sys

    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
