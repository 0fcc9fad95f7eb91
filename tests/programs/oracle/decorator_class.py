class Counted:
    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


@Counted
def double(n):
    return 2 * n


double(1)
double(2)
calls = double.calls
