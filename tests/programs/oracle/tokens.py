import re
PART = re.compile(r"\s*(\d+|.)")


def tokens(text):
    for match in PART.finditer(text):
        yield match.group(1)


def parse(text):
    stack = []
    for part in tokens(text):
        if part.isdigit():
            stack.append(int(part))
        else:
            b, a = stack.pop(), stack.pop()
            stack.append(a + b if part == "+" else a * b)
    return stack.pop()


parse("1 2 + 3 *")
