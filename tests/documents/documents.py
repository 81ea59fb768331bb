"""What documents show is what happens: commands in Markdown are run, and their output is compared.

In a document, a comment before a fence says what the fence is:

    <!-- file: NAME -->      its lines are saved as NAME; those of a comment that goes on, as well
    <!-- more of: NAME -->   its lines are added to NAME
    <!-- run: COMMAND -->    its lines are what COMMAND prints
    <!-- not run: WHY -->    it is left alone

A fence that begins with ```console is run without a comment: lines that begin with "$ " are
commands, those below are what they print. A line "..." stands for any number of lines. Durations
such as "0.101 s" are not compared. All of a document is run in one new folder, in which `offbeat/`
is the source tree; a command that is nothing but "cd FOLDER" holds for what follows.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

COMMENT = re.compile(r"^<!-- (file|more of|run|not run): (.*?)( -->)?$")
FENCE = re.compile(r"^```(\w*)")
ENTERED = re.compile(r"^cd (\S+)$")
DURATION = re.compile(r"\b\d+(\.\d+)? s\b")
COMMAND_SECONDS_MAX = 600
ELLIPSIS = "..."


class BadDocument(Exception):
    """A comment of ours that is not followed by what it announces."""


@dataclass(frozen=True)
class File:
    line: int
    name: str
    text: str
    is_more: bool = False  # of what was saved before


@dataclass
class Command:
    line: int  # of the comment, or of the command in a console
    text: str
    output: list[str] = field(default_factory=list)
    output_line: int = 0  # where the output begins


Step = File | Command


def until(lines: Iterator[tuple[int, str]], end: str, begin: int) -> list[str]:
    taken: list[str] = []
    for _, line in lines:
        if line.startswith(end):
            return taken
        taken.append(line)
    raise BadDocument(f"line {begin}: nothing ends what begins here")


def console(first: int, lines: Iterable[str]) -> Iterator[Command]:
    command: Command | None = None
    for at, line in enumerate(lines, first):
        if line.startswith("$ "):
            if command:
                yield command
            command = Command(at, line[2:], [], at + 1)
        elif command:
            command.output.append(line)
        else:
            raise BadDocument(f"line {at}: output before the first command")
    if command:
        yield command


def steps(text: str) -> Iterator[Step]:
    """What a document has one save and run, in its order."""
    lines = iter(enumerate(text.splitlines(), 1))
    kind, words, began = "", "", 0
    for at, line in lines:
        comment, fence = COMMENT.match(line), FENCE.match(line)
        if comment and kind:
            raise BadDocument(f"line {began}: no fence follows")
        if comment:
            kind, words, began = comment[1], comment[2], at
            if comment[3]:
                continue
            if kind != "file":
                raise BadDocument(f"line {at}: the comment must end in its line")
            yield File(at, words, "".join(f"{part}\n" for part in until(lines, "-->", at)))
            kind = ""
        elif fence:
            inside = until(lines, "```", at)
            if kind in ("file", "more of"):
                text = "".join(f"{part}\n" for part in inside)
                yield File(at, words, text, kind == "more of")
            elif kind == "run":
                yield Command(began, words, inside, at + 1)
            elif kind != "not run" and fence[1] == "console":
                yield from console(at + 1, inside)
            kind = ""
        elif kind and line:
            raise BadDocument(f"line {began}: no fence follows")
    if kind:
        raise BadDocument(f"line {began}: no fence follows")


def plain(line: str) -> str:
    return DURATION.sub("# s", line).rstrip()


def first_difference(shown: list[str], printed: list[str]) -> str | None:
    """None, or the first line of the document that was not printed where it should be."""
    parts: list[list[str]] = [[]]
    for line in map(plain, shown):
        if line == ELLIPSIS:
            parts.append([])
        else:
            parts[-1].append(line)
    rest = [plain(line) for line in printed]
    for index, part in enumerate(parts):
        starts: Iterable[int] = range(len(rest) - len(part) + 1)
        if index == 0:
            starts = [0]
        if index == len(parts) - 1 and (part or len(parts) == 1):
            starts = [len(rest) - len(part)] if index > 0 or len(rest) == len(part) else []
        found = next((at for at in starts if at >= 0 and rest[at : at + len(part)] == part), None)
        if found is None:
            strange = [line for line in part if line not in rest]
            return (strange or part or ["(the end)"])[0]
        rest = rest[found + len(part) :]
    return None


def paragraphs(lines: Iterable[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if line:
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def title(paragraph: list[str]) -> str:
    return paragraph[0].split(":")[0]


def refreshed(shown: list[str], printed: list[str]) -> list[str]:
    """What is printed now, of which the paragraphs stay out that were left out before."""
    if ELLIPSIS not in shown:
        return printed
    shown = ["" if line == ELLIPSIS else line for line in shown]
    titles = {title(part) for part in paragraphs(shown)}
    kept: list[str] = []
    for part in paragraphs(printed):
        if title(part) in titles:
            kept += ["", *part] if kept and kept[-1] != ELLIPSIS else part
        elif not kept or kept[-1] != ELLIPSIS:
            kept.append(ELLIPSIS)
    return kept


@dataclass(frozen=True)
class Difference:
    step: Command
    missing: str
    printed: list[str]


def check(
    text: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[Difference]:
    """Runs all of a document in a folder; what is not as it is shown."""
    for step in steps(text):
        if isinstance(step, File):
            (folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / step.name).open("a" if step.is_more else "w", encoding="utf-8") as out:
                out.write(step.text)
            continue
        if entered := ENTERED.match(step.text):
            folder = folder / entered[1]
            continue
        done = subprocess.run(
            ["bash", "-c", step.text], cwd=folder, env=dict(environment), text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS_MAX,
        )  # fmt: skip
        printed = done.stdout.splitlines()
        missing = first_difference(step.output, printed)
        if missing is not None:
            yield Difference(step, missing, printed)


def corrected(text: str, differences: Iterable[Difference]) -> str:
    """The document with what is printed now."""
    lines = text.splitlines()
    for wrong in reversed(list(differences)):
        begin = wrong.step.output_line - 1
        end = begin + len(wrong.step.output)
        lines[begin:end] = refreshed(wrong.step.output, wrong.printed)
    return "".join(f"{line}\n" for line in lines)
