"""The page about a night: report/index.html, one file that asks for nothing from the network and
leads to the pages of the bugs; and what it says as report/campaign.json."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import bisection
import coverage
import morning
import pages
import plot
import search
import seen
import source_page
import species
from bugs import page_of, read_bugs, read_explanation, replay_command
from campaign import Campaign
from markup import paragraph, table
from picture import picture
from settings import clock, memory_info, scaled
from state import read_text, replace
from status import count_bugs, silent_subjects, status_line, total_of
from subjects import lane_widths, read_accounts, read_ledger

CANARY_COLUMNS = 4
TOTALS_COLUMNS = 5
SERIES_COLUMNS = 6
# Of what the search says.
TOLD_APART = ("arms", "species", "engines")


# -- what there is to say --


def first_line(*command: str) -> str:
    """What a program says of itself; nothing when it is not there."""
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return re.sub(r"\x1b\[[0-9;]*m", "", output).split("\n")[0]


def machine(campaign: Campaign) -> dict[str, str]:
    settings, root = campaign.settings, str(campaign.root)
    model = re.search(r"^model name[^:]*: (.*)$", read_text(Path("/proc/cpuinfo")), re.MULTILINE)
    return {
        "Machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Processors": f"{os.cpu_count()} ({model[1] if model else '?'}), {settings.jobs} used",
        "Memory": f"{scaled(memory_info('MemTotal'), 1024)}, "
        f"{scaled(int(settings.memory), 1024)} for engines",
        "Offbeat": first_line("git", "-C", root, "describe", "--always", "--dirty")
        or "not from git",
        "Compiler": first_line("clang", "--version"),
        "AFL++": first_line("afl-fuzz", "--version"),
        "Engines": settings.engines,
        "Campaign": f"{settings.name}, in {campaign.folder}",
    }


def known_before(campaign: Campaign) -> dict[str, str]:
    """Bugs that an earlier night has found, and since which one they are known."""
    try:
        path = Path(campaign.settings.before, "report/campaign.json")
        before = json.loads(read_text(path)) if campaign.settings.before else {}
    except ValueError:
        before = {}
    return {
        **before.get("known_before", {}),
        **{bug["id"]: bug.get("since", before["campaign"]) for bug in before.get("bugs", [])},
    }


def bugs_of(campaign: Campaign, known: Mapping[str, str]) -> list[dict[str, Any]]:
    """Those where there should be none first, and of these the new ones."""
    tonight = time.strftime("%Y-%m-%d", time.gmtime(campaign.settings.started))
    bugs = sorted(
        read_bugs(campaign), key=lambda bug: (bug.is_expected(), bug.id in known, bug.subject)
    )
    return [
        {
            **asdict(bug),
            "is_new": bug.id not in known,
            "since": known.get(bug.id, tonight),
            "page": page_of(campaign, bug),
            "replay": replay_command(campaign, bug),
            "bisect": bisection.read(campaign, bug.id),
            "picture": picture(read_explanation(campaign, bug), f"head-{number}"),
        }
        for number, bug in enumerate(bugs)
    ]


def engines_of(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {**one, "rate": one["executions"] // max(1, one["seconds"])}
        for name, one in said.get("engines", {}).items()
    }


def canary_of(campaign: Campaign) -> dict[str, Any]:
    rows = campaign.state.rows("canary", CANARY_COLUMNS)
    names = ("engine", "result", "seconds", "executions")
    return {
        "says": campaign.state.get("canary_says", "There was none."),
        "engines": [dict(zip(names, [*row[:2], int(row[2]), int(row[3] or 0)])) for row in rows],
    }


def corpora_of(campaign: Campaign) -> list[dict[str, Any]]:
    def size(path: Path) -> int:
        return path.stat().st_size if path.is_file() else 0

    archives = [(target, campaign.archive(target)) for target in campaign.settings.targets()]
    return [
        {
            "target": target,
            "bytes": size(archive),
            "minimal_bytes": size(campaign.archive(target, "minimal")),
        }
        for target, archive in archives
        if archive.is_file()
    ]


def gather(campaign: Campaign) -> dict[str, Any]:
    settings, state, bugs = campaign.settings, campaign.state, read_bugs(campaign)
    executions, rate, inputs, failing = total_of(campaign)
    said, known = search.of_campaign(campaign), known_before(campaign)
    return {
        "campaign": settings.name,
        "folder": str(campaign.folder),
        "started": settings.started,
        "phase": state.get("phase", "preparing"),
        "seconds": settings.seconds,
        "elapsed_seconds": campaign.elapsed(),
        "status": status_line(campaign, bugs),
        "count": count_bugs(bugs),
        "trouble": state.troubles(),
        "executions": executions,
        "executions_per_second": rate,
        "inputs": inputs,
        "failing_inputs": failing,
        "bugs": bugs_of(campaign, known),
        "known_before": known,
        "seen": seen.facts(campaign),
        "coverage": coverage.facts(campaign),
        "worth": {
            "subjects": {name: species.estimate(one) for name, one in said["species"].items()},
            "bugs": species.of_bugs([bug.inputs for bug in bugs]),
            "engines": engines_of(said["total"]),
        },
        "silent": silent_subjects(campaign, bugs),
        "canary": canary_of(campaign),
        "subjects": [asdict(one) for one in read_accounts(state).values()],
        "search": said,
        "corpora": corpora_of(campaign),
        "machine": machine(campaign),
    }


# -- curves --


def numbers(campaign: Campaign, table: str, columns: int) -> Iterable[list[Any]]:
    """Rows of a table, with numbers where it has some."""
    for row in campaign.state.rows(table, columns):
        yield [int(cell) if cell.isdigit() else cell for cell in row]


def speed_by_turn(campaign: Campaign) -> list[tuple[float, float]]:
    """Of each turn as it ended, in minutes of the campaign; with several lanes it is that of one
    lane."""
    lanes = len(lane_widths(campaign.settings.jobs, len(campaign.settings.subject_names())))
    points, passed = [], 0.0
    for turn in read_ledger(campaign.state):
        if turn.seconds > 0:
            passed += turn.seconds / lanes / 60
            points.append((passed, turn.executions / turn.seconds * lanes))
    return points


def curves(campaign: Campaign) -> str:
    edges: dict[str, list[tuple[float, float]]] = {}
    features: dict[str, list[tuple[float, float]]] = {}
    for time_, subject, edge, feature, *_ in numbers(campaign, "series", SERIES_COLUMNS):
        for values, value in ((edges, edge), (features, feature)):
            if value:
                values.setdefault(subject, [(0, 0)]).append((time_ / 60, value))
    speed = "executions a second"
    totals = list(numbers(campaign, "totals", TOTALS_COLUMNS))
    inputs = [(row[0] / 60, row[3]) for row in totals]
    failing = [(row[0] / 60, row[4]) for row in totals]
    return "".join(
        (
            plot.plot("Coverage", "edges", edges),
            plot.plot("Coverage and interleavings", "features by libFuzzer's count", features),
            plot.plot("Speed", speed, {speed: speed_by_turn(campaign)}),
            plot.plot("Corpus", "inputs", {"inputs": inputs}),
            plot.plot("Failures", "failing inputs", {"failing inputs": failing}),
        )
    )


# -- the page --


def verdict_part(facts: Mapping[str, Any]) -> str:
    """What whoever opens the page wants to know first."""
    began = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(facts["started"]))
    text = f"<h1>Campaign of {began}, {clock(facts['elapsed_seconds'])} of fuzzing</h1>\n"
    if facts["trouble"]:
        text += paragraph(f"Trouble: {'; '.join(facts['trouble'])}", "bad")
    if any(bug["expected"] != "fails" for bug in facts["bugs"]):
        says = f"{facts['count']}: a remedy is broken, or a new bug was found."
        text += paragraph(says, "bad")
    elif facts["bugs"]:
        text += paragraph(f"{facts['count']}, in variants that are known to fail only.", "fair")
    else:
        text += paragraph("No bug was found.", "good")
    if facts["phase"] != "done":
        text += paragraph(f"The campaign goes on: {facts['status']}.")
    return text


def bugs_part(facts: Mapping[str, Any]) -> str:
    text = '<h2 id="bugs">Bugs</h2>\n'
    new = sum(bug["is_new"] for bug in facts["bugs"])
    if facts["bugs"]:
        text += paragraph(f"{new} of {len(facts['bugs'])} are new since the last night.")
        each = "".join(map(morning.bug_part, facts["bugs"]))
        text += f'<div class="bugs">\n{each}</div>\n'
    if facts["silent"]:
        silent = " ".join(facts["silent"])
        text += paragraph(f"Known to fail, and not found in this campaign: {silent}")
    return text


def canary_part(facts: Mapping[str, Any]) -> str:
    canary = facts["canary"]
    text = "<h2>Canary</h2>\n" + paragraph(canary["says"])
    if canary["engines"]:
        heads = ("engine", "result", "within seconds", "executions")
        text += table(heads, (one.values() for one in canary["engines"]))
    return text


def subjects_part(facts: Mapping[str, Any]) -> str:
    heads = "target known turns time executions,a second,edges,features,inputs,failing inputs"
    rows = (
        (
            one["subject"],
            one["expected"],
            one["turns"],
            clock(one["seconds"]),
            one["executions"],
            *(one[key] for key in ("rate", "edges", "features", "inputs", "failing")),
        )
        for one in facts["subjects"]
    )
    first, _, others = heads.partition(",")
    text = "<h2>Targets</h2>\n" + table([*first.split(), *others.split(",")], rows)
    if facts["corpora"]:
        corpora = (one.values() for one in facts["corpora"])
        text += "<h2>Corpora</h2>\n" + table(("target", "bytes, all", "bytes, minimal"), corpora)
    return text


def search_part(facts: Mapping[str, Any]) -> str:
    """What each arm of the search has brought, and whatever else it counts."""
    said = facts["search"]["total"]
    if not said:
        return ""
    executions = max(1, said.get("executions", 0))
    rows = [
        (
            name,
            arm.get("executions", 0),
            100 * arm.get("executions", 0) / executions,
            arm.get("news", 0),
            round(1e6 * arm.get("news", 0) / max(1, arm.get("executions", 0))),
        )
        for name, arm in said.get("arms", {}).items()
    ]
    heads = ("arm", "executions", "% of all", "showed something new", "of a million")
    text = "<h2>Search</h2>\n" + table(heads, rows)
    cut = search.cut_line(said)
    if cut:
        text += paragraph(f"{cut}; nothing is known of how they would have ended.", "fair")
    for name, counts in said.items():
        if name not in TOLD_APART and isinstance(counts, dict):
            inner = search.flatten(counts).items()
            text += table((name.replace("_", " "), "runs"), inner)
    return text


def machine_part(facts: Mapping[str, Any]) -> str:
    turns = escape(f"{facts['folder']}/state/turns.tsv")
    return (
        "<h2>Machine and versions</h2>\n"
        + table((), facts["machine"].items())
        + f"<p>Every turn is a row of <code>{turns}</code>: with its swarm as "
        "<code>OFFBEAT_SWARM</code> and its seed as libFuzzer's <code>-seed</code> or AFL++'s "
        "<code>-s</code> it can be repeated.</p>\n"
    )


def page(facts: Mapping[str, Any], pictures: str) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime(facts["started"]))
    main = (
        bugs_part(facts)
        + morning.never_part(facts)
        + morning.coverage_part(facts)
        + morning.worth_part(facts)
        + "<h2>Over time</h2>\n"
        + f'<div class="plots">\n{pictures}</div>\n'
        + canary_part(facts)
        + subjects_part(facts)
        + search_part(facts)
        + machine_part(facts)
    )
    return pages.document(f"Campaign of {day} - Offbeat", "campaign", verdict_part(facts), main)


def write_report(campaign: Campaign) -> None:
    facts, folder = gather(campaign), campaign.folder / "report"
    replace(folder / "campaign.json", json.dumps(facts, indent=1) + "\n")
    replace(folder / "report.txt", "\n".join(morning.lines_of(facts)) + "\n")
    replace(folder / "index.html", page(facts, curves(campaign)))
    if facts["coverage"]["files"]:
        day = time.strftime("%Y-%m-%d", time.gmtime(facts["started"]))
        title, says = f"Lines that ran by the night of {day}", morning.coverage_line(facts)
        text = source_page.page(facts["coverage"], campaign.root, title, says)
        replace(folder / source_page.FILE, text)
