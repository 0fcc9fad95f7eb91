x = 1
if x: y = 1
if not x: y = 2
else: y = 3
if x: y = 4; z = 5
if x == 2: pass
elif x == 1: y = 6
