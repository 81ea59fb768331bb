"""The bugs that the failing inputs come down to, as `offbeat triage` has sorted them, and those
that only a fuzz program shows.

state/unsorted.tsv: subject, what a sanitizer said, file: it fails in its fuzz program and passes in
the command, which has no sanitizers.
"""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign import Campaign
from state import read_text
from subjects import read_accounts

PROGRAM = "program-"


@dataclass(frozen=True)
class Bug:
    id: str
    subject: str
    expected: str  # what is known of the variant: fails or holds
    invariant: str
    signature: str
    inputs: int
    first_input: str  # the earliest of them

    def is_expected(self) -> bool:
        return self.expected == "fails"


def read_triage(campaign: Campaign) -> dict[str, Any]:
    try:
        value = json.loads(read_text(campaign.folder / "triage/triage.json"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def earliest(paths: list[str]) -> str:
    def found_at(path: str) -> tuple[float, str]:
        with contextlib.suppress(OSError):
            return Path(path).stat().st_mtime, path
        return math.inf, path

    return min(paths, key=found_at, default="")


def read_bugs(campaign: Campaign) -> list[Bug]:
    expected = {name: account.expected for name, account in read_accounts(campaign.state).items()}
    bugs = []
    for bucket in read_triage(campaign).get("buckets", []):
        subject = f"{bucket['target']}/{bucket['variant']}"
        bugs.append(
            Bug(
                str(bucket["id"]),
                subject,
                expected.get(subject, "holds"),
                bucket.get("invariant") or "",
                bucket.get("signature") or "",
                len(bucket.get("inputs", [])),
                earliest([str(one["path"]) for one in bucket.get("inputs", [])]),
            )
        )
    by_words: dict[tuple[str, str], list[str]] = {}
    for subject, says, path in campaign.state.rows("unsorted", 3):
        by_words.setdefault((subject, says), []).append(path)
    for (subject, says), paths in by_words.items():
        name = PROGRAM + Path(paths[0]).name.split("-")[-1][:12]
        known = expected.get(subject, "holds")
        bugs.append(Bug(name, subject, known, "sanitizer", says, len(paths), earliest(paths)))
    return bugs


def page_of(campaign: Campaign, bug: Bug) -> str:
    """The page about a bug, or what there is instead, relative to the campaign's folder."""
    for name in ("index.html", "explain.html"):
        page = f"triage/buckets/{bug.id}/{name}"
        if (campaign.folder / page).is_file():
            return page
    for _, _, path in campaign.state.rows("unsorted", 3):
        if f"-{bug.id.removeprefix(PROGRAM)}" in path:
            return path.removeprefix(f"{campaign.folder}/")
    return ""


def read_explanation(campaign: Campaign, bug: Bug) -> dict[str, Any]:
    try:
        path = campaign.folder / "triage/buckets" / bug.id / "explain.json"
        value = json.loads(read_text(path))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def scenario_of(campaign: Campaign, bug: Bug) -> Path:
    return campaign.folder / "triage/buckets" / bug.id / "scenario.txt"


def replay_command(campaign: Campaign, bug: Bug) -> str:
    """A line that shows the bug again."""
    if bug.id.startswith(PROGRAM):
        program = campaign.program("libfuzzer", bug.subject).relative_to(campaign.root)
        return f"{program} {campaign.folder / page_of(campaign, bug)}"
    return f"build/bin/offbeat explain {bug.subject} {scenario_of(campaign, bug)}"
