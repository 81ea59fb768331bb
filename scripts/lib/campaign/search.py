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
from campaign import Campaign
from state import read_text
from subjects import read_ledger

FILE = "offbeat_search.json"
_LINE = re.compile(r"^search: (\{.*\})$", re.MULTILINE)

Counts = Counter[str]

# No sum over processes, as several see the same ones: those of the process that has executed most.
_SPECIES = "species/"


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


def text_of(name: str, folder: Path) -> str:
    """What a process of the turn in the folder has said at its end; nothing where it has not."""
    if not engines.is_libfuzzer(name):
        return read_text(folder / "afl" / name / FILE)
    said: list[str] = _LINE.findall(engines.log_tail(folder / f"{name}.log"))
    return said[-1] if said else ""


def said_by(name: str, folder: Path) -> Counts:
    return parse(text_of(name, folder))


def add(added: Counts, one: Counts) -> None:
    runs = f"{_SPECIES}runs"
    has_more = one[runs] > added[runs]
    for path, count in one.items():
        if not path.startswith(_SPECIES):
            added[path] += count
        elif has_more:
            added[path] = count


def total(counts: Iterable[Counts]) -> Counts:
    added: Counts = Counter()
    for one in counts:
        add(added, one)
    return added


def of_campaign(campaign: Campaign) -> dict[str, Any]:
    """Of all turns, and of those of each subject; `species` are those of its last turn."""
    said: dict[str, list[Counts]] = {}
    species: dict[str, dict[str, int]] = {}
    for turn in read_ledger(campaign.state):
        counts = parse(turn.search)
        said.setdefault(turn.subject, []).append(counts)
        last = nest(counts).get("species", {})
        if last.get("runs"):
            species[turn.subject] = last
    totals = {subject: total(counts) for subject, counts in said.items()}
    return {
        "total": nest(total(totals.values())),
        "species": species,
        "subjects": {subject: nest(counts) for subject, counts in totals.items() if counts},
    }


def cut_line(said: Mapping[str, Any]) -> str:
    """How many runs ended at a bound of the simulation, and at which; nothing where none did. Such
    runs are not judged to their end."""
    bounds = said.get("cut", {})
    if not isinstance(bounds, dict) or not bounds:
        return ""
    names = ", ".join(f"{name} {count:,}" for name, count in bounds.items())
    return f"{sum(bounds.values()):,} of {said.get('runs', 0):,} runs were cut at a bound ({names})"
