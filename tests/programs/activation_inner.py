def helper(n):
    return n + 1


def work(callback):
    return helper(callback())


value = helper(1)
