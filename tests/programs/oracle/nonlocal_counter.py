def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    def down():
        nonlocal n
        n -= 1
    return up, down


up, down = counter()
up()
up()
down()
up()
