# Renders N copies of a Markdown text and formats a statement (31,000 recorded lines for N = 2). Needs: mistune, sqlparse.
import sys

import mistune
import sqlparse

md = (
    "# T\n\nSome *text* with **bold** and `code`.\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    * int(sys.argv[1])
)
out = mistune.html(md)
q = sqlparse.format(
    "select a,b from t where x=1 and y in (select z from q)", reindent=True
)
print(len(out))
