class A:
    def who(self):
        return "A"


class B(A):
    def who(self):
        return "B" + super().who()


class C(B, A):
    def who(self):
        name = super().who()
        return "C" + name


C().who()
