"""usage: matrix_page.py page|picture <TABLE: the table of ./scripts/bench matrix, as Markdown on
standard input, as a page of its own or as an SVG picture, on standard output."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lib/campaign"))
sys.dont_write_bytecode = True

import pages  # noqa: E402

HEADS = ("variant", "expected", "fuzz", "pct", "exhaustive")
SEARCHES = (
    "fuzz: libFuzzer with Offbeat's mutations, from an empty corpus",
    "pct: walks with random priorities",
    "exhaustive: every order of the messages of a small scenario, with every fault at one place",
)
PLACES = (10, 240, 450, 660)
ROW_HEIGHT, TOP = 24, 32

# A picture in a document has no page around it: it brings both schemes.
STYLE = """
text { fill: #2b2d33 } .found { fill: #f6cdc6 } .silent { fill: #c4e3cd } .none { fill: #e3e1dc }
.back { fill: #fbfaf8 }
@media (prefers-color-scheme: dark) {
  text { fill: #dcdee3 } .found { fill: #5c2f2b } .silent { fill: #234731 } .none { fill: #2c3038 }
  .back { fill: #16181d }
}
"""


@dataclass(frozen=True)
class Row:
    variant: str
    expected: str
    cells: tuple[str, ...]  # of each search, what it says

    def is_as_expected(self) -> bool:
        return self.expected in ("fails", "holds")


def read_rows(text: str) -> list[Row]:
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == len(HEADS) and cells[0].startswith("`"):
            rows.append(Row(cells[0].strip("`"), cells[1], tuple(cells[2:])))
    return rows


def kind_of(cell: str) -> str:
    return next((word for word in ("found", "silent") if cell.startswith(word)), "none")


# -- the page --


def row_part(row: Row) -> str:
    name, target = escape(row.variant), escape(row.variant.partition("/")[0])
    cells = "".join(f'<td class="{kind_of(cell)}">{escape(cell)}</td>' for cell in row.cells)
    return (
        f'<tr id="variant={name}"><th scope="row" class="name">{name}</th><td>{target}</td>'
        f"<td>{escape(row.expected)}</td>{cells}</tr>\n"
    )


def page(rows: list[Row]) -> str:
    wrong = [row for row in rows if not row.is_as_expected()]
    fails = sum(row.expected == "fails" for row in rows)
    head = "<h1>Which variants fail, and which hold</h1>\n"
    if wrong:
        names = ", ".join(f"{row.variant} {row.expected}" for row in wrong)
        head += f'<p class="verdict bad">{escape(names)}.</p>\n'
    elif rows:
        says = f"{fails} variants fail and {len(rows) - fails} hold, as they are expected to."
        head += f'<p class="verdict good">{says}</p>\n'
    head += "".join(f'<p class="soft">{escape(words)}</p>\n' for words in SEARCHES)
    choose = ("target", "expected")
    columns = ("variant", "target", *HEADS[1:])
    heads = "".join(
        f'<th scope="col"{" data-choose" if name in choose else ""}>{name}</th>' for name in columns
    )
    main = (
        f'<div class="wide"><table class="list">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n'
        + "".join(map(row_part, rows))
        + "</tbody>\n</table></div>\n"
    )
    return pages.document("Matrix - Offbeat", "matrix of variants and searches", head, main)


# -- the picture --


def picture(rows: list[Row]) -> str:
    height = TOP + len(rows) * ROW_HEIGHT + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" width="900" '
        f'height="{height}" font-family="sans-serif" font-size="12">\n'
        f"<title>Which variants fail, and which hold</title>\n<style>{STYLE}</style>\n"
        f'<rect class="back" width="900" height="{height}"/>\n'
    ]
    for head, place in zip((HEADS[0], *HEADS[2:]), PLACES):
        parts.append(f'<text x="{place}" y="22" font-weight="bold">{head}</text>\n')
    for index, row in enumerate(rows):
        y = TOP + index * ROW_HEIGHT
        parts.append(f'<text x="10" y="{y + 14}">{escape(row.variant)}</text>\n')
        for place, cell in zip(PLACES[1:], row.cells):
            box = f'x="{place}" y="{y}" width="200" height="20" rx="3"'
            parts.append(f'<rect class="{kind_of(cell)}" {box}/>\n')
            parts.append(f'<text x="{place + 6}" y="{y + 14}">{escape(cell)}</text>\n')
    return "".join(parts) + "</svg>\n"


def main(words: list[str]) -> int:
    forms = {"page": page, "picture": picture}
    if len(words) != 1 or words[0] not in forms:
        print(__doc__, file=sys.stderr)
        return 2
    sys.stdout.write(forms[words[0]](read_rows(sys.stdin.read())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
