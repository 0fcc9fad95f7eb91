import asyncio


async def numbers():
    for n in range(3):
        yield n


async def main():
    squares = [
        n * n
        async for n in numbers()
    ]
    odd = {n async for n in numbers() if n % 2}
    return squares, odd


result = asyncio.run(main())
