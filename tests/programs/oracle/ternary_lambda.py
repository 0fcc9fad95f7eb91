choose = lambda x: "yes" if x else "no"
choose(1)
choose(0)
f = (lambda: 1) if choose(1) == "yes" else (lambda: 2)
f()
