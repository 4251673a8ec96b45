"""Sphinx for the handout (`make handout`): Markdown by MyST, looks by furo, nothing from the network.

The pages are plain Markdown and read well without Sphinx; all that is Sphinx's own stands here.
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import listings  # noqa: E402
from pygments.lexers.special import TextLexer  # noqa: E402
from sphinx.highlighting import lexers  # noqa: E402
from sphinx.util import logging  # noqa: E402

lexers["gdb-session"] = TextLexer()  # the transcripts that grading/tests/gdb_session.py plays

# The order of the pages; one that this tree does not have is left out: students' trees have none for instructors.
PAGES = ["lab1-boot", "gdb-lab1", "lab2-paging", "lab3-syscalls", "traps", "bench", "instructors"]

project = "Strata"
copyright = "the Strata authors"  # pylint: disable=redefined-builtin
html_title = "Strata"
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["strata.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
pygments_style = "default"
pygments_dark_style = "monokai"
language = "en"
highlight_language = "text"
exclude_patterns = ["README.md"]


def add_contents(_app, page, source):
    """The table of contents goes into the first page here, because no other reader of Markdown knows the directive."""
    if page == "index":
        names = "\n".join(name for name in PAGES if (HERE / f"{name}.md").is_file())
        source[0] += f"\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"


def check_listings(_app):
    for line in listings.complaints():
        logging.getLogger(__name__).warning(line)


def setup(app):
    app.connect("source-read", add_contents)
    app.connect("builder-inited", check_listings)
