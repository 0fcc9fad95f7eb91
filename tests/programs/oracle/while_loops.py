n = 3
while n:
    n -= 1
while n < 3: n += 1
while True:
    n -= 1
    if not n:
        break
while n < 5 and n != 3: n += 1
