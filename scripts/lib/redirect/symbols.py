"""Symbols of objects, and the lists that say what becomes of a call."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


class BadList(Exception):
    """A line of a list that cannot be read."""


@dataclass(frozen=True)
class Symbol:
    name: str
    kind: str  # one letter, see nm(1)
    is_thread_local: bool
    value: int = 0  # where it is in its section
    section: str = ""

    @property
    def is_undefined(self) -> bool:
        return self.kind in "Uwv"


def parse_nm(text: str) -> list[Symbol]:
    """What `nm --format=sysv` prints: name|value|class|type|size|line|section."""
    found = []
    for line in text.splitlines():
        fields = [one.strip() for one in line.split("|")]
        if len(fields) >= 4 and fields[2]:
            found.append(
                Symbol(
                    fields[0],
                    fields[2],
                    fields[3] == "TLS",
                    int(fields[1] or "0", 16),
                    fields[6] if len(fields) > 6 else "",
                )
            )
    return found


@dataclass
class Calls:
    """What a program wants of others."""

    pure: list[str] = field(default_factory=list)
    simulated: dict[str, str] = field(default_factory=dict)  # name: the one that stands for it
    trapped: list[str] = field(default_factory=list)


def entries(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        entry = line.partition("#")[0].strip()
        if entry:
            yield number, entry


@dataclass(frozen=True)
class Lists:
    """Pure names and patterns, and the simulated names with what stands for each."""

    pure: frozenset[str]
    patterns: re.Pattern[str]
    simulated: dict[str, str]

    @staticmethod
    def read(pure_path: Path, simulated_path: Path) -> Lists:
        pure = [entry for _, entry in entries(pure_path)]
        patterns = [fnmatch.translate(entry) for entry in pure if "*" in entry]
        simulated: dict[str, str] = {}
        for number, entry in entries(simulated_path):
            name, _, ours = (one.strip() for one in entry.partition("="))
            if not re.fullmatch(r"\w+", name) or (ours and not re.fullmatch(r"\w+", ours)):
                raise BadList(f"{simulated_path}:{number}: '{entry}' is not NAME or NAME = OTHER")
            simulated[name] = ours or name
        return Lists(frozenset(pure), re.compile("|".join(patterns) or r"(?!)"), simulated)

    def sort(self, found: Iterable[Symbol]) -> Calls:
        calls = Calls()
        for symbol in found:
            if not symbol.is_undefined:
                continue
            if symbol.name in self.simulated:
                calls.simulated[symbol.name] = self.simulated[symbol.name]
            elif symbol.name in self.pure or self.patterns.fullmatch(symbol.name):
                calls.pure.append(symbol.name)
            elif symbol.kind == "U":  # nobody needs what is weak
                calls.trapped.append(symbol.name)
        return calls


def passes(names: Mapping[str, str]) -> list[dict[str, str]]:
    """Old names to new ones, in as many parts as it takes for no part to have a new name twice:
    GNU objcopy refuses a table in which two names become one, as geteuid and getuid do."""
    parts: list[dict[str, str]] = []
    for old, new in names.items():
        for part in parts:
            if new not in part.values():
                part[old] = new
                break
        else:
            parts.append({old: new})
    return parts
