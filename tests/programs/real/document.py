"""Turns reStructuredText into HTML."""
from docutils.core import publish_string

TEXT = """
Title
=====

A *paragraph* with ``code``.

- item
"""
settings = {"output_encoding": "unicode", "stylesheet_path": "", "_disable_config": True}
print(publish_string(TEXT, writer="html5", settings_overrides=settings)[-300:])
