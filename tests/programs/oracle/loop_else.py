n = 3
while n:
    n -= 1
else:
    n = "done"
for i in []:
    pass
else:
    i = "none"
