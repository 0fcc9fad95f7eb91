from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
counter = Counter("abca")
counter["z"] += 1
groups = defaultdict(list)
groups["a"].append(1)
groups["b"].append(2)
ordered = OrderedDict(a=1, b=2)
ordered.move_to_end("a")
queue = deque([1, 2, 3], maxlen=3)
queue.append(4)
queue.rotate(1)
queue.popleft()
chain = ChainMap({"a": 1}, {"b": 2})
chain["c"] = 3
