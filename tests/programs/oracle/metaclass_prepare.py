class Recording(dict):
    def __init__(self):
        self.order = []

    def __setitem__(self, key, value):
        self.order.append(key)
        super().__setitem__(key, value)


class Meta(type):
    @classmethod
    def __prepare__(mcls, name, bases):
        return Recording()

    def __new__(mcls, name, bases, namespace):
        made = super().__new__(mcls, name, bases, dict(namespace))
        made.order = namespace.order
        return made


class C(metaclass=Meta):
    a = 1
    b = 2
    a = 3


order = C.order
