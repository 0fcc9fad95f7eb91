inner = [1]
outer = [inner, {"inner": inner}]
inner.append(2)
outer[1]["inner"].append(3)
outer[0] = None
inner.append(4)
