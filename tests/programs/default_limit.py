exec("; ".join([f"n{i} = {i}" for i in range(70)]))
end = n0 + n1
