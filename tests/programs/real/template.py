"""Renders a template of two lines, whose compiled code has more."""
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

folder = Path(__file__).parent
environment = Environment(loader=FileSystemLoader(folder))
print(environment.get_template("greeting.txt").render(names=["Ada", "Grace"]))
