"""Highlights a small Python file, as HTML on standard output."""
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

SOURCE = '''
def greet(name):
    """Say it."""
    return f"Hello, {name}!"  # politely
'''
print(highlight(SOURCE, PythonLexer(), HtmlFormatter()))
