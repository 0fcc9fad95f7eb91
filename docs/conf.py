"""The documentation's configuration, and the directive that shows the options."""

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from codetracer_python_recorder import __version__
from codetracer_python_recorder.cli import _make_parser

project = "codetracer-python-recorder"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
myst_heading_anchors = 3
autodoc_typehints = "description"
exclude_patterns = ["_build"]


class Help(Directive):
    """What `--help` prints, from the parser itself."""

    def run(self) -> list[nodes.Node]:
        """One literal block."""
        parser = _make_parser()
        text = parser.format_help()
        return [nodes.literal_block(text, text, language="none")]


def escape(*arguments: object) -> None:
    """Keep `ERR_…` in a docstring from being a link."""
    lines = arguments[-1]
    assert isinstance(lines, list)
    lines[:] = [line.replace("_…", "\\_…") for line in lines]


def setup(app: Sphinx) -> None:
    """Make the directive and the hook known."""
    app.connect("autodoc-process-docstring", escape)
    app.add_directive("recorder-help", Help)
