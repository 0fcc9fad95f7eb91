"""The programs that recorders are compared on: some 20,000 to 500,000 lines each."""

from dataclasses import dataclass

from environment import PROGRAMS


@dataclass(frozen=True)
class Subject:
    """A program: its name in the tables; a script of programs/ and its arguments."""

    name: str
    words: tuple[str, ...]

    def program(self) -> list[str]:
        """The script's path and the arguments."""
        script, *arguments = self.words
        return [str(PROGRAMS / script), *arguments]


_OWN = (
    ("mixed", "mixed.py 20"),
    ("Pygments", "pygments_highlight.py 20"),
    ("mistune, sqlparse", "mistune_sqlparse.py 2"),
    ("fib", "fib.py 20"),
    ("loop", "loop.py 30000"),
    ("containers", "containers.py 1000"),
    ("objects", "objects.py 4000"),
    ("generators", "generators.py 15000"),
    ("asyncio", "async_pipeline.py 5000"),
    ("8 threads", "threads.py 8 5000"),
    ("exceptions", "exceptions.py 8000"),
    ("strings", "strings.py 20000"),
    ("Jinja2", "jinja2_render.py 500"),
    ("docutils", "docutils_page.py 10"),
    ("imports", "command_line.py"),
)
_PYPERFORMANCE = (
    "nbody",
    "richards",
    "deltablue",
    "raytrace",
    "chaos",
    "go",
    "hexiom",
    "pidigits",
    "spectral_norm",
    "unpack_sequence",
)
SUBJECTS = (
    *(Subject(name, tuple(words.split())) for name, words in _OWN),
    *(Subject(name, ("pyperformance_program.py", name)) for name in _PYPERFORMANCE),
)
