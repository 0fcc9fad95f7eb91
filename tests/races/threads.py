"""Threads that share what they change, start others, and end while others run."""

import threading


class Shared:
    def __init__(self, number):
        self.number = number
        self.texts = [number]


def work(count, numbers, table, shared):
    for number in range(count):
        numbers.append(number)
        table[number % 7] = number
        shared.number = number
        try:
            if number % 5 == 0:
                raise ValueError(number)
        except ValueError as error:
            shared.texts.append(str(error))
        if len(numbers) > 50:
            numbers.clear()
        for each in generate(3):
            table[each.number] = each


def generate(count):
    for number in range(count):
        yield Shared(number)


def start_one(*arguments):
    thread = threading.Thread(target=work, args=arguments)
    thread.start()
    thread.join()


numbers, table, shared = [], {}, Shared(0)
threads = [
    threading.Thread(target=target, args=(60, numbers, table, shared))
    for target in (work, work, work, start_one, start_one)
]
for thread in threads:
    thread.start()
for each in generate(30):
    table[each.number] = each
for thread in threads:
    thread.join()
left = threading.Thread(target=work, args=(10_000, [], {}, Shared(1)), daemon=True)
left.start()
print("done")
