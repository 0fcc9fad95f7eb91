a = []
a.append(a)
b = {"self": None}
b["self"] = b
c = [1, (a,)]
shared = [0]
twice = [shared, shared]
end = 0
