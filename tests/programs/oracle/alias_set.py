first = {1}
second = first
second.add(2)
first |= {3}
second.discard(1)
first.clear()
