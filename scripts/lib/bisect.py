#!/usr/bin/env python3
"""What ./scripts/bisect does: see there for options, outcomes and exit codes.

    build/bisect/tree           a worktree of the project's repository
    build/bisect/results.tsv    commit, what was asked, outcome, words: what is known already
    build/bisect/scenario.txt   the scenario, in text form, which outlives changes of the target
    build/bisect/build.log      of the last build
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent
FOUND, SEVERAL, TROUBLE, INTERRUPTED = 0, 1, 2, 130
# Exit codes of `offbeat run`.
RUN_UNREADABLE, RUN_INAPPLICABLE = 2, 4
# What one says of a commit to git.
TERMS = {"violates": "bad", "passes": "good"}
FIRST_BAD = re.compile(r"^([0-9a-f]{40,64}) is the first bad commit", re.MULTILINE)
PRESET_BUILD = f'"{HERE}/campaign/prepare.sh" build release offbeat_cli'
SAYS_MAX = 300
# No word of the user's settings changes what is read here, and no hook of theirs runs.
GIT = ("git", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")


class Trouble(Exception):
    """One line says what."""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Trouble(f"{message.removeprefix('argument ')} (--help for help)")


@dataclass(frozen=True)
class Commit:
    commit: str
    subject: str
    author: str
    author_date: str  # ISO 8601


@dataclass(frozen=True)
class Tried(Commit):
    outcome: str
    says: str


@dataclass(frozen=True)
class Outcome:
    outcome: str
    says: str


def environment() -> dict[str, str]:
    """Without what a hook of git, which may have called, has set for its own repository."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**clean, "LC_ALL": "C"}


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise Trouble(f"{command[0]}: {error.strerror}") from None


def git(folder: Path, *words: str) -> str:
    done = run([*GIT, *words], folder)
    if done.returncode != 0:
        raise Trouble(f"git {words[0]}: {last_line(done.stderr or done.stdout)}")
    return done.stdout.rstrip("\n")


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:SAYS_MAX] if lines else "it says nothing"


class Bisection:
    def __init__(self, options: argparse.Namespace, project: Path) -> None:
        top = git(project, "rev-parse", "--show-toplevel")
        self.project = project
        self.subject = str(options.subject)
        self.build = str(options.build)
        self.is_quiet = bool(options.json)
        self.work = project / "build/bisect"
        self.tree = self.work / "tree"
        self.inner = self.tree / project.resolve().relative_to(Path(top).resolve())
        self.command = self.inner / options.command
        self.wanted = ""  # the verdict and the invariant that the bad commit shows
        self.tried: list[Tried] = []
        self.scenario = Path(options.scenario).resolve()
        self.text = self.work / "scenario.txt"

    # -- what git knows --

    def commit_of(self, name: str) -> str:
        return git(self.project, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")

    def describe(self, commit: str) -> Commit:
        line = git(self.project, "show", "-s", "--format=%s%x00%an <%ae>%x00%aI", commit)
        subject, author, date = line.split("\0")
        return Commit(commit, subject, author, date)

    def open_tree(self, commit: str) -> None:
        """A worktree of an earlier time is as good: what it has built is there still."""
        git(self.project, "worktree", "prune")
        is_there = run([*GIT, "rev-parse", "--show-toplevel"], self.tree).stdout.strip() == str(
            self.tree.resolve()
        ) if self.tree.is_dir() else False
        if not is_there:
            shutil.rmtree(self.tree, ignore_errors=True)
            git(self.project, "worktree", "add", "--detach", "--force", str(self.tree), commit)
        run([*GIT, "bisect", "reset"], self.tree)

    # -- one commit --

    def result_key(self) -> str:
        parts = (self.subject, self.build, str(self.command), self.text.read_text(), self.wanted)
        return hashlib.sha1("\0".join(parts).encode()).hexdigest()

    def remembered(self, commit: str) -> Outcome | None:
        path, key = self.work / "results.tsv", self.result_key()
        rows = path.read_text().splitlines() if path.is_file() else []
        for row in rows:
            cells = row.split("\t")
            if len(cells) == 4 and cells[:2] == [commit, key]:
                return Outcome(cells[2], cells[3])
        return None

    def remember(self, commit: str, outcome: Outcome) -> None:
        cells = (commit, self.result_key(), outcome.outcome, outcome.says.replace("\t", " "))
        with open(self.work / "results.tsv", "a", encoding="utf-8") as file:
            file.write("\t".join(cells) + "\n")

    def build_commit(self, commit: str) -> str:
        """Nothing, or why it cannot be built."""
        git(self.tree, "checkout", "--detach", "--force", "--quiet", commit)
        if not self.inner.is_dir():
            return "the project's folder is not there"
        command = ["bash", "-c", self.build]
        own = {**environment(), "OFFBEAT_PROJECT": str(self.inner)}
        with open(self.work / "build.log", "wb") as log:
            code = subprocess.run(
                command, cwd=self.inner, env=own, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            ).returncode
        if code == 0 and self.command.is_file():
            return ""
        said = last_line((self.work / "build.log").read_text(errors="replace"))
        return said if code != 0 else f"the build leaves no {self.command.relative_to(self.inner)}"

    def replay(self) -> Outcome:
        done = run([self.command, "run", self.subject, self.text, "--json"], self.inner)
        if done.returncode in (RUN_UNREADABLE, RUN_INAPPLICABLE):
            says = last_line(done.stderr)
            with_error = re.search(r'"error": ("(?:[^"\\]|\\.)*")', done.stdout)
            says = json.loads(with_error[1]) if with_error else says
            return Outcome("inapplicable", says[:SAYS_MAX])
        try:
            said = json.loads(done.stdout)["inputs"][0]
            verdict, invariant = str(said["verdict"]), str(said["invariant"])
        except (ValueError, LookupError):
            return Outcome("differs", f"offbeat run ended with {done.returncode}")
        shown = f"{verdict} {invariant}".strip()
        if verdict in ("ok", "livelock"):
            return Outcome("passes", shown)
        if verdict in ("cut", "unstable") or shown != (self.wanted or shown):
            return Outcome("differs", shown)
        return Outcome("violates", shown)

    def judge(self, commit: str) -> Outcome:
        outcome = self.remembered(commit)
        if outcome is None:
            trouble = self.build_commit(commit)
            outcome = Outcome("unbuilt", trouble) if trouble else self.replay()
            self.remember(commit, outcome)
        about = self.describe(commit)
        self.tried.append(Tried(**asdict(about), **asdict(outcome)))
        if not self.is_quiet:
            print(f"  {commit[:10]}  {outcome.outcome:<12}  {about.subject}", flush=True)
        return outcome

    # -- all of them --

    def read_scenario(self, bad: str) -> None:
        """In text form: bytes mean something else with every kind that is added."""
        data = self.scenario.read_bytes()
        if data.startswith(b"offbeat scenario"):
            self.text.write_bytes(data)
            return
        if trouble := self.build_commit(bad):
            log = f"all of it: {self.work}/build.log"
            raise Trouble(f"{bad[:10]} does not build: {trouble} ({log})")
        done = run(
            [self.command, "decode", self.subject, self.scenario, "-o", self.text], self.inner
        )
        if done.returncode != 0:
            raise Trouble(last_line(done.stderr))

    def check_ends(self, good: str, bad: str) -> None:
        outcome = self.judge(bad)
        if outcome.outcome != "violates":
            raise Trouble(f"{bad[:10]} should violate: {outcome.outcome}, {outcome.says}")
        self.wanted = outcome.says
        outcome = self.judge(good)
        if outcome.outcome != "passes":
            hint = "; name an older one" if outcome.outcome == "violates" else ""
            raise Trouble(f"{good[:10]} should pass: {outcome.outcome}, {outcome.says}{hint}")

    def narrow(self, good: str, bad: str) -> list[str]:
        """By `git bisect`: the first bad commit alone, or those that it may be."""
        done = run([*GIT, "bisect", "start", bad, good], self.tree)
        while True:
            if found := FIRST_BAD.search(done.stdout):
                return [found[1]]
            if "only 'skip'ped commits left" in done.stdout:
                return re.findall(r"^[0-9a-f]{40,64}$", done.stdout, re.MULTILINE)
            if done.returncode != 0:
                raise Trouble(f"git bisect: {last_line(done.stderr or done.stdout)}")
            outcome = self.judge(git(self.tree, "rev-parse", "HEAD"))
            done = run([*GIT, "bisect", TERMS.get(outcome.outcome, "skip")], self.tree)

    def find(self, good_name: str, bad_name: str) -> dict[str, Any]:
        good, bad = self.commit_of(good_name), self.commit_of(bad_name)
        self.work.mkdir(parents=True, exist_ok=True)
        lock = open(self.work / "lock", "w")  # held until this process ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"another one is at work in {self.work}") from None
        self.open_tree(bad)
        self.read_scenario(bad)
        if not self.is_quiet:
            print(f"Looking for what brought the bug of {self.subject}", flush=True)
        self.check_ends(good, bad)
        candidates = [asdict(self.describe(commit)) for commit in self.narrow(good, bad)]
        run([*GIT, "bisect", "reset"], self.tree)
        verdict, _, invariant = self.wanted.partition(" ")
        return {
            "target": self.subject,
            "verdict": verdict,
            "invariant": invariant,
            "good": good,
            "bad": bad,
            "first": candidates[0] if len(candidates) == 1 else None,
            "candidates": candidates,
            "tried": [asdict(one) for one in self.tried],
        }


def words_of(result: dict[str, Any]) -> str:
    one = result["first"]
    if one:
        return (
            f"{one['commit']} is the first with {result['verdict']} {result['invariant']}\n"
            f"  subject: {one['subject']}\n  author:  {one['author']}\n"
            f"  date:    {one['author_date']}"
        )
    lines = [f"  {one['commit'][:10]}  {one['subject']}" for one in result["candidates"]]
    return "\n".join(["It is one of these, which could not be told apart:", *lines])


def parser() -> Parser:
    reader = Parser(add_help=False, allow_abbrev=False, prog="bisect")
    reader.add_argument("subject", metavar="TARGET/VARIANT")
    reader.add_argument("scenario", metavar="SCENARIO")
    reader.add_argument("--good", required=True)
    reader.add_argument("--bad", default="HEAD")
    reader.add_argument("--build", default=os.environ.get("OFFBEAT_BISECT_BUILD") or PRESET_BUILD)
    reader.add_argument("--command", default="build/bin/offbeat")
    reader.add_argument("--json", action="store_true")
    return reader


def main(arguments: Sequence[str]) -> int:
    try:
        options = parser().parse_intermixed_args(arguments)
        if not Path(options.scenario).is_file():
            raise Trouble(f"{options.scenario}: there is no such file")
        project = Path(os.environ.get("OFFBEAT_PROJECT", HERE.parents[1]))
        result = Bisection(options, project).find(options.good, options.bad)
        print(json.dumps(result, indent=1) if options.json else words_of(result))
        return FOUND if result["first"] else SEVERAL
    except KeyboardInterrupt:
        return INTERRUPTED
    except (Trouble, OSError) as error:
        print(f"bisect: {error}", file=sys.stderr)
        return TROUBLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
