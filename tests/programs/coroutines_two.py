import types


@types.coroutine
def pause():
    yield


async def worker(name, rounds):
    for n in range(rounds):
        await pause()
    return name


one = worker("one", 1)
two = worker("two", 1)
one.send(None)
two.send(None)
for task in (one, two):
    try:
        task.send(None)
    except StopIteration as stop:
        result = stop.value
task = one = two = None
