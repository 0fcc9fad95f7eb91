def classify(thing):
    match thing:
        case {"kind": kind, **rest}:
            return kind
        case [first, *others] if others:
            return first
        case int() | float():
            return "number"
        case _:
            return None


classify({"kind": "k", "size": 1})
classify([1, 2])
classify([1])
classify(2.5)
