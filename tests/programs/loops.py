found = None
for n in range(5):
    if n == 1:
        continue
    if n == 3:
        break
else:
    found = "never"
while n:
    n -= 1
else:
    found = "end"
for a, (b, *c) in [(1, (2, 3, 4))]:
    d = (a +
         b)
