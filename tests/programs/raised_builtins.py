def attempt(code):
    try:
        code()
    except Exception:
        return True


def key(): {}["k"]
def missing(): undefined
def division(): 1 / 0
def system(): open("/nonexistent/file")
def index(): [][0]
def conversion(): int("x")
def module(): import nosuchmodule
def assertion(): assert 0, "text"


attempt(key)
attempt(missing)
attempt(division)
attempt(system)
attempt(index)
attempt(conversion)
attempt(module)
attempt(assertion)
