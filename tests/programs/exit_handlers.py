import atexit


@atexit.register
def goodbye():
    said = "bye"


before = True
raise SystemExit
