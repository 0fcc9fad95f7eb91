class Pause:
    def __await__(self):
        got = yield "pause"
        return got


async def child(n):
    got = await Pause()
    return n + got


async def main():
    total = await child(1)
    async with Manager() as name:
        total += 1
    return total


class Manager:
    async def __aenter__(self):
        return "m"

    async def __aexit__(self, *details):
        return None


task = main()
answer = task.send(None)
try:
    task.send(10)
except StopIteration as stop:
    answer = stop.value
