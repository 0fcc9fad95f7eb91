"""100,000 iterations."""
total = 0
for n in range(100_000):
    total += n
print(total)
