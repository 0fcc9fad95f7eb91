def counter(start):
    count = start
    step = 2

    def add():
        nonlocal count
        count += step
        return count

    def late():
        return unbound

    add()
    unbound = "now"
    late()
    return add


next_number = counter(10)
value = next_number()
