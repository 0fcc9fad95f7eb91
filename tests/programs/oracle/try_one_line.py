try: x = 1
except ValueError: x = 2
else: y = 3
finally: z = 4
try: raise KeyError("k")
except KeyError: x = 5
finally: z = 6
