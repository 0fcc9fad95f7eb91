import asyncio


async def echo():
    got = None
    while True:
        got = yield got
        if got is None:
            return


async def main():
    agen = echo()
    await agen.asend(None)
    a = await agen.asend(1)
    b = await agen.asend([2])
    try:
        await agen.asend(None)
    except StopAsyncIteration:
        pass
    return a, b


result = asyncio.run(main())
