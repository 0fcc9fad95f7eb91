"""nul_texts.py LINES: a text of 300,000 NULs shows at each line."""

import sys

text = "\0" * 300_000
count = int(sys.argv[1])
while count:
    count -= 1
