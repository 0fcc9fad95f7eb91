import functools


def twice(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        function(*args, **kwargs)
        return function(*args, **kwargs)
    return wrapper


@twice
def add(items, n=1):
    items.append(n)
    return items


add([])
