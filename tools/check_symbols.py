"""Check the installed package: its extension exports ``PyInit_*`` and nothing else.

Run by the Python that has the package. Reads the symbol table with ``nm``.
"""

import importlib.util
import re
import subprocess
import sys

PACKAGE = "codetracer_python_recorder"
# Marks that older linkers put into every shared object.
OF_THE_LINKER = {"_init", "_fini", "_edata", "_end", "__bss_start"}


def exported(shared_object: str) -> set[str]:
    """Return the names that a shared object defines for others."""
    listing = subprocess.run(
        ["nm", "--dynamic", "--defined-only", "--format=posix", shared_object],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = {re.sub("@.*", "", line.split()[0]) for line in listing.splitlines()}
    return names - OF_THE_LINKER


def main() -> int:
    """Print the exported names; return 0 if they are what they should be."""
    spec = importlib.util.find_spec(f"{PACKAGE}.{PACKAGE}")
    if spec is None or spec.origin is None:
        print(f"{PACKAGE} is not installed for {sys.executable}")
        return 1
    names = exported(spec.origin)
    print(f"{spec.origin} exports: {', '.join(sorted(names)) or 'nothing'}")
    return 0 if names == {f"PyInit_{PACKAGE}"} else 1


if __name__ == "__main__":
    sys.exit(main())
