"""Tests of ./scripts/bisect, on repositories whose programs are scripts: what becomes of a commit
is in its file `behaves`."""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BISECT = ROOT / "scripts/lib/bisect.py"


def load_script() -> ModuleType:
    """As a module: starting Python for each bisection takes longer than most of them do. Its own
    name belongs to a module of the standard library."""
    spec = importlib.util.spec_from_file_location("offbeat_bisect", BISECT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()

# The command: what it finds in `behaves` beside its tree, with offbeat's exit codes.
OFFBEAT = r"""#!/bin/sh
here=$(dirname "$0")/../..
case "$1" in
decode) [ "$3" = bytes.bin ] || [ -s "$3" ] && printf 'offbeat scenario 1 t\n' >"$5" && exit ;;
esac
say() { printf '{"inputs": [{"file": "x", "verdict": "%s", %s}]}\n' "$1" "$2"; }
case $(cat "$here/behaves") in
passes) say ok '"invariant": ""' ;;
violates) say violation '"invariant": "one"' && exit 1 ;;
other) say violation '"invariant": "two"' && exit 1 ;;
cut) say cut '"invariant": "time"' ;;
gone) say inapplicable '"error": "no message kind"' && exit 4 ;;
*) exit 77 ;;
esac
"""
BUILD = (
    "grep -q unbuilt behaves && { echo oops; exit 1; }; "
    "mkdir -p build/bin; cp offbeat build/bin"
)


class Bisecting(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name).resolve() / "project"
        self.tree.mkdir()
        own = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        names = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
        names |= {"GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.org"}
        self.environment = {**os.environ, **own, **names, "OFFBEAT_PROJECT": str(self.tree)}
        self.git("init", "--quiet", "--initial-branch=main")
        self.scenario = self.tree.parent / "found.txt"
        self.scenario.write_text("offbeat scenario 1 t\n")
        self.commits: list[str] = []

    def git(self, *words: str, text: str = "") -> str:
        command = ["git", "-C", str(self.tree), *words]
        done = subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, input=text
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        (self.tree / name).write_text(text)

    def commit(self, *behaviours: str) -> None:
        """Commits that behave so, behind those that are there, and the last one checked out."""
        stream = []
        for number, behaviour in enumerate(behaviours, len(self.commits) + 1):
            date = datetime.datetime(2026, 11, number, 10, tzinfo=datetime.timezone.utc)
            stamp = f"{int(date.timestamp())} +0000"
            stream += ["commit refs/heads/main", f"mark :{number}"]
            stream += [f"author A <a@example.org> {stamp}", f"committer C <c@example.org> {stamp}"]
            stream += [f"data <<END\nChange {number}\nEND"]
            if number == 1:
                stream += [f"M 100755 inline offbeat\ndata <<END\n{OFFBEAT}END"]
                stream += ["M 100644 inline .gitignore\ndata <<END\nbuild/\nEND"]
            elif not stream[5:]:
                stream += [f"from {self.commits[-1]}"]
            stream += [f"M 100644 inline behaves\ndata <<END\n{behaviour}\nEND"]
            stream += [f"M 100644 inline number\ndata <<END\n{number}\nEND"]
        marks = self.tree.parent / "marks"
        self.git(
            "fast-import", "--quiet", f"--export-marks={marks}", text="\n".join(stream) + "\n"
        )
        self.git("reset", "--quiet", "--hard")
        named = dict(line.split() for line in marks.read_text().splitlines())
        self.commits += [named[f":{len(self.commits) + at + 1}"] for at in range(len(behaviours))]

    def bisect(self, *words: str, good: str = "", bad: str = "HEAD") -> tuple[int, str, str]:
        command = ["t/racy", str(self.scenario), "--good", good or self.commits[0], "--bad", bad]
        output, error = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(unittest.mock.patch.dict(os.environ, self.environment))
            stack.enter_context(contextlib.redirect_stdout(output))
            stack.enter_context(contextlib.redirect_stderr(error))
            stack.enter_context(warnings.catch_warnings())
            # As a program it holds its lock until it ends.
            warnings.simplefilter("ignore", ResourceWarning)
            code = int(SCRIPT.main([*command, "--build", BUILD, *words]))
        return code, output.getvalue(), error.getvalue()

    def found(self, **ends: str) -> dict[str, Any]:
        code, output, error = self.bisect("--json", **ends)
        self.assertEqual((code, error), (0, ""), output)
        value = json.loads(output)
        assert isinstance(value, dict)
        return value

    def test_the_commit_is_named(self) -> None:
        self.commit(*["passes"] * 6, *["violates"] * 6)
        result = self.found()
        self.assertEqual(
            result["first"],
            {
                "commit": self.commits[6],
                "subject": "Change 7",
                "author": "A <a@example.org>",
                "author_date": "2026-11-07T10:00:00+00:00",
            },
        )
        self.assertEqual((result["verdict"], result["invariant"]), ("violation", "one"))
        self.assertLessEqual(len(result["tried"]), 2 + 4)
        code, output, _ = self.bisect()
        self.assertEqual(code, 0)
        self.assertIn(f"{self.commits[6]} is the first with violation one\n", output)
        self.assertIn("2026-11-07", output)

    def test_every_place_is_found(self) -> None:
        self.commit("passes", "passes", "passes", "violates", "violates", "violates")
        for good, bad in ((2, 3), (0, 3), (2, 5)):
            ends = {"good": self.commits[good], "bad": self.commits[bad]}
            self.assertEqual(self.found(**ends)["first"]["commit"], self.commits[3])

    def test_what_cannot_be_told_is_left_out(self) -> None:
        self.commit("passes", "unbuilt", "passes", "gone", "passes", "passes", "violates", "other")
        self.commit("cut", "unbuilt", "violates", "violates")
        result = self.found()
        self.assertEqual(result["first"]["commit"], self.commits[6])
        said = {one["subject"]: one["outcome"] for one in result["tried"]}
        behaved = {
            f"Change {number}": outcome
            for number, outcome in enumerate(
                "passes unbuilt passes inapplicable passes passes violates differs differs unbuilt "
                "violates violates".split(),
                1,
            )
        }
        self.assertEqual(said, {subject: behaved[subject] for subject in said})

    def test_several_commits_are_left(self) -> None:
        self.commit("passes", "unbuilt", "gone", "other", "violates", "violates")
        code, output, _ = self.bisect("--json")
        self.assertEqual(code, 1)
        result = json.loads(output)
        self.assertIsNone(result["first"])
        candidates = {one["commit"] for one in result["candidates"]}
        self.assertEqual(candidates, set(self.commits[1:5]))
        says = {one["outcome"]: one["says"] for one in result["tried"]}
        self.assertEqual(says["unbuilt"], "oops")
        self.assertEqual(says["inapplicable"], "no message kind")
        self.assertIn("could not be told apart", self.bisect()[1])

    def test_the_checkout_stays_as_it_is(self) -> None:
        self.commit("passes", "passes", "violates", "violates")
        self.write("behaves", "edited\n")
        self.write("number", "staged\n")
        self.git("add", "number")
        self.write("untracked", "mine\n")
        hook = self.tree / ".git/hooks/post-checkout"
        hook.write_text(f"#!/bin/sh\ntouch {self.tree.parent}/hooked\n")
        hook.chmod(0o755)
        before = self.git("status", "--porcelain"), self.git("rev-parse", "HEAD", "main")
        self.assertEqual(self.found()["first"]["commit"], self.commits[2])
        after = self.git("status", "--porcelain"), self.git("rev-parse", "HEAD", "main")
        self.assertEqual(before, after)
        self.assertEqual((self.tree / "behaves").read_text(), "edited\n")
        self.assertFalse((self.tree.parent / "hooked").exists())
        self.assertEqual(self.git("for-each-ref", "refs/bisect"), "")
        self.assertEqual(self.git("branch", "--format=%(refname:short)"), "main")

    def test_what_is_known_is_not_built_again(self) -> None:
        self.commit(*["passes"] * 5, *["violates"] * 4)
        self.found()
        built = len((self.tree / "build/bisect/results.tsv").read_text().splitlines())
        tree = self.tree / "build/bisect/tree"
        (tree / "offbeat").write_text("#!/bin/sh\nexit 77\n")  # nothing that runs it now would pass
        (tree / "build/bin/offbeat").write_text("#!/bin/sh\nexit 77\n")
        self.assertEqual(self.found()["first"]["commit"], self.commits[5])
        rows = (self.tree / "build/bisect/results.tsv").read_text().splitlines()
        self.assertEqual(len(rows), built)
        # Another scenario is another question.
        self.scenario.write_text("offbeat scenario 1 t\n+0 more()\n")
        self.assertEqual(self.found()["first"]["commit"], self.commits[5])
        rows = (self.tree / "build/bisect/results.tsv").read_text().splitlines()
        self.assertEqual(len(rows), 2 * built)

    def test_a_project_below_the_top_of_its_repository(self) -> None:
        self.commit("passes", "violates")
        inner = self.tree / "inner"
        inner.mkdir()
        for name in ("offbeat", "behaves"):
            (self.tree / name).rename(inner / name)
        self.environment["OFFBEAT_PROJECT"] = str(inner)
        for number, behaviour in enumerate(("passes", "passes", "violates")):
            (inner / "behaves").write_text(f"{behaviour}\n")
            (inner / "number").write_text(f"{number}\n")
            self.git("add", "--all")
            self.git("commit", "--quiet", "--message", f"Inner {number}")
        result = self.found(good="HEAD~2")
        self.assertEqual(result["first"]["subject"], "Inner 2")

    def test_bytes_become_text_first(self) -> None:
        self.commit("passes", "violates")
        self.scenario = self.tree.parent / "bytes.bin"
        self.scenario.write_bytes(b"\x01\x02")
        self.assertEqual(self.found()["first"]["commit"], self.commits[1])

    def test_as_a_program(self) -> None:
        self.commit("passes", "violates")
        command: list[str | Path] = [sys.executable, "-B", BISECT, "t/racy", self.scenario]
        command += ["--good", self.commits[0], "--build", BUILD]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"{self.commits[1]} is the first with violation one\n", done.stdout)

    def test_trouble_is_one_line(self) -> None:
        self.commit("passes", "violates", "passes", "gone")
        for ends, part in (
            ({"bad": "HEAD~1"}, "should violate: passes"),
            ({"bad": "HEAD"}, "should violate: inapplicable, no message kind"),
            ({"good": "HEAD~2", "bad": "HEAD~2"}, "should pass: violates"),
            ({"good": "nowhere", "bad": "HEAD~2"}, "git rev-parse"),
        ):
            code, output, error = self.bisect("--json", **ends)
            self.assertEqual((code, output, error.count("\n")), (2, "", 1), error)
            self.assertTrue(error.startswith("bisect: "), error)
            self.assertIn(part, error)
        self.scenario = self.tree / "missing"
        self.assertIn("no such file", self.bisect()[2])


if __name__ == "__main__":
    unittest.main()
