def with_options(
    *names,
    **options,
):
    def decorate(function):
        function.options = options
        return function
    return decorate


@with_options(
    "a",
    level=1,
)
@with_options()
def f():
    return f.options


f()
