class Custom(Exception):
    def __init__(self, code, *rest):
        super().__init__(*rest)
        self.code = code


def raises(what):
    try:
        raise what
    except Exception as error:
        return error


a = raises(Custom(1))
b = raises(Custom(1, "text"))
c = raises(ValueError)
d = raises(KeyError("k"))
e = raises(ValueError(1, "two", [3]))
