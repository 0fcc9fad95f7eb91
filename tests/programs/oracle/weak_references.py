import weakref


class C:
    pass


c = C()
r = weakref.ref(c)
alive = r() is c
values = weakref.WeakValueDictionary(a=c)
c = None
dead = r() is None
