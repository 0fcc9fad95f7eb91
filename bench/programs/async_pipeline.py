# async_pipeline.py N: coroutines that hand values on through queues of asyncio.
import asyncio
import sys


async def produce(queue, n):
    for i in range(n):
        await queue.put(i)
    await queue.put(None)


async def double(source, target):
    while (value := await source.get()) is not None:
        await target.put(value * 2)
    await target.put(None)


async def consume(queue):
    total = 0
    while (value := await queue.get()) is not None:
        total += value
    return total


async def main(n):
    first, second = asyncio.Queue(10), asyncio.Queue(10)
    results = await asyncio.gather(
        produce(first, n), double(first, second), consume(second)
    )
    print(results[-1])


asyncio.run(main(int(sys.argv[1])))
