"""Print the version, which stands in the package's ``_version.py`` alone.

Read as text: the package may not be importable by the Python that runs meson.
"""

import re
from pathlib import Path

VERSION_FILE = Path(__file__).parents[1] / "src/codetracer_python_recorder/_version.py"

match = re.search(r'^__version__ = "([^"]+)"$', VERSION_FILE.read_text(), re.M)
if match is None:
    raise SystemExit(f"no __version__ in {VERSION_FILE}")
print(match[1])
