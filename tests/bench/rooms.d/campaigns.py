"""Short campaigns of fuzz programs, each of so many executions from one seed: what they come to in
a second, or in instructions. For ./scripts/bench campaign and ./scripts/bench profile."""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callgrind import NAMES, instructions_by_room

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / "build/libfuzzer-plain/bin"
TABLE = ROOT / "tests/bench/profile.tsv"
HEADER = "variant\troom\tof_delivery\tof_execution"
ABOUT = "# Instructions of short campaigns, by room; see ./scripts/bench profile --help"
# A change of fewer instructions is not said.
TOLD = 0.02
# Executions after which all is made that a process makes once.
BEGUN = 20
BAR_RATIO = 3
BARE = "counter/racy"
_SAID = re.compile(r"^search: (\{.*\})$", re.MULTILINE)
_LENGTHS = re.compile(r"median (\d+), 90 % up to (\d+), 99 % up to (\d+), longest (\d+)")


class Trouble(Exception):
    """What ends the benchmark with exit code 2."""


@dataclass(frozen=True)
class Ran:
    """What a program says of its campaign at the end."""

    executions: int
    deliveries: int  # runs of parents included
    cut: int
    lengths: tuple[int, ...]
    seconds: float  # of processor time


def parse(log: str, seconds: float) -> Ran:
    said = _SAID.findall(log)
    lengths = _LENGTHS.search(log)
    if not said or not lengths:
        raise Trouble(f"a fuzz program does not say what it has done: {log[-500:]}")
    counts: dict[str, Any] = json.loads(said[-1])
    return Ran(
        executions=counts["runs"],
        deliveries=counts["deliveries_in_all"],
        cut=sum(counts["cut"].values()),
        lengths=tuple(int(length) for length in lengths.groups()),
        seconds=seconds,
    )


def run(variant: str, executions: int, seed: int, tool: list[str]) -> Ran:
    program = PROGRAMS / f"fuzz_{variant.replace('/', '_')}"
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*tool, program, f"-runs={executions}", f"-seed={seed}", "-max_len=1024",
             f"-artifact_prefix={folder}/", "-timeout=600"],
            capture_output=True, cwd=folder, check=False,
            env={**os.environ, "OFFBEAT_SEARCH": "no-end"},
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    log = done.stderr.decode(errors="replace")
    if done.returncode:
        raise Trouble(f"{variant}: {program.name} ended with {done.returncode}: {log[-500:]}")
    return parse(log, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def campaign_row(variant: str, ran: Ran) -> str:
    seconds = max(ran.seconds, 0.01)
    lengths = "".join(f"{length:8,}" for length in ran.lengths)
    rates = f"{ran.executions / seconds:12,.0f}{ran.deliveries / seconds:14,.0f}"
    return f"{variant:32}{rates}{lengths}{ran.cut:8,}"


def campaign(variants: list[str], executions: int, seed: int) -> None:
    print(f"{executions:,} executions each, seed {seed}; by processor time")
    print(f"{'':32}{'executions':>12}{'deliveries':>14}{'deliveries of a run':>32}{'runs':>8}")
    print(
        f"{'variant':32}{'a second':>12}{'a second':>14}"
        f"{'50 %':>8}{'90 %':>8}{'99 %':>8}{'most':>8}{'cut':>8}"
    )
    for variant in variants:
        print(campaign_row(variant, run(variant, executions, seed, [])), flush=True)


def counted(variant: str, executions: int, seed: int) -> tuple[Ran, Counter[str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "callgrind"
        tool = ["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={path}"]
        ran = run(variant, executions, seed, tool)
        with path.open(encoding="utf-8", errors="replace") as lines:
            return ran, instructions_by_room(lines)


@dataclass(frozen=True)
class Profile:
    """Instructions by room."""

    of_delivery: dict[str, float]
    of_execution: dict[str, float]

    def rooms(self) -> Iterator[str]:
        return (room for room in NAMES if room in self.of_delivery)


def profile_of(variant: str, executions: int, seed: int) -> Profile:
    """A second, short campaign shows what the process does once; that is taken off."""
    begun, at_first = counted(variant, BEGUN, seed)
    ran, instructions = counted(variant, executions, seed)
    instructions.subtract(at_first)
    deliveries = ran.deliveries - begun.deliveries
    return Profile(
        {room: count / max(deliveries, 1) for room, count in instructions.items() if count > 0},
        {
            room: count / (ran.executions - begun.executions)
            for room, count in instructions.items()
            if count > 0
        },
    )


def read_table(text: str) -> dict[tuple[str, str], float]:
    """Instructions of a delivery, by variant and room."""
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith(("#", "variant")))
    return {(variant, room): float(of_delivery) for variant, room, of_delivery, _ in rows}


def table_rows(variant: str, profile: Profile) -> list[str]:
    return [
        f"{variant}\t{room}\t{profile.of_delivery[room]:.1f}\t{profile.of_execution[room]:.0f}"
        for room in profile.rooms()
    ]


def with_rows(text: str, variant: str, rows: list[str]) -> str:
    """A table in which a variant has these rows."""
    others = [row for row in text.splitlines()[2:] if row.split("\t")[0] != variant]
    return "\n".join([ABOUT, HEADER, *sorted(others + rows)]) + "\n"


def change(before: float | None, now: float) -> str:
    if before is None or before <= 0:
        return "new"
    ratio = now / before - 1
    return f"{ratio:+.0%}" if abs(ratio) >= TOLD else ""


def profile_lines(variant: str, profile: Profile, kept: dict[tuple[str, str], float]) -> list[str]:
    lines = [f"{variant:32}{'a delivery':>12}{'since':>8}{'an execution':>14}"]
    before = sum(count for (name, _), count in kept.items() if name == variant)
    for room in profile.rooms():
        now = profile.of_delivery[room]
        since = change(kept.get((variant, room)), now)
        lines.append(f"  {room:30}{now:12,.1f}{since:>8}{profile.of_execution[room]:14,.0f}")
    total = sum(profile.of_delivery.values())
    of_all = sum(profile.of_execution.values())
    lines.append(f"  {'in all':30}{total:12,.1f}{change(before, total):>8}{of_all:14,.0f}")
    return lines


def profile(variants: list[str], executions: int, seed: int, write: bool) -> None:
    text = TABLE.read_text() if TABLE.exists() else ""
    kept = read_table(text)
    totals: dict[str, float] = {}
    for variant in variants:
        found = profile_of(variant, executions, seed)
        totals[variant] = sum(found.of_delivery.values())
        text = with_rows(text, variant, table_rows(variant, found))
        print("\n".join(profile_lines(variant, found, kept)), flush=True)
    for variant in totals:
        if BARE in totals and totals[variant] > BAR_RATIO * totals[BARE]:
            ratio = totals[variant] / totals[BARE]
            print(f"{variant}: {ratio:.1f} times {BARE}; the bar is {BAR_RATIO}")
    if write:
        TABLE.write_text(text)
        print(f"written: {TABLE.relative_to(ROOT)}")


def variants_that_match(listed: list[str], wanted: list[str]) -> list[str]:
    """All, or those that are named, or whose target is."""
    for name in wanted:
        if not any(variant == name or variant.startswith(f"{name}/") for variant in listed):
            raise Trouble(f"there is no {name} (build/bin/offbeat list lists all)")
    return [v for v in listed if not wanted or v in wanted or v.split("/")[0] in wanted]


def all_variants() -> list[str]:
    listed = subprocess.run(
        [ROOT / "build/bin/offbeat", "list", "--json"], capture_output=True, check=True
    )
    targets = json.loads(listed.stdout)["targets"]
    return [f"{target['name']}/{variant}" for target in targets for variant in target["variants"]]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("campaign", "profile"))
    parser.add_argument("--executions", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("variants", nargs="*")
    arguments = parser.parse_intermixed_args()
    try:
        variants = variants_that_match(all_variants(), arguments.variants)
        if arguments.what == "campaign":
            campaign(variants, arguments.executions, arguments.seed)
        else:
            profile(variants, arguments.executions, arguments.seed, arguments.write)
    except Trouble as trouble:
        print(f"{arguments.what}: {trouble}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
