"""Which commit brought a bug, by ./scripts/bisect, when --bisect names one that was good.

    bisect/ID.json   what it says of a bug, or {"trouble": ...}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bugs import Bug, read_bugs, scenario_of
from campaign import Campaign
from processes import run_tool
from state import read_text, replace

SCRIPT = Path(__file__).resolve().parents[2] / "bisect"
SECONDS_MAX = 7200.0
BUGS_MAX = 20


def path_of(campaign: Campaign, bug_id: str) -> Path:
    return campaign.folder / "bisect" / f"{bug_id}.json"


def read(campaign: Campaign, bug_id: str) -> dict[str, Any] | None:
    try:
        value = json.loads(read_text(path_of(campaign, bug_id)))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def bisect(campaign: Campaign, bug: Bug) -> None:
    settings = campaign.settings
    words: list[str | Path] = [SCRIPT, bug.subject, scenario_of(campaign, bug), "--json"]
    words += ["--no-install", "--good", settings.bisect, "--bad", settings.commit or "HEAD"]
    command: list[str | Path] = ["sh", "-c", 'exec "$0" "$@" 2>&1', *words]
    environment = {"OFFBEAT_PROJECT": str(campaign.root)}
    code, output = run_tool(campaign, command, SECONDS_MAX, environment, captures=True)
    try:
        said = json.loads(output)
    except ValueError:
        lines = output.strip().splitlines() or [f"it ended with {code}"]
        said = {"trouble": lines[-1]}
    replace(path_of(campaign, bug.id), json.dumps(said, indent=1) + "\n")


def bisect_all(campaign: Campaign) -> None:
    """Of bugs where there should be none; those of variants that are known to fail came with
    them."""
    if not campaign.settings.bisect:
        return
    bugs = [bug for bug in read_bugs(campaign) if not bug.is_expected()]
    for bug in bugs[:BUGS_MAX]:
        if scenario_of(campaign, bug).is_file() and read(campaign, bug.id) is None:
            bisect(campaign, bug)


def words_of(said: dict[str, Any] | None) -> str:
    """For people, in one line; nothing where it was not asked for."""
    if not said:
        return ""
    if "trouble" in said:
        return f"not known which commit brought it: {said['trouble']}"
    if one := said["first"]:
        date = one["author_date"][:10]
        return f"brought by {one['commit'][:10]} of {date}, {one['author']}: {one['subject']}"
    names = ", ".join(one["commit"][:10] for one in said["candidates"])
    return f"brought by one of {names}"
