s = ""
for c in "abc":
    s += c
    s = s.upper()
t = ",".join(s)
u = t.replace(",", "")
v = "%s-%d" % (u, 5)
w = "{} {k}".format(1, k=2)
x = t.split(",")
