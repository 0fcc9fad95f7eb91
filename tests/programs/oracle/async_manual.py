class Pause:
    def __await__(self):
        got = yield "pause"
        return got


async def main():
    first = await Pause()
    second = await Pause()
    return first, second


coro = main()
a = coro.send(None)
b = coro.send(1)
try:
    coro.send(2)
except StopIteration as stop:
    result = stop.value
