#!/usr/bin/env python3
"""Manual pages and completion: what --help says reaches them, whatever characters it holds."""

from __future__ import annotations

import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lib"))

import manual

HELP = """Finds races.

usage: offbeat COMMAND [ARGUMENT...]

  list       Lists the targets.
  run        Replays 'inputs': all.
"""
RUN = """usage: offbeat run X [--json] [-o OUT]

.dots and 'quotes' and a \\ in it
--json prints well-made JSON
"""
PAGES = [
    manual.Page("", "finds races", HELP),
    manual.Page("list", "Lists the targets.", "usage: offbeat list\n"),
    manual.Page("run", "Replays 'inputs': all.", RUN),
]


class Manual(unittest.TestCase):
    def test_commands_are_those_that_the_help_lists(self) -> None:
        self.assertEqual([name for name, _ in manual.commands_of(HELP)], ["list", "run"])

    def test_options_are_words_of_their_own(self) -> None:
        self.assertEqual(PAGES[2].options(), ["--json", "-o", "--help"])
        self.assertEqual(PAGES[1].options(), ["--help"])

    def test_a_page_has_every_line_and_no_request_by_accident(self) -> None:
        page = manual.roff(PAGES[2], "1.2.3")
        self.assertIn("\\&.dots and 'quotes' and a \\e in it", page)
        self.assertIn("\\-\\-json prints well\\-made JSON", page)
        requests = [line for line in page.split("\n") if line.startswith(".")]
        self.assertEqual(len(requests), 6)

    def test_completion_is_a_script(self) -> None:
        script = manual.bash_completion(PAGES)
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        self.assertIn("run) words='--json -o --help'", script)

    def test_zsh_gets_quotes_and_colons(self) -> None:
        script = manual.zsh_completion(PAGES)
        self.assertIn("run:'Replays '\\''inputs'\\''\\: all.'", script)


if __name__ == "__main__":
    unittest.main()
