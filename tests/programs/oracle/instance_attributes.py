class C:
    kind = "class"

    def __init__(self):
        self.a = 1
        self.b = [1]

    def change(self):
        self.a += 1
        self.b.append(self.a)
        self.c = self.b
        del self.a
        return self


c = C()
c.change()
setattr(c, "d", 1)
c.__dict__["e"] = 2
c.kind = "instance"
