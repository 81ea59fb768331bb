"""Deliberate faults: their list, how one is applied, and what came of it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

TEST_SECONDS_MAX = 300
OUTPUT_LINES_MAX = 30


class Trouble(Exception):
    """Something besides the fault is wrong: a line for people."""


@dataclass(frozen=True)
class Fault:
    """One fault: in `file`, `old` becomes `new`, and `test` fails."""

    name: str
    file: str
    old: str
    new: str
    test: str

    @property
    def program(self) -> str:
        """The test's program, which is also what is built for it."""
        label, name = self.test.split(".", 1)
        return f"{label}_test_{name}"

    def apply(self, text: str) -> str:
        count = text.count(self.old)
        if count != 1:
            raise Trouble(f"{self.name}: {self.file} has its text {count} times, not once")
        return text.replace(self.old, self.new)


def end_of(output: str) -> str:
    return "\n".join(output.splitlines()[-OUTPUT_LINES_MAX:])


class Outcome(Enum):
    KILLED = "killed"
    SURVIVED = "SURVIVED"
    BROKEN = "DOES NOT COMPILE"


def load(path: Path) -> list[Fault]:
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("fault", [])
    try:
        faults = [Fault(**entry) for entry in entries]
    except TypeError as error:
        raise Trouble(f"{path}: {error}") from error
    names = [fault.name for fault in faults]
    for name in {name for name in names if names.count(name) > 1}:
        raise Trouble(f"{path}: two faults are named {name!r}")
    return faults


def choose(faults: Sequence[Fault], count: int, seed: str) -> list[Fault]:
    """Some of them: others for another seed, and each as often as the others."""
    ranked = sorted(
        faults, key=lambda fault: hashlib.sha256(f"{seed}\n{fault.name}".encode()).digest()
    )
    chosen = set(ranked[:count])
    return [fault for fault in faults if fault in chosen]


def copy_tree(source: Path, target: Path) -> None:
    """What git knows, and what it does not ignore. What is there already keeps its time; what is no
    more goes, but for what was built."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = set(filter(None, listed.split("\0")))
    for copy in target.rglob("*"):
        name = str(copy.relative_to(target))
        if copy.is_file() and name not in names and not name.startswith("build/"):
            copy.unlink()
    for name in names:
        original, copy = source / name, target / name
        if not original.is_file() or original.is_symlink():
            continue
        if copy.is_file() and copy.read_bytes() == original.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(original, copy)


class Mutated:
    """A copy of the tree with a build of its own, in which one fault at a time is tried."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.build = tree / "build/dev"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.tree,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def configure(self) -> None:
        done = self.run("cmake", "--preset", "dev", "-DOFFBEAT_WERROR=OFF")
        if done.returncode != 0:
            raise Trouble(f"the copy cannot be configured:\n{end_of(done.stdout)}")

    def compile(self, programs: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return self.run("cmake", "--build", str(self.build), "--target", *programs)

    def passes(self, program: str) -> bool:
        """Whether a test passes. One that hangs does not."""
        try:
            done = subprocess.run(
                [str(self.build / "tests" / program)],
                cwd=self.tree,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=TEST_SECONDS_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def prepare(self, faults: Sequence[Fault]) -> None:
        """Builds the tests, all of which pass while there is no fault."""
        programs = sorted({fault.program for fault in faults})
        self.configure()
        done = self.compile(programs)
        if done.returncode != 0:
            raise Trouble(f"the tree does not compile:\n{end_of(done.stdout)}")
        for program in programs:
            if not self.passes(program):
                raise Trouble(f"{program} fails without any fault")

    def try_fault(self, fault: Fault) -> Outcome:
        path = self.tree / fault.file
        text = path.read_text(encoding="utf-8")
        path.write_text(fault.apply(text), encoding="utf-8")
        try:
            if self.compile([fault.program]).returncode != 0:
                return Outcome.BROKEN
            return Outcome.SURVIVED if self.passes(fault.program) else Outcome.KILLED
        finally:
            path.write_text(text, encoding="utf-8")

    def try_all(self, faults: Sequence[Fault]) -> Iterator[tuple[Fault, Outcome, float]]:
        self.prepare(faults)
        for fault in faults:
            begun = time.monotonic()
            outcome = self.try_fault(fault)
            yield fault, outcome, time.monotonic() - begun
