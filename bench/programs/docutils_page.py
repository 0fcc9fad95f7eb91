# docutils_page.py N: makes a page of N sections with docutils.
import sys

from docutils.core import publish_string

SECTION = """
Section {0}
==========

Some *text* with ``code``, a link_ and a list:

- one
- two

.. _link: https://example.org/{0}
"""

count = int(sys.argv[1])
source = "".join(SECTION.format(number) for number in range(count))
settings = {"report_level": 5, "embed_stylesheet": False, "_disable_config": True}
print(len(publish_string(source, writer="html5", settings_overrides=settings)))
