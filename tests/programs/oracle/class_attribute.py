class C:
    count = 0
    names = []

    def __init__(self, name):
        C.count += 1
        self.names.append(name)


a = C("a")
b = C("b")
total = C.count
C.extra = 1
