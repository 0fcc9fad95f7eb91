import os
import os.path as path
from math import pi, floor
from collections import *
number = floor(pi)
name = path.basename("/a/b")
def f():
    import sys
    from json import dumps as d
    return d([sys.maxsize > 0])
f()
