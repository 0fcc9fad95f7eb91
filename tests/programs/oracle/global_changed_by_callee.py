state = 1
log = {"n": 0}


def change():
    global state
    state += 1
    log["n"] += 1


def watch():
    before = state
    change()
    after = state, log["n"]
    change()
    return before, after


watch()
