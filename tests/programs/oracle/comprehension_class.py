class C:
    n = 2
    squares = [i * i for i in range(2)]
    both = [
        i
        for i in range(2)
        if i
    ]
