"""Which lines of the targets, and of their programs, the inputs of the night run: by llvm-cov, of
the command that was built with the preset `coverage`.

    coverage/raw/*.profraw   what the command has counted, see seen.py
    coverage/all.profdata    the sum
    coverage.json            by file: lines, and which of them ran
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from campaign import Campaign
from processes import run_tool
from state import read_text, replace

FILE = "coverage.json"
SECONDS_MAX = 600.0

Ranges = list[list[int]]


def tool(name: str) -> str:
    """LLVM's tool of that name, that of the newest version where only such are there."""
    for one in (name, *(f"{name}-{version}" for version in range(30, 13, -1))):
        if path := shutil.which(one):
            return path
    return ""


def is_possible() -> bool:
    return bool(tool("llvm-cov") and tool("llvm-profdata"))


def program(campaign: Campaign) -> tuple[str, dict[str, str]]:
    """The command that counts, if there is one, and the environment in which it does."""
    covered = campaign.root / "build/coverage/bin/offbeat"
    if campaign.settings.coverage != "yes" or not covered.is_file():
        return campaign.offbeat, {}
    return str(covered), {"LLVM_PROFILE_FILE": f"{campaign.folder}/coverage/raw/%p.profraw"}


def ranges_of(numbers: Iterable[int]) -> Ranges:
    ranges: Ranges = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def numbers_of(ranges: Ranges) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


def words_of(ranges: Ranges, most: int = 12) -> str:
    words = [f"{first}-{last}" if first < last else f"{first}" for first, last in ranges]
    return ", ".join([*words[:most], *(["..."] if len(words) > most else [])])


def read_lcov(text: str) -> dict[str, dict[int, int]]:
    """By file, how often each line ran."""
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for row in text.splitlines():
        word, _, value = row.partition(":")
        if word == "SF":
            lines = files.setdefault(value, {})
        elif word == "DA":
            number, count = value.split(",")[:2]
            lines[int(number)] = max(int(count), lines.get(int(number), 0))
    return files


def wanted(files: dict[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    """Those of which something ran, and what lies beside them: other targets are not of this
    night. Offbeat's headers are nobody's target."""
    own = {name: lines for name, lines in files.items() if "/include/offbeat/" not in name}
    folders = {Path(name).parent for name, lines in own.items() if any(lines.values())}
    return {name: lines for name, lines in own.items() if Path(name).parent in folders}


def summary(files: dict[str, dict[int, int]], root: Path) -> dict[str, Any]:
    result = {}
    for name, lines in sorted(wanted(files).items()):
        path = Path(name)
        shown = str(path.relative_to(root)) if path.is_relative_to(root) else name
        result[shown] = {
            "lines": len(lines),
            "hit": ranges_of(number for number, count in lines.items() if count > 0),
            "missed": ranges_of(number for number, count in lines.items() if count == 0),
            "sha1": hashlib.sha1(read_text(path).encode()).hexdigest(),
        }
    return result


def measure(campaign: Campaign) -> None:
    """Adds up what was counted. Nothing where nothing was."""
    folder = campaign.folder / "coverage"
    raw = sorted((folder / "raw").glob("*.profraw"))
    if not raw or not is_possible():
        return
    profile = folder / "all.profdata"
    merging: list[str | Path] = [tool("llvm-profdata"), "merge", "-sparse", folder / "raw"]
    code, _ = run_tool(campaign, [*merging, "-o", profile], SECONDS_MAX)
    exporting = [tool("llvm-cov"), "export", "-format=lcov", f"-instr-profile={profile}"]
    covered, _ = program(campaign)
    if code == 0:
        code, text = run_tool(campaign, [*exporting, covered], SECONDS_MAX, captures=True)
    if code != 0:
        campaign.state.note(f"the source coverage could not be told ({code})")
        return
    replace(campaign.folder / FILE, json.dumps(summary(read_lcov(text), campaign.root)) + "\n")
    shutil.rmtree(folder / "raw", ignore_errors=True)


def read(folder: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_text(folder / FILE) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def change(now: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Since the last report: by lines where the file is the same, otherwise by their share."""
    if before is None:
        return {"is_new": True}
    if now["sha1"] != before["sha1"]:
        return {"was_edited": True, "percent_before": percent(before)}
    ran, had = numbers_of(now["hit"]), numbers_of(before["hit"])
    return {"gained": ranges_of(ran - had), "lost": ranges_of(had - ran)}


def percent(one: dict[str, Any]) -> float:
    return 100.0 * len(numbers_of(one["hit"])) / max(1, int(one["lines"]))


def facts(campaign: Campaign) -> dict[str, Any]:
    now = read(campaign.folder)
    before = read(Path(campaign.settings.before)) if campaign.settings.before else None
    files = [
        {
            "file": name,
            "lines": one["lines"],
            "ran": len(numbers_of(one["hit"])),
            "percent": percent(one),
            "missed": one["missed"],
            "change": {} if before is None else change(one, before.get(name)),
        }
        for name, one in now.items()
    ]
    lines, ran = (sum(int(one[key]) for one in files) for key in ("lines", "ran"))
    return {"lines": lines, "ran": ran, "percent": 100.0 * ran / max(1, lines), "files": files}


def change_words(one: dict[str, Any]) -> str:
    changed = one["change"]
    if changed.get("is_new"):
        return "new"
    if changed.get("was_edited"):
        return f"edited; {changed['percent_before']:.1f} % before"
    parts = [
        f"{word} {words_of(changed[key])}"
        for key, word in (("gained", "+"), ("lost", "lost"))
        if changed.get(key)
    ]
    return "; ".join(parts)

