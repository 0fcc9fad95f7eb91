# threads.py THREADS N: each thread counts to N. Two lines a round.
import sys
import threading


def count_to(n):
    i = 0
    while i < n:
        i += 1


def run(count, n):
    threads = [threading.Thread(target=count_to, args=(n,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]))
