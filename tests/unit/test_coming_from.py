#!/usr/bin/env python3
"""docs/coming-from.md: what it names as ours stands in a public header, or is an option."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/coming-from.md").read_text()
HEADERS = "".join(path.read_text() for path in (ROOT / "harness/include/offbeat").glob("*.h"))
OPTIONS = (ROOT / "harness/cli/options.c").read_text()


def ours() -> list[str]:
    """The last column of each row, of tables whose head is ours."""
    cells: list[str] = []
    for line in PAGE.splitlines():
        if line.startswith("| ") and not line.startswith("|---"):
            cells.append(line.rstrip(" |").rsplit(" | ", 1)[-1])
    return cells


def unknown(words: set[str]) -> list[str]:
    return [word for word in sorted(words) if not re.search(rf"\b{word}\b", HEADERS)]


class ComingFrom(unittest.TestCase):
    def test_functions_and_macros_exist(self) -> None:
        words = set(re.findall(r"\b(?:ob|OB)_\w+", PAGE))
        self.assertGreater(len(words), 30)
        self.assertEqual(unknown(words), [])

    def test_fields_exist(self) -> None:
        words = set(re.findall(r"[`({]\.(\w+)", PAGE))
        self.assertGreater(len(words), 8)
        self.assertEqual(unknown(words), [])

    def test_options_exist(self) -> None:
        words = {word for cell in ours() for word in re.findall(r"(--[a-z-]+)", cell)}
        self.assertGreater(len(words), 2)
        self.assertEqual([word for word in sorted(words) if f'"{word}"' not in OPTIONS], [])

    def test_links_lead_somewhere(self) -> None:
        links = re.findall(r"\]\(([^)#]+)", PAGE)
        self.assertEqual([link for link in links if not (ROOT / "docs" / link).exists()], [])


if __name__ == "__main__":
    unittest.main()
