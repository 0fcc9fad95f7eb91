class Meta(type):
    def __instancecheck__(cls, instance):
        return True


class Any(metaclass=Meta):
    pass


a = isinstance(1, Any)
b = issubclass(bool, int)
