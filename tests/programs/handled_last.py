class Thing:
    @property
    def missing(self):
        raise AttributeError("nobody sees this")


kept = 1
getattr(Thing(), "missing", None)
