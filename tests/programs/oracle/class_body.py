class C:
    x = 1
    y = x + 1
    if y > 1:
        z = [x, y]
    else:
        z = []
    for i in range(2):
        z.append(i)
    del i
    def method(self):
        return self.x
    w = method
    w = None


c = C()
c.method()
