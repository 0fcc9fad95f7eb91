class C:
    __count = 0

    def __init__(self):
        self.__mine = 1
        C.__count += 1

    def get(self):
        __local = self.__mine
        return __local


c = C()
c.get()
