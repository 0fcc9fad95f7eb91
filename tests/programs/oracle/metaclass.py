class Meta(type):
    def __new__(mcls, name, bases, namespace, **options):
        namespace["added"] = options
        return super().__new__(mcls, name, bases, namespace)

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)

    def __call__(cls, *args):
        instance = super().__call__(*args)
        instance.made = True
        return instance


class C(metaclass=Meta, flag=1):
    def __init__(self, n):
        self.n = n


c = C(1)
