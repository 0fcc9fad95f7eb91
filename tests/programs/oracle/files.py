import io
text = io.StringIO("a\nb\n")
lines = []
for line in text:
    lines.append(line)
with open(__file__) as file:
    first = file.readline()
closed = file.closed
