first = [1, 2]
second = first
second.append(3)
first += [4]
second = second + [5]
first[1:3] = []
del second[0]
first.clear()
