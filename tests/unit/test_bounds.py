"""The table of bounds in harness/README.md says what the code does: each bound that cuts runs, by
its name and with its number."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORLD = ROOT / "harness/world"
SECONDS_A_DAY = 24 * 60 * 60

# What a bound is in bounds.h, where it is a number of its own.
NUMBERS = {
    "deliveries": "OB_DELIVERIES_MAX",
    "messages": "OB_SENT_MAX",
    "calls": "OB_CALLS_MAX",
    "queue_full": "OB_QUEUE_MAX",
    "holds": "OB_HOLDS_MAX",
}


def documented() -> dict[str, str]:
    """The second and the third column of the table."""
    text = (ROOT / "harness/README.md").read_text()
    section = text.split("\n## Bounds of a run\n")[1].split("\n## ")[0]
    rows = section.split("|---|---|---|\n")[1]
    return dict(re.findall(r"^\|.*\| `(\w+)` \| (.*?) \|$", rows, re.MULTILINE))


def names() -> dict[str, str]:
    """Of each bound, the word that commands print."""
    return dict(re.findall(r'\[(OB_BOUND_\w+)\] = "(\w+)"', (WORLD / "bounds.c").read_text()))


def constants() -> dict[str, int]:
    """Those that bounds.h defines, some of them by others before."""
    text = (WORLD / "bounds.h").read_text().replace("\\\n", " ")
    values: dict[str, int] = {}
    for name, expression in re.findall(r"#define (OB_\w+_MAX)\s+([^/\n]+)", text):
        plain = re.sub(r"(\d)u\b", r"\1", expression)
        product = 1
        for factor in re.findall(r"\w+", plain):
            product *= values[factor] if factor in values else int(factor)
        values[name] = product
    return values


class Bounds(unittest.TestCase):
    def test_each_has_a_row_and_each_row_is_one(self) -> None:
        listed = re.findall(r"\bOB_BOUND_\w+", (WORLD / "bounds.h").read_text())
        self.assertEqual(sorted(set(listed)), sorted(names()))
        self.assertEqual(sorted(documented()), sorted(names().values()))

    def test_each_cuts_runs_somewhere(self) -> None:
        code = "".join(path.read_text() for path in sorted((ROOT / "harness").rglob("*.c")))
        used = set(re.findall(r"ob_cut\(\s*[\w>-]+,\s*(OB_BOUND_\w+)", code))
        self.assertEqual(sorted(used), sorted(names()))

    def test_numbers_are_those_of_the_code(self) -> None:
        values = constants()
        for word, constant in NUMBERS.items():
            self.assertEqual(documented()[word], f"{values[constant]:,}", word)
        headers = "".join(path.read_text() for path in WORLD.glob("*.h"))
        bits = re.search(r"#define OB_EVENT_BITS (\d+)", headers)
        assert bits
        days = 2 ** (64 - int(bits[1])) // 10**6 // SECONDS_A_DAY
        self.assertEqual(documented()["time"], f"{days} days")


if __name__ == "__main__":
    unittest.main()
