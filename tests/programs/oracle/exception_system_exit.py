import sys


def f():
    try:
        sys.exit(3)
    finally:
        x = 1


f()
