"""Tests of the deliberate faults: the list is of this tree, and what comes of a fault is told."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True

from mutants import Fault, Mutated, Outcome, Trouble, choose, copy_tree, load  # noqa: E402


def fault(name: str = "one", old: str = "a + b", new: str = "a - b") -> Fault:
    return Fault(name=name, file="sum.c", old=old, new=new, test="unit.sum")


class Listed(unittest.TestCase):
    """tests/mutants.toml."""

    faults = load(ROOT / "tests/mutants.toml")

    def test_each_is_of_this_tree(self) -> None:
        for one in self.faults:
            with self.subTest(one.name):
                text = (ROOT / one.file).read_text(encoding="utf-8")
                self.assertNotEqual(one.apply(text), text)
                program = one.program.replace("_test_", "/test_", 1)
                self.assertTrue((ROOT / f"tests/{program}.c").is_file(), one.test)

    def test_there_are_enough(self) -> None:
        self.assertGreaterEqual(len(self.faults), 60)

    def test_a_part_changes_with_the_seed_and_is_the_same_for_one(self) -> None:
        first = choose(self.faults, 6, "first")
        self.assertEqual(len(first), 6)
        self.assertEqual(first, choose(self.faults, 6, "first"))
        self.assertNotEqual(first, choose(self.faults, 6, "second"))
        parts = [one.name for seed in range(200) for one in choose(self.faults, 6, str(seed))]
        self.assertEqual(set(parts), {one.name for one in self.faults})


class Applying(unittest.TestCase):
    def test_the_text_is_there_once(self) -> None:
        self.assertEqual(fault().apply("return a + b;"), "return a - b;")
        for text in ("return 0;", "return a + b + (a + b);"):
            with self.assertRaisesRegex(Trouble, "sum.c has its text [02] times"):
                fault().apply(text)

    def test_names_are_different(self) -> None:
        entry = '[[fault]]\nname = "x"\nfile = "f"\nold = "a"\nnew = "b"\ntest = "unit.t"\n'
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "list.toml"
            path.write_text(entry * 2, encoding="utf-8")
            with self.assertRaisesRegex(Trouble, "two faults are named"):
                load(path)
            path.write_text(entry.replace("test", "tests"), encoding="utf-8")
            with self.assertRaisesRegex(Trouble, "tests"):
                load(path)

    def test_a_copy_has_what_git_has(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "source", Path(folder) / "target"
            source.mkdir()
            subprocess.run(["git", "init", "-q"], cwd=source, check=True)
            (source / ".gitignore").write_text("build/\n", encoding="utf-8")
            (source / "build").mkdir()
            (source / "build/made").write_text("", encoding="utf-8")
            (source / "new").write_text("1", encoding="utf-8")
            copy_tree(source, target)
            self.assertEqual({path.name for path in target.rglob("*")}, {".gitignore", "new"})
            before = (target / "new").stat().st_mtime_ns
            copy_tree(source, target)
            self.assertEqual((target / "new").stat().st_mtime_ns, before)
            (source / "new").write_text("2", encoding="utf-8")
            copy_tree(source, target)
            self.assertEqual((target / "new").read_text(encoding="utf-8"), "2")
            (target / "build").mkdir()
            (target / "build/kept").write_text("", encoding="utf-8")
            (source / "new").unlink()
            copy_tree(source, target)
            self.assertFalse((target / "new").exists())
            self.assertTrue((target / "build/kept").exists())


class Small(Mutated):
    """A tree whose compiler and test look at one file."""

    def configure(self) -> None:
        pass

    def compile(self, programs: object) -> subprocess.CompletedProcess[str]:
        text = (self.tree / "sum.c").read_text(encoding="utf-8")
        return subprocess.CompletedProcess([], 1 if "#error" in text else 0, "", "")

    def passes(self, program: str) -> bool:
        return "a + b" in (self.tree / "sum.c").read_text(encoding="utf-8")


class Trying(unittest.TestCase):
    def outcomes(self, text: str, *faults: Fault) -> list[Outcome]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sum.c"
            path.write_text(text, encoding="utf-8")
            found = [outcome for _, outcome, _ in Small(Path(folder)).try_all(faults)]
            self.assertEqual(path.read_text(encoding="utf-8"), text)
        return found

    def test_what_comes_of_a_fault(self) -> None:
        survivor = fault("two", "/* sum */", "/* total */")
        broken = fault("three", "a + b", "\n#error\n")
        self.assertEqual(
            self.outcomes("/* sum */ return a + b;", fault(), survivor, broken),
            [Outcome.KILLED, Outcome.SURVIVED, Outcome.BROKEN],
        )

    def test_a_test_that_fails_by_itself_is_trouble(self) -> None:
        with self.assertRaisesRegex(Trouble, "fails without any fault"):
            self.outcomes("return 0;", fault())


if __name__ == "__main__":
    unittest.main()
