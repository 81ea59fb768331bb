"""How a campaign goes, from what its state says: a table on a terminal, a line a minute elsewhere,
and the result. Reads only."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter

import bisection
import search
from bugs import Bug, page_of, read_bugs
from campaign import Campaign
from canary import is_missed
from settings import clock, scaled
from subjects import read_accounts

LINE_SECONDS = 60.0
TABLE_SECONDS = 2.0
NOW_COLUMNS = 10
ROW = "{:<28} {:>7} {:>6} {:>9} {:>8} {:>7} {:>7} {:>5}  {}"
HEAD = ("subject", "turns", "time", "runs", "runs/s", "edges", "inputs", "bugs", "engines")


def total_of(campaign: Campaign) -> tuple[int, int, int, int]:
    """Executions, executions a second, inputs, failing inputs."""
    cells = [int(cell or 0) for cell in campaign.state.get("total").split("\t")]
    executions, rate, inputs, failing = (cells + [0] * 4)[:4]
    return executions, rate, inputs, failing


def count_bugs(bugs: list[Bug]) -> str:
    """N bugs, of which M where there should be none."""
    broken = sum(not bug.is_expected() for bug in bugs)
    text = f"{len(bugs)} bug{'' if len(bugs) == 1 else 's'}"
    return text + (f", {broken} in variants that should hold" if broken else "")


def status_line(campaign: Campaign, bugs: list[Bug]) -> str:
    executions, rate, inputs, failing = total_of(campaign)
    phase = campaign.state.get("phase", "preparing")
    return (
        f"{phase}, {clock(max(0, campaign.time_left()))} left: {executions:,} executions, "
        f"{rate:,} a second, {inputs:,} inputs, {failing:,} failing ones, {count_bugs(bugs)}"
    )


def engines_of(campaign: Campaign) -> dict[str, str]:
    """The processes that fuzz a subject now."""
    names: dict[str, list[str]] = {}
    for _, subject, name, state, *_ in campaign.state.rows("now", NOW_COLUMNS):
        names.setdefault(subject, []).append(name if state == "running" else f"{name} ({state})")
    return {subject: ", ".join(some) for subject, some in names.items()}


def status_table(campaign: Campaign) -> list[str]:
    """Lines: how it goes, and one a subject."""
    bugs, engines = read_bugs(campaign), engines_of(campaign)
    by_subject = Counter(bug.subject for bug in bugs)
    lines = [status_line(campaign, bugs), ROW.format(*HEAD)]
    for one in read_accounts(campaign.state).values():
        runs, rate = scaled(one.executions, 1000), scaled(one.rate, 1000)
        spent = clock(one.seconds).removeprefix("0:")
        cells = (one.subject, one.turns, spent, runs, rate, one.edges, one.inputs)
        busy = engines.get(one.subject, "")
        lines.append(ROW.format(*cells, by_subject[one.subject], busy).rstrip())
    return lines + [f"trouble: {text}" for text in campaign.state.troubles()]


class Progress:
    """Shows now and then how a campaign goes."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.is_terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.shown_at = -LINE_SECONDS
        self.shown_lines = 0

    def show(self) -> None:
        interval = TABLE_SECONDS if self.is_terminal else LINE_SECONDS
        if time.monotonic() - self.shown_at < interval:
            return
        self.shown_at = time.monotonic()
        if self.is_terminal:
            self._draw()
        else:
            print(status_line(self.campaign, read_bugs(self.campaign)), flush=True)

    def _draw(self) -> None:
        """Over what was shown before, as many lines as fit."""
        size = shutil.get_terminal_size()
        lines = [line[: size.columns - 1] for line in status_table(self.campaign)]
        lines = lines[: size.lines - 2]
        up = f"\033[{self.shown_lines}A" if self.shown_lines else ""
        print(f"{up}\033[J" + "\n".join(lines), flush=True)
        self.shown_lines = len(lines)


def silent_subjects(campaign: Campaign, bugs: list[Bug]) -> list[str]:
    """Variants that are known to fail, and did not in this campaign."""
    found = {bug.subject for bug in bugs}
    accounts = read_accounts(campaign.state).values()
    return sorted(
        one.subject for one in accounts if one.expected == "fails" and one.subject not in found
    )


def result_lines(campaign: Campaign) -> list[str]:
    """What a campaign ends with."""
    bugs = read_bugs(campaign)
    lines = []
    for title, are_expected in (
        ("BUGS IN VARIANTS THAT SHOULD HOLD: a remedy is broken, or a new bug was found", False),
        ("Bugs in variants that are known to fail, as expected:", True),
    ):
        some = [bug for bug in bugs if bug.is_expected() == are_expected]
        lines += [title] * bool(some)
        for bug in some:
            place = page_of(campaign, bug)
            lines.append(f"  {bug.subject}: {bug.invariant} ({bug.inputs} failing inputs): {place}")
            brought = bisection.words_of(bisection.read(campaign, bug.id))
            lines += [f"    {brought}"] * bool(brought)
    silent = silent_subjects(campaign, bugs)
    if silent and not is_missed(campaign.state):
        lines.append(f"Known to fail, and not found this time: {' '.join(silent)}")
    cut = search.cut_line(search.of_campaign(campaign)["total"])
    lines += [f"Cut: {cut}"] * bool(cut)
    lines += [f"Trouble: {text}" for text in campaign.state.troubles()]
    lines.append(status_line(campaign, bugs))
    return [*lines, f"Report: {campaign.folder}/report/index.html"]
