"""The page about the source: report/coverage.html, every file of the night with the lines that
never ran marked, in the design of all pages."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import coverage
import pages
from markup import Html, paragraph, table
from state import read_text

FILE = "coverage.html"
LINES_MAX = 20000  # of a file; what is longer is cut, and the page says so

Facts = Mapping[str, Any]


def link(name: str, page: str = "") -> Html:
    return Html(f'<a href="{page}#file={escape(name)}">{escape(name)}</a>')


def listing(text: str, missed: set[int]) -> str:
    lines = text.splitlines()
    rows = (
        f'<span{" class=missed" * (number in missed)}>{number:5}  {escape(line)}</span>'
        for number, line in enumerate(lines[:LINES_MAX], 1)
    )
    cut = paragraph("The rest is not shown.", "fair") if len(lines) > LINES_MAX else ""
    return f'<pre class="source">{"".join(rows)}</pre>\n{cut}'


def file_part(one: dict[str, Any], root: Path) -> str:
    name, missed = str(one["file"]), coverage.numbers_of(one["missed"])
    text = read_text(root / name)
    changed = coverage.change_words(one)
    says = f"{one['ran']:,} of {one['lines']:,} lines ran ({one['percent']:.1f} %)"
    head = f'<h2 id="file={escape(name)}">{escape(name)}</h2>\n'
    head += paragraph(says + (f"; since the last night: {changed}" if changed else "") + ".")
    return head + (listing(text, missed) if text else paragraph("It cannot be read.", "fair"))


def page(covered: Facts, root: Path, title: str, says: str) -> str:
    rows = [
        (link(one["file"]), one["lines"], one["percent"], coverage.words_of(one["missed"]))
        for one in covered["files"]
    ]
    head = f"<h1>{escape(title)}</h1>\n<p>{escape(says)}</p>\n"
    head += '<p><a href="index.html">The campaign</a></p>\n'
    main = table(("file", "lines", "% ran", "never ran"), rows)
    main += "".join(file_part(one, root) for one in covered["files"])
    return pages.document(f"{title} - Offbeat", "coverage", head, main)
