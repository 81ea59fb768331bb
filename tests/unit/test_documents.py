"""Documents are read as they say, and a line that differs is noticed."""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "documents"))
sys.dont_write_bytecode = True

import documents  # noqa: E402
from documents import Command, File, first_difference  # noqa: E402

DOCUMENT = """# A title
<!-- file: a/b.txt -->
```c
int x;
```
<!-- file: hidden.txt
two
lines
-->
```
not ours
```
<!-- more of: a/b.txt -->
```c
int y;
```
<!-- run: cat hidden.txt -->
```
two
...
```
```console
$ cat a/b.txt
int x;
int y;
$ true
```
<!-- not run: it takes a night -->
```console
$ sleep 100000
```
"""


class Reading(unittest.TestCase):
    def test_steps(self) -> None:
        self.assertEqual(
            list(documents.steps(DOCUMENT)),
            [
                File(3, "a/b.txt", "int x;\n"),
                File(6, "hidden.txt", "two\nlines\n"),
                File(14, "a/b.txt", "int y;\n", is_more=True),
                Command(17, "cat hidden.txt", ["two", "..."], 19),
                Command(23, "cat a/b.txt", ["int x;", "int y;"], 24),
                Command(26, "true", [], 27),
            ],
        )

    def test_what_is_not_ended(self) -> None:
        for text in ("<!-- run: x -->\ntext", "<!-- run: x -->", "```\nnever", "<!-- file: x\n",
                     "<!-- run: x\n-->", "```console\nout\n```",
                     "<!-- run: x -->\n<!-- run: y -->\n```\n```"):  # fmt: skip
            with self.assertRaises(documents.BadDocument, msg=text):
                list(documents.steps(text))


class Comparing(unittest.TestCase):
    def test_equal(self) -> None:
        equal: tuple[tuple[list[str], list[str]], ...] = (
            (["a", "b"], ["a", "b"]),
            (["a", "...", "c"], ["a", "b", "b", "c"]),
            (["a", "...", "c"], ["a", "c"]),
            (["...", "c", "..."], ["a", "b", "c", "d"]),
            (["..."], []),
            (["a", "..."], ["a", "b"]),
            (["...", "b"], ["b", "a", "b"]),
            ([], []),
            (["in 0.123 s"], ["in 7 s"]),
        )
        for shown, printed in equal:
            self.assertIsNone(first_difference(shown, printed), (shown, printed))

    def test_different(self) -> None:
        different: tuple[tuple[list[str], list[str], str], ...] = (
            (["a"], ["b"], "a"),
            (["a"], ["a", "b"], "a"),
            (["a", "b"], ["a"], "b"),
            ([], ["a"], "(the end)"),
            (["...", "b"], ["a", "b", "c"], "b"),
            (["a", "..."], ["b", "a"], "a"),
            (["...", "x", "...", "z"], ["z", "x"], "z"),
            (["takes 5us"], ["takes 6us"], "takes 5us"),
        )
        for shown, printed, missing in different:
            self.assertEqual(first_difference(shown, printed), missing, (shown, printed))


class Checking(unittest.TestCase):
    def differences(self, text: str) -> list[documents.Difference]:
        with tempfile.TemporaryDirectory() as scratch:
            return list(documents.check(text, Path(scratch), os.environ))

    def test_right(self) -> None:
        self.assertEqual(self.differences(DOCUMENT), [])

    def test_a_folder_that_is_entered_is_that_of_what_follows(self) -> None:
        text = "```console\n$ mkdir -p a/b\n$ cd a/b\n$ touch c\n$ cd ..\n$ ls b\nc\n```\n"
        self.assertEqual(self.differences(text), [])

    def test_wrong(self) -> None:
        changed = DOCUMENT.replace("$ cat a/b.txt\nint x;", "$ cat a/b.txt\nint w;\nint z;")
        (wrong,) = self.differences(changed)
        self.assertEqual((wrong.step.line, wrong.missing), (23, "int w;"))
        self.assertEqual(wrong.printed, ["int x;", "int y;"])
        self.assertEqual(documents.corrected(changed, [wrong]), DOCUMENT)

    def test_paragraphs_that_were_left_out_stay_out(self) -> None:
        printed = ["head", "", "Trace: 6", "a", "", "State:", "b", "", "Why:", "c"]
        self.assertEqual(documents.refreshed(["...", "Trace: 5", "x", "..."], printed),
                         ["...", "Trace: 6", "a", "..."])  # fmt: skip
        self.assertEqual(documents.refreshed(["head", "", "Trace: 5", "...", "Why:"], printed),
                         ["head", "", "Trace: 6", "a", "...", "Why:", "c"])  # fmt: skip
        self.assertEqual(documents.refreshed(["old"], printed), printed)


if __name__ == "__main__":
    unittest.main()
