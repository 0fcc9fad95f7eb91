class Builder:
    def __init__(self):
        self.parts = []

    def add(self, part):
        self.parts.append(part)
        return self

    def build(self):
        return "".join(self.parts)


text = (
    Builder()
    .add("a")
    .add("b")
    .build()
)
