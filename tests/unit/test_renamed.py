#!/usr/bin/env python3
"""renamed-before-1.0.sed turns each old name that CHANGELOG.md lists into the new one."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".github/renamed-before-1.0.sed"
HEADERS = "".join(path.read_text() for path in (ROOT / "harness/include/offbeat").glob("*.h"))


def names(cell: str) -> list[str]:
    """Those of a cell of the table, of which `_END` stands for the last one with another end."""
    found: list[str] = []
    for name in re.findall(r"`(?:enum )?(\w+)(?:\(\))?`", cell):
        ending = name.startswith("_")
        found.append(re.sub(r"(OB_PROMISES|OB).*", r"\1", found[0]) + name if ending else name)
    return found


def table() -> list[tuple[str, str]]:
    """Each old name with the new one."""
    pairs: list[tuple[str, str]] = []
    text = (ROOT / ".github/CHANGELOG.md").read_text()
    for line in text.split("| old | new |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]:
        old, new = (names(cell) for cell in line.strip("|").split(" | "))
        pairs += zip(old, new, strict=True)
    return pairs


def rename(text: str) -> str:
    return subprocess.run(["sed", "-f", str(SCRIPT)], input=text, capture_output=True, text=True,
                          check=True).stdout


class Renamed(unittest.TestCase):
    def test_each_old_name_becomes_the_new_one(self) -> None:
        self.assertGreater(len(table()), 6)
        for old, new in table():
            self.assertEqual(rename(f"a = {old}(b);\n"), f"a = {new}(b);\n")

    def test_new_names_are_public_and_old_ones_are_not(self) -> None:
        for old, new in table():
            self.assertRegex(HEADERS, rf"\b{new}\b")
            self.assertNotRegex(HEADERS, rf"\b{old}\b")

    def test_nothing_else_changes(self) -> None:
        text = "my_ob_promise ob_promises OB_PROMISES ob_rwlock_read_lock\n"
        self.assertEqual(rename(text), text)

    def test_the_script_has_no_name_that_the_table_lacks(self) -> None:
        written = set(re.findall(r"^s/\\b(\w+)\\b/(\w+)/g$", SCRIPT.read_text(), re.M))
        self.assertEqual(written, set(table()))


if __name__ == "__main__":
    unittest.main()
