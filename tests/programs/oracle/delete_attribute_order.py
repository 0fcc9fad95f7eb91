class C:
    pass


c = C()
c.a = 1
c.b = 2
del c.a
c.a = 1
c.__dict__ = {"z": 1}
c.a = 2
del c.z
