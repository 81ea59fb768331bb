"""HTML of pages: text, tables, paragraphs."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is HTML already."""


def cell(value: object, tag: str) -> str:
    if isinstance(value, Html):
        return f"<{tag}>{value}</{tag}>"
    if isinstance(value, (int, float)):
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        return f'<{tag} class="n">{text}</{tag}>'
    return f"<{tag}>{escape(str(value))}</{tag}>"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Columns of numbers stand to the right, their heads with them."""
    body = [list(row) for row in rows]
    first = body[0] if body else []
    names = [
        f'<th class="n">{escape(head)}</th>'
        if index < len(first) and isinstance(first[index], (int, float))
        else f"<th>{escape(head)}</th>"
        for index, head in enumerate(heads)
    ]
    head = f"<thead><tr>{''.join(names)}</tr></thead>" if names else ""
    lines = ("<tr>" + "".join(cell(value, "td") for value in row) + "</tr>\n" for row in body)
    return f'<div class="scroll"><table>{head}<tbody>\n{"".join(lines)}</tbody></table></div>\n'


def paragraph(text: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f"<p{attribute}>{escape(text)}</p>\n"
