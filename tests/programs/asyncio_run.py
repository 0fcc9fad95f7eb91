import asyncio


async def tick(name, delays):
    for delay in range(delays):
        await asyncio.sleep(0)
    return name


async def main():
    first = await tick("a", 1)
    return first + await tick("b", 2)


names = asyncio.run(main())
