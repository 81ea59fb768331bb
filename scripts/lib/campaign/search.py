"""What the search in a fuzz program says of itself at its end: a line of JSON behind `search: ` in
libFuzzer's log, a file beside AFL++'s queue. See harness/search/README.md.

Its counts are added up by their paths, such as arms/order/news; the shares that it drew with at the
end are not counts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import engines
from state import read_text

FILE = "offbeat_search.json"
_LINE = re.compile(r"^search: (\{.*\})$", re.MULTILINE)

Counts = Counter[str]


def flatten(value: object) -> Counts:
    """The whole numbers of nested objects by their paths."""
    counts: Counts = Counter()
    waiting = [("", value)]
    while waiting:
        path, inner = waiting.pop()
        if isinstance(inner, dict):
            keys = [(f"{path}/{key}" if path else str(key), one) for key, one in inner.items()]
            waiting += reversed(keys)
        elif isinstance(inner, int) and not isinstance(inner, bool):
            counts[path] += inner
    return counts


def nest(counts: Mapping[str, int]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, count in counts.items():
        *outer, last = path.split("/")
        inner = nested
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = count
    return nested


def parse(text: str) -> Counts:
    """Nothing of what is no JSON."""
    try:
        return flatten(json.loads(text or "{}"))
    except (ValueError, RecursionError):
        return Counter()


def said_by(name: str, folder: Path) -> Counts:
    """By a process of the turn in the folder that has ended."""
    if not engines.is_libfuzzer(name):
        return parse(read_text(folder / "afl" / name / FILE))
    said = _LINE.findall(engines.log_tail(folder / f"{name}.log"))
    return parse(said[-1]) if said else Counter()


def total(counts: Iterable[Counts]) -> Counts:
    added: Counts = Counter()
    for one in counts:
        added.update(one)
    return added
