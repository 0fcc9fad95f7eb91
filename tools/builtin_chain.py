"""builtin_chain.py OUTPUT: compiles the built-in trace filter at build time.

Writes what codetracer_python_recorder.filters hands to the recorder when there is no
other filter. Uses that package without the one around it, whose native module need not
be built yet.
"""

import sys
from pathlib import Path

_PACKAGE = Path(__file__).parents[1] / "src" / "codetracer_python_recorder"

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(_PACKAGE))
    from filters.chain import Chain, builtin_file

    Path(sys.argv[1]).write_bytes(Chain([builtin_file()]).dump())
