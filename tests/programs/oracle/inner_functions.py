def outer(n):
    def helper(x):
        return x + n
    total = 0
    for i in range(2):
        total += helper(i)
    class Local:
        def method(self):
            return n
    return total + Local().method()


outer(1)
