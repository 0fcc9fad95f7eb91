import asyncio


async def work(name, log):
    log.append((name, 1))
    await asyncio.sleep(0)
    log.append((name, 2))
    return name


async def main():
    log = []
    first = asyncio.create_task(work("a", log))
    second = asyncio.create_task(work("b", log))
    return await first, await second, log


result = asyncio.run(main())
