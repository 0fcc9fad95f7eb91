"""An object dies of an assignment before a call on the same line, by code no trace has."""

shown = []
hidden = {"shown": shown}
exec(
    """
class Dies:
    def __del__(self):
        shown.append("died")
""",
    hidden,
)
Dies = hidden["Dies"]


def one(items):
    return 1


def call(items):
    made = Dies()
    made = [4]; found = one(items)
    made = [Dies()]
    made = [5]; found = one(items)
    return made


call(shown)
