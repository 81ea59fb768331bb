"""What the target could show and never did: the inputs of each variant are run once more by
`offbeat corpus seen`, and what other nights and machines have seen is added.

    seen.json                         of all variants, with what was seen elsewhere; shared
    seen/TARGET/VARIANT/WHAT-NAME.txt the smallest input that shows it
    coverage/raw/*.profraw            what the command has counted meanwhile, see coverage.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import coverage
import goals
from campaign import Campaign
from harvest import files_in
from processes import run_tool
from share import put_whole, shared_folders
from state import read_text, replace

FILE = "seen.json"
SECONDS_MAX = 900.0
# What was never seen is told in this order.
KINDS = ("message", "deviation", "state", "transition", "meeting", "cut")

# A subject's: {"never": [[what, name]], "seen": {"what name": {"inputs", "scenario", "by"}},
# "goals": see goals.py}
Seen = dict[str, Any]


def read(path: Path) -> Seen:
    try:
        value = json.loads(read_text(path) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def look_at(campaign: Campaign, subject: str) -> Seen | None:
    """None where it could not be told."""
    inputs, folder = campaign.inputs(subject), campaign.folder / "seen" / subject
    if not inputs.is_dir() or not files_in(inputs):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    program, environment = coverage.program(campaign)
    command: list[str | Path] = [program, "corpus", "seen", subject, inputs, "-o", folder, "--json"]
    code, output = run_tool(campaign, command, SECONDS_MAX, environment, captures=True)
    try:
        said = json.loads(output)
    except ValueError:
        said = {}
    if code != 0 or not said:
        campaign.state.note(f"{subject}: what its inputs show could not be told ({code})")
        return None
    return {
        "never": [[one["what"], one["name"]] for one in said["never"]],
        "seen": {
            f"{one['what']} {one['name']}": {
                "inputs": one["inputs"],
                "scenario": read_text(Path(one["example"])),
                "by": campaign.settings.name,
            }
            for one in said["seen"]
        },
        "goals": goals.read(campaign, subject),
    }


def merge(own: Seen, others: Iterable[Seen]) -> Seen:
    """What was seen anywhere was seen; what it is that could be, this one knows."""
    merged = {}
    for subject, mine in own.items():
        seen, reached = dict(mine["seen"]), mine.get("goals", {})
        for other in others:
            theirs = other.get(subject, {})
            seen = {**theirs.get("seen", {}), **seen}
            reached = goals.merge_all(reached, theirs.get("goals", {}))
        never = [pair for pair in mine["never"] if " ".join(pair) not in seen]
        merged[subject] = {"never": never, "seen": seen, "goals": reached}
    return merged


def others_of(campaign: Campaign) -> list[Seen]:
    """The night before, which has those before it, and other machines."""
    before = [Path(campaign.settings.before)] if campaign.settings.before else []
    return [read(folder / FILE) for folder in [*before, *shared_folders(campaign)]]


def example(campaign: Campaign, subject: str, key: str) -> Path:
    name = re.sub(r"[^A-Za-z0-9_.]+", "-", key)
    return campaign.folder / "seen" / subject / f"{name}.txt"


def look(campaign: Campaign) -> None:
    """At the end, of everything."""
    own = {name: look_at(campaign, name) for name in campaign.settings.subject_names()}
    merged = merge({name: one for name, one in own.items() if one}, others_of(campaign))
    for subject, one in merged.items():
        for key, thing in one["seen"].items():
            path = example(campaign, subject, key)
            if not path.is_file():
                replace(path, thing["scenario"])
        for name, goal in one["goals"].items():
            if goal["example"]:
                replace(example(campaign, subject, f"goal {name}"), goal["example"])
    replace(campaign.folder / FILE, json.dumps(merged) + "\n")
    if campaign.settings.share:
        folder = Path(campaign.settings.share) / campaign.settings.name
        folder.mkdir(parents=True, exist_ok=True)
        put_whole(campaign.folder / FILE, folder / FILE)


def goals_of(campaign: Campaign, subject: str, known: goals.Goals) -> list[dict[str, Any]]:
    """Those that nothing has reached first, the furthest of them last."""
    rows: list[dict[str, Any]] = []
    for name, goal in known.items():
        path = example(campaign, subject, f"goal {name}")
        replay = f"build/bin/offbeat run {subject} {path}" if path.is_file() else ""
        told = {key: value for key, value in goal.items() if key != "example"}
        rows.append({"name": name, **told, "replay": replay})
    return sorted(rows, key=lambda one: (one["reached"] > 0, one["furthest"], one["name"]))


def facts(campaign: Campaign) -> dict[str, Any]:
    """For the page: of each subject what was never seen, and what was, with a line that replays
    it."""
    told = read(campaign.folder / FILE)
    result = {}
    for subject in campaign.settings.subject_names():
        one = told.get(subject) or {"never": [], "seen": {}, "goals": goals.read(campaign, subject)}
        reached = goals_of(campaign, subject, one["goals"])
        seen = [
            {
                "what": key.split(" ", 1)[0],
                "name": key.split(" ", 1)[1],
                "inputs": thing["inputs"],
                "by": thing["by"],
                "replay": f"build/bin/offbeat run {subject} {example(campaign, subject, key)}",
            }
            for key, thing in one["seen"].items()
        ]
        never = sorted(one["never"], key=lambda pair: KINDS.index(pair[0]))
        if never or seen or reached:
            named = [{"what": what, "name": name} for what, name in never]
            result[subject] = {"goals": reached, "never": named, "seen": seen}
    return result
