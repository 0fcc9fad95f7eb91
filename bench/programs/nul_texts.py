"""nul_texts.py ROUNDS: another text of 300,000 NULs shows in each round."""

import sys

count = int(sys.argv[1])
while count:
    text = "\0" * 300_000 + str(count)
    count -= 1
