"""A turn: for some minutes the processes of one lane fuzz one subject.

The file turn.tsv in its folder says what it is, and is its first line in the ledger in the making:
number, seconds since the epoch at its beginning, subject, seed of the swarm, seed of the engines.
state/now.tsv, a row a process of the turns that are under way: lane, subject, process, running or
waiting or done, executions, rate, edges, features, inputs, how often it was started again.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import engines
import goals
import search
from campaign import Campaign
from engines import Counts, Job
from harvest import harvest, remove_turn
from processes import end_processes_of, wait_politely
from seeds import seeds_for_turn
from state import read_text, replace
from subjects import Subject, Turn, add_to_ledger, read_ledger

# A process that stops at a failing input is started again so often in a turn: a shallow bug would
# otherwise be all that it finds.
FINDINGS_MAX = 4
# One that ends without a finding is started again after 1, 2, 4, ... seconds, and not for ever.
FAILURES_MAX = 5
# Time that is not worth a start.
START_SECONDS_MIN = 2
# An engine that does not end when it should is ended so many seconds later.
OVERTIME_SECONDS = 10
STOP_SECONDS_MAX = 3.0
CANNOT_START = 127
# One turn in so many is no swarm's: all faults are allowed.
WHOLE_ONE_IN = 4
SEED_MAX = 1 << 30


@dataclass
class Instance:
    """A process of a turn, with those that it was before."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    state: str = "waiting"
    starts_at: float = 0.0
    restarts: int = -1
    failures: int = 0
    findings: int = 0
    counted: int = 0  # executions of those before

    def is_running(self) -> bool:
        return self.state == "running"


@dataclass
class RunningTurn:
    campaign: Campaign
    subject: str
    folder: Path
    began: int  # since the epoch
    ends_at: float  # of the monotonic clock
    swarm: int
    seed: int
    stops_at_first: bool = False
    runs: int = 0  # executions of all processes, at most; 0: what there is time for
    instances: list[Instance] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    began_at: float = field(default_factory=time.monotonic)
    said: search.Counts = field(default_factory=search.Counts)  # by processes that have ended

    @property
    def number(self) -> int:
        return int(self.folder.name)

    def start(self, names: list[str]) -> None:
        self.instances = [Instance(name) for name in names]
        self.watch()

    def watch(self) -> bool:
        """Looks after the processes. Returns whether one of them still has something to do."""
        now = time.monotonic()
        for instance in self.instances:
            if instance.process is not None:
                code = instance.process.poll()
                if code is not None:
                    self._ended(instance, code, now)
                elif now > self.ends_at + OVERTIME_SECONDS:
                    instance.process.kill()
            if instance.state == "waiting" and instance.restarts >= 0 and self._is_late(now):
                instance.state = "done"
            if instance.state == "waiting" and now >= instance.starts_at:
                self._launch(instance, now)
        return any(instance.state != "done" for instance in self.instances)

    def _is_late(self, now: float) -> bool:
        return now + START_SECONDS_MIN >= self.ends_at

    def _launch(self, instance: Instance, now: float) -> None:
        instance.restarts += 1
        seconds = max(1, round(self.ends_at - now))
        seed = self.seed + instance.restarts
        job = Job(
            instance.name,
            self.subject,
            self.folder,
            seconds,
            self.swarm,
            seed,
            self._runs_left(instance),
            self.stops_at_first,
        )
        try:
            instance.process = engines.launch(self.campaign, job)
            instance.state = "running"
        except FileNotFoundError as error:
            self.campaign.state.note(f"{instance.name} of {self.subject} cannot start: {error}")
            self._ended(instance, CANNOT_START, now)

    def _runs_left(self, instance: Instance) -> int:
        """Of its share."""
        share = -(-self.runs // len(self.instances))
        return max(1, share - instance.counted) if self.runs else 0

    def _ended(self, instance: Instance, code: int, now: float) -> None:
        """Decides whether a process starts again, and when."""
        instance.counted += engines.counts_of(instance.name, self.folder).executions
        search.add(self.said, search.said_by(instance.name, self.folder))
        if not self.stops_at_first:
            goals.keep(self.campaign, self.subject, search.text_of(instance.name, self.folder))
        instance.process = None
        instance.state = "done"
        found = engines.findings_of(instance.name, self.folder)
        delay = 0
        if self._is_late(now) or (self.runs and self._runs_left(instance) == 1):
            return
        if found > instance.findings:
            instance.findings = found
            if self.stops_at_first or found >= FINDINGS_MAX:
                return
        else:
            instance.failures += 1
            if instance.failures >= FAILURES_MAX:
                self.campaign.state.note(
                    f"{self.subject}: {instance.name} ended {FAILURES_MAX} times in a turn, "
                    f"last with {code}"
                )
                return
            delay = 1 << (instance.failures - 1)
        instance.state = "waiting"
        instance.starts_at = now + delay

    def share(self) -> None:
        """Puts what AFL++ has found beside what libFuzzer has, which looks there now and then.
        AFL++ looks at libFuzzer's by itself (-F)."""
        target = self.folder / "libfuzzer-1/found"
        if not target.is_dir():
            return
        for path in (self.folder / "afl").glob("*/queue/id:*"):
            name = f"{path.parts[-3]}-{path.name.removeprefix('id:').split(',')[0]}"
            is_given = ",orig:" in path.name or ",sync:" in path.name
            if not is_given and name not in self.imported:
                self.imported.add(name)
                with contextlib.suppress(OSError):
                    shutil.copyfile(path, target / name)

    def stop(self) -> None:
        self.ends_at = time.monotonic()
        running = [one.process for one in self.instances if one.process is not None]
        wait_politely(running, STOP_SECONDS_MAX)
        for instance in self.instances:
            if instance.process is None:
                instance.state = "done"
        self.watch()

    def counts(self) -> Counts:
        """Of all processes; edges and so on as libFuzzer says, or AFL++ where there is no
        libFuzzer."""
        executions = rate = 0
        coverage = Counts()
        for instance in self.instances:
            counts = engines.counts_of(instance.name, self.folder)
            executions += instance.counted + counts.executions * instance.is_running()
            rate += counts.rate * instance.is_running()
            if counts.edges > 0 and (
                engines.is_libfuzzer(instance.name)
                or (coverage.features == 0 and counts.edges > coverage.edges)
            ):
                coverage = counts
        return Counts(executions, rate, *coverage[2:])

    def rows(self, lane: int) -> list[tuple[object, ...]]:
        """Of now.tsv."""
        return [
            (lane, self.subject, one.name, one.state)
            + engines.counts_of(one.name, self.folder)
            + (max(0, one.restarts),)
            for one in self.instances
        ]


def next_number(campaign: Campaign) -> int:
    folders = (path.name for path in (campaign.folder / "turns").glob("[0-9]*"))
    numbers = [int(name) for name in folders if name.isdigit()]
    return 1 + max([*numbers, *(turn.number for turn in read_ledger(campaign.state))], default=0)


def begin_turn(
    campaign: Campaign, account: Subject, seconds: int, width: int
) -> RunningTurn:
    """Starts the engines. OSError when the disk is full; then nothing runs."""
    number = next_number(campaign)
    folder = campaign.folder / "turns" / f"{number:06}"
    settings, subject = campaign.settings, account.subject
    numbers = settings.generator(number)
    swarm = 0 if number % WHOLE_ONE_IN == 0 else numbers.randrange(1, SEED_MAX)
    seed = numbers.randrange(1, SEED_MAX)
    turn = RunningTurn(campaign, subject, folder, int(time.time()), 0, swarm, seed)
    turn.runs = account.executions_left(settings)
    row = (turn.number, turn.began, turn.subject, turn.swarm, turn.seed)
    replace(folder / "turn.tsv", "\t".join(map(str, row)) + "\n")
    seeds_for_turn(campaign, subject, folder / "seeds")
    turn.began_at = time.monotonic()
    turn.ends_at = turn.began_at + seconds
    try:
        turn.start(engines.instances_of(settings, width, account.turns))
    except OSError:
        turn.stop()
        raise
    return turn


def by_engine(turn: RunningTurn, seconds: int) -> search.Counts:
    """What each engine has executed, and for how long its processes were there."""
    counts = search.Counts()
    for instance in turn.instances:
        engine = "libfuzzer" if engines.is_libfuzzer(instance.name) else "afl"
        if instance.name.startswith("asan"):
            engine = "afl-asan"
        now = engines.counts_of(instance.name, turn.folder).executions * instance.is_running()
        counts[f"engines/{engine}/executions"] += instance.counted + now
        counts[f"engines/{engine}/seconds"] += seconds
    return counts


def end_turn(turn: RunningTurn) -> Turn:
    """Takes away what was found, and books the turn. OSError, and the turn is there still, when the
    disk is full."""
    campaign, counts = turn.campaign, turn.counts()
    keep_logs(turn)
    end_processes_of(campaign, f"turn-{turn.folder.name}")
    new_inputs, failing = harvest(campaign, turn.folder, turn.subject)
    seconds = max(1, round(time.monotonic() - turn.began_at))
    booked = Turn(
        turn.number,
        turn.began,
        turn.subject,
        seconds,
        turn.swarm,
        turn.seed,
        counts.executions,
        new_inputs,
        counts.edges,
        counts.features,
        failing,
        search=json.dumps(search.nest(search.total((turn.said, by_engine(turn, seconds))))),
    )
    add_to_ledger(campaign.state, booked)
    remove_turn(campaign, turn.folder)
    return booked


def keep_logs(turn: RunningTurn) -> None:
    """The first and the last words of each process, of each subject's last turn."""
    for instance in turn.instances:
        name = f"{turn.subject.replace('/', '-')}-{instance.name}.log"
        with contextlib.suppress(OSError):
            text = engines.log_excerpt(turn.folder / f"{instance.name}.log")
            replace(turn.campaign.folder / "logs" / name, text)


def recover_turn(campaign: Campaign, folder: Path) -> Turn | None:
    """Harvests what a turn has left that was under way when its night died, and books it unless it
    was. How long it took is not known."""
    end_processes_of(campaign, f"turn-{folder.name}")
    row = read_text(folder / "turn.tsv").rstrip("\n").split("\t")
    booked = None
    if len(row) == 5:
        number, began, subject, swarm, seed = row
        new_inputs, failing = harvest(campaign, folder, subject)
        if all(turn.number != int(number) for turn in read_ledger(campaign.state)):
            names = [path.stem for path in folder.glob("*.log")]
            said = search.nest(search.total(search.said_by(name, folder) for name in names))
            executions = sum(engines.counts_of(name, folder).executions for name in names)
            numbers = int(swarm), int(seed), executions, new_inputs, 0, 0, failing
            booked = Turn(int(number), int(began), subject, 0, *numbers, search=json.dumps(said))
            add_to_ledger(campaign.state, booked)
    remove_turn(campaign, folder)
    return booked


def recover_turns(campaign: Campaign) -> list[Turn]:
    """Of a night that has died."""
    turns = campaign.folder / "turns"
    for folder in turns.glob("*.done"):
        shutil.rmtree(folder, ignore_errors=True)
    folders = sorted(path for path in turns.glob("[0-9]*") if path.is_dir())
    return [turn for turn in (recover_turn(campaign, folder) for folder in folders) if turn]
