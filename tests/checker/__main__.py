"""`python -m checker DIR…`: print the problems of traces; status 1 if there are any."""

import argparse
import sys
from pathlib import Path

from .check import check_trace


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="checker", description=__doc__)
    parser.add_argument("directory", nargs="+", type=Path, help="folder of a trace")
    status = 0
    for directory in parser.parse_args(arguments).directory:
        if not directory.is_dir():
            parser.error(f"{directory} is no folder")
        for problem in check_trace(directory):
            print(f"{directory}: {problem}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
