import asyncio


class Count:
    def __init__(self, limit):
        self.n, self.limit = 0, limit

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.n == self.limit:
            raise StopAsyncIteration
        self.n += 1
        return self.n


async def main():
    total = 0
    async for n in Count(2):
        total += n
    else:
        total += 100
    return total


total = asyncio.run(main())
