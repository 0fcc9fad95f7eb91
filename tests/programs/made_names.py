for n in (1, 2): globals()[f"made_{n}"] = n
made_1
