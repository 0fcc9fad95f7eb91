import asyncio


class Guard:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return 1

    async def __aexit__(self, *what):
        return True


async def main():
    async with Guard() as number:
        number += 1
        raise ValueError(number)
    return number


result = asyncio.run(main())
