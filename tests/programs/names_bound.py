import os.path as path
from same_names_other import *
if (n := 10) > 5:
    n += 1
with open(path.devnull) as file: closed = file.closed
del file
*head, tail = range(3)
try:
    def named(): pass
finally:
    late = loaded
