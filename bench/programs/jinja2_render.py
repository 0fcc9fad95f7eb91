# jinja2_render.py N: renders a table of N rows with Jinja2.
import sys

from jinja2 import Environment

TEMPLATE = """<table>
{% for row in rows %}<tr class="{{ loop.cycle('odd', 'even') }}">
{% for cell in row %}<td>{{ cell|upper }}</td>{% endfor %}
</tr>{% endfor %}
</table>"""

rows = [(f"name {i}", f"<{i}>", "text") for i in range(int(sys.argv[1]))]
template = Environment(autoescape=True).from_string(TEMPLATE)
print(len(template.render(rows=rows)))
