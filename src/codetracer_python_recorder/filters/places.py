"""Where filter files are: the project's own, and those that are named."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ENV_TRACE_FILTER = "CODETRACER_TRACE_FILTER"
FILTER_DIRECTORY = ".codetracer"
PROJECT_FILTER = os.path.join(FILTER_DIRECTORY, "trace-filter.toml")


def find_project_filter(directory: str) -> str | None:
    """The first `.codetracer/trace-filter.toml` from a directory upward, or None."""
    above = os.path.realpath(directory)
    while True:
        path = os.path.join(above, PROJECT_FILTER)
        if os.path.lexists(path):
            return os.path.realpath(path)
        if above == os.path.dirname(above):
            return None
        above = os.path.dirname(above)


def split_specs(values: "Iterable[str]") -> list[str]:
    """The absolute, symlink-free paths in values that `::` may join."""
    parts = [part.strip() for value in values for part in value.split("::")]
    return [os.path.realpath(os.path.expanduser(part)) for part in parts if part]
