class C:
    @staticmethod
    def s(x):
        return x

    @classmethod
    def c(cls, x):
        return cls, x

    def m(self):
        return self.s(1)


C.s(1)
C.c(2)
o = C()
o.m()
bound = o.m
bound()
of_class = C.c
unbound = C.m
builtin = [].append
