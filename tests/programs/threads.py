from concurrent.futures import ThreadPoolExecutor


def work(n):
    half = n / 2
    return half


def background():
    return ThreadPoolExecutor(1).submit(work, 5).result()


total = background()
