"""Renders Markdown with a table and a task list."""
import mistune

TEXT = """
# Title

Some *text* with **bold** and `code`, and a [link](http://example.org).

- one
- two

| a | b |
|---|---|
| 1 | 2 |
"""
print(mistune.create_markdown(plugins=["table"])(TEXT))
