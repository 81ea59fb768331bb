"""Links of documents: what they lead to within the tree is there, headings included. What lies on
the network is not asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_CODE = re.compile(r"(`+).+?\1")
_LINK = re.compile(r"\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_NAMED = re.compile(r"^\[[^\]]+\]:\s+(\S+)")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_ANCHOR = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")
# On the network, or to be filled in by whoever copies a template.
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:|^//|^@\w+@")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of a document that are not code."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        elif not fence:
            yield number, line


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@cache
def anchors(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for _, line in prose(path.read_text(encoding="utf-8")):
        found.update(_ANCHOR.findall(line))
        heading = _HEADING.match(line)
        if not heading:
            continue
        name, number = slug(heading[1]), 0
        while (name if number == 0 else f"{name}-{number}") in found:
            number += 1
        found.add(name if number == 0 else f"{name}-{number}")
    return frozenset(found)


def targets(text: str) -> Iterator[tuple[int, str]]:
    """Numbers of lines, and where they lead."""
    for number, line in prose(text):
        plain = _CODE.sub("`", line)
        for target in _LINK.findall(plain) + _NAMED.findall(plain):
            yield number, target


def link_findings(root: Path, path: str, text: str) -> Iterator[str]:
    here = root / path
    for number, target in targets(text):
        if _ELSEWHERE.match(target):
            continue
        name, _, anchor = target.partition("#")
        there = (here.parent / name).resolve() if name else here
        if not there.exists():
            yield f"{path}:{number}: leads to {name}, which is not there"
        elif anchor and there.suffix == ".md" and anchor not in anchors(there):
            yield f"{path}:{number}: leads to #{anchor}, a heading that {there.name} does not have"
