def make():
    functions = []
    for i in range(3):
        functions.append(lambda: i)
    return [f() for f in functions]


make()
