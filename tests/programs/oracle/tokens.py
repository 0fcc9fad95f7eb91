import re
TOKEN = re.compile(r"\s*(\d+|.)")


def tokens(text):
    for match in TOKEN.finditer(text):
        yield match.group(1)


def parse(text):
    stack = []
    for token in tokens(text):
        if token.isdigit():
            stack.append(int(token))
        else:
            b, a = stack.pop(), stack.pop()
            stack.append(a + b if token == "+" else a * b)
    return stack.pop()


parse("1 2 + 3 *")
