def register(registry):
    def decorate(cls):
        registry.append(cls.__name__)
        return cls
    return decorate


seen = []


@register(seen)
@register(seen)
class C:
    pass
