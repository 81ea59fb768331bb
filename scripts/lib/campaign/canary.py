"""The canary: a variant that is known to fail is fuzzed first. Each engine has to find that, and
the sorting of crashes to show it. Otherwise a night without bugs would mean nothing.

    canary/crashes, canary/triage   as below the campaign's folder, apart from what the night finds
    state/canary.tsv                process, found or missed, seconds, executions; then `result` and
                                    found or missed
    state/canary_says               the same in words, once it is known
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import engines
from campaign import Campaign
from harvest import failing_in, keep
from processes import end_processes_of, run_tool
from seeds import make_seeds_for_afl
from state import State, read_text
from turn import SEED_MAX, RunningTurn

TICK_SECONDS = 0.3
FOLDER = "turn"
FIRST_OF = {"libfuzzer": "libfuzzer-1", "afl": "main"}
MISSED = ["result", "missed"]


def is_missed(state: State) -> bool:
    return MISSED in state.rows("canary", len(MISSED))


def run_canary(
    campaign: Campaign, is_stopped: Callable[[], bool], show: Callable[[RunningTurn], None]
) -> None:
    """Fuzzes it, for as long as the first failing input of each engine takes. Leaves no word when
    it is stopped."""
    settings, folder = campaign.settings, campaign.folder / "canary" / FOLDER
    shutil.rmtree(folder.parent, ignore_errors=True)
    seeds = folder / "seeds"
    seeds.mkdir(parents=True)
    shipped = campaign.root / "corpus" / f"{settings.canary.split('/')[0]}.tar.zst"
    if shipped.is_file():
        run_tool(campaign, [campaign.offbeat, "corpus", "unpack", shipped, seeds])
    make_seeds_for_afl(seeds)
    ends_at = time.monotonic() + settings.canary_seconds
    seed, began = settings.generator(0).randrange(1, SEED_MAX), int(time.time())
    turn = RunningTurn(campaign, settings.canary, folder, began, ends_at, 0, seed, True)
    names = [name for engine, name in FIRST_OF.items() if settings.has_engine(engine)]
    try:
        turn.start(names)
        while turn.watch() and not is_stopped():
            show(turn)
            time.sleep(TICK_SECONDS)
    finally:
        turn.stop()
        end_processes_of(campaign, f"turn-{FOLDER}")
    if not is_stopped():
        judge(campaign, turn)


def judge(campaign: Campaign, turn: RunningTurn) -> None:
    seconds = round(time.monotonic() - turn.began_at)
    rows: list[list[object]] = []
    for one in turn.instances:
        found = engines.findings_of(one.name, turn.folder) > 0
        rows.append([one.name, "found" if found else "missed", seconds, one.counted])
    missed = [str(row[0]) for row in rows if row[1] == "missed"]
    says = f"the bug of {turn.subject} was found"
    if missed:
        limit = campaign.settings.canary_seconds
        says = f"{', '.join(missed)} did not find the bug of {turn.subject} in {limit} s"
    elif (code := sort_failing(campaign, turn)) != 1:
        missed = ["offbeat triage"]
        says = (
            f"the bug of {turn.subject} was found, "
            f"but offbeat triage does not show it (it ended with {code})"
        )
    campaign.state.put_rows("canary", [*rows, ["result", "missed" if missed else "found"]])
    campaign.state.put("canary_says", says)


def sort_failing(campaign: Campaign, turn: RunningTurn) -> int:
    """The exit code of the triage; 0 when it does not show the bug."""
    folder = campaign.folder / "canary"
    crashes = folder / "crashes" / turn.subject.replace("/", "-")
    crashes.mkdir(parents=True, exist_ok=True)
    for name, path in failing_in(turn.folder).items():
        keep(path, crashes, f"crash-{name}")
    command: list[str | Path] = [campaign.offbeat, "triage", crashes.parent]
    code, _ = run_tool(campaign, [*command, "-o", folder / "triage"])
    with contextlib.suppress(ValueError):
        for bucket in json.loads(read_text(folder / "triage/triage.json"))["buckets"]:
            if f"{bucket['target']}/{bucket['variant']}" == turn.subject:
                return code
    return 0 if code == 1 else code
