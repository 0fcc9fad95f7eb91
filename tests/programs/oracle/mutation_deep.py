deep = [[[[1]]]]
deep[0][0][0].append(2)
deep[0][0].append(3)
deep[0] = 4
tree = {"a": {"b": {"c": [1]}}}
tree["a"]["b"]["c"].append(2)
tree["a"]["b"]["d"] = 3
