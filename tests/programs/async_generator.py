async def stream():
    yield 5
    yield "last"


async def main():
    async for item in stream():
        last = item
    return [2 * item async for item in stream()]


values = None
try:
    main().send(None)
except StopIteration as stop:
    values = stop.value
