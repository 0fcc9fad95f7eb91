# Highlights its own source N times with Pygments (52,000 recorded lines for N = 1). Needs: pygments.
import sys

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

src = open(__file__).read() * int(sys.argv[1])
out = highlight(src, PythonLexer(), HtmlFormatter())
print(len(out))
