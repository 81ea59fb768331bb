"""The engines' processes in a turn: which there are, how each is started, and what it says.

A turn's folder is turns/NUMBER. Below it:

    seeds/                             what all of them start from
    libfuzzer-1/found, .../artifacts   of each libFuzzer
    afl/main, afl/secondary-1, afl/asan-1   AFL++'s own folders, which share what they find
    ended-*/                           AFL++'s folders of processes that were started again
    *.log                              what each has said
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from campaign import Campaign
from processes import spawn
from settings import Settings
from share import shared_queues

ENGINES_SH = Path(__file__).resolve().parents[1] / "engines.sh"
# That of another: AFL++ takes no more than 32.
FOREIGN_QUEUES_MAX = 30
LOG_HEAD_BYTES = 4000
LOG_TAIL_BYTES = 20000
FINDINGS = ("crash-", "timeout-", "oom-", "leak-")


class Counts(NamedTuple):
    """What an engine says of itself, as far as it has counted it."""

    executions: int = 0
    rate: int = 0
    edges: int = 0
    features: int = 0
    inputs: int = 0


@cache
def shared_words(name: str) -> tuple[str, ...]:
    """An array of engines.sh, which says how each engine is run, wherever it is run."""
    script = 'source "$1" && declare -n words=$2 && printf "%s\\0" "${words[@]}"'
    command = ["bash", "-c", script, "bash", str(ENGINES_SH), name]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(output.split("\0")[:-1])


def shared_environment(name: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shared_words(name))


def input_seconds_max() -> int:
    """How long one input may take."""
    return int(shared_words("INPUT_SECONDS_MAX")[0])


def instances_of(settings: Settings, width: int, turn: int) -> list[str]:
    """The names of the processes of a turn that may have so many. With one only, engines take
    turns."""
    has_afl, has_libfuzzer = settings.has_engine("afl"), settings.has_engine("libfuzzer")
    if not has_afl:
        names: Iterator[str] = (f"libfuzzer-{index}" for index in itertools.count(1))
    elif not has_libfuzzer:
        more = (f"secondary-{index}" for index in itertools.count(2))
        names = itertools.chain(("main", "secondary-1", "asan-1"), more)
    elif width == 1:
        names = iter(("libfuzzer-1" if turn % 2 else "main",))
    else:
        more = (
            name
            for index in itertools.count(2)
            for name in (
                f"libfuzzer-{index}",
                f"secondary-{2 * index - 2}",
                f"secondary-{2 * index - 1}",
            )
        )
        names = itertools.chain(("libfuzzer-1", "main", "secondary-1", "asan-1"), more)
    return list(itertools.islice(names, width))


def presets_needed(settings: Settings, width: int) -> list[str]:
    """What has to be built for turns of that width."""
    presets = [engine for engine in ("libfuzzer", "afl") if settings.has_engine(engine)]
    names = instances_of(settings, width, 1)
    return presets + ["afl-asan"] * any(name.startswith("asan") for name in names)


def is_libfuzzer(name: str) -> bool:
    return name.startswith("libfuzzer-")


class Job(NamedTuple):
    """What a process of a turn is started for."""

    name: str
    subject: str
    folder: Path  # of the turn
    seconds: int
    swarm: int
    seed: int
    runs: int = 0  # executions, at most; 0: what there is time for
    stops_at_first: bool = False


def dictionary_of(campaign: Campaign, subject: str) -> Path | None:
    path = campaign.folder / "dictionaries" / f"{subject.split('/')[0]}.dict"
    return path if path.is_file() and path.stat().st_size > 0 else None


def launch(campaign: Campaign, job: Job) -> subprocess.Popen[bytes]:
    start = start_libfuzzer if is_libfuzzer(job.name) else start_afl
    return start(campaign, job, {"OFFBEAT_SWARM": str(job.swarm)} if job.swarm else {})


def _spawn(
    campaign: Campaign, job: Job, command: list[str | Path], environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    log = job.folder / f"{job.name}.log"
    return spawn(campaign, f"turn-{job.folder.name}", command, log, environment)


def start_libfuzzer(
    campaign: Campaign, job: Job, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    folder = job.folder / job.name
    for inner in ("found", "artifacts"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    dictionary = dictionary_of(campaign, job.subject)
    command: list[str | Path] = [
        campaign.program("libfuzzer", job.subject),
        *shared_words("libfuzzer_arguments"),
        *([f"-dict={dictionary}"] if dictionary else []),
        f"-max_total_time={job.seconds}",
        *([f"-runs={job.runs}"] if job.runs else []),
        f"-seed={job.seed}",
        f"-rss_limit_mb={campaign.settings.memory_of_each_mb()}",
        "-reload=5",  # reads again what others put beside its own
        f"-artifact_prefix={folder}/artifacts/",
        folder / "found",
        job.folder / "seeds",
    ]
    environment = {**shared_environment("libfuzzer_environment"), **environment}
    return _spawn(campaign, job, command, environment)


def _afl_role(campaign: Campaign, job: Job) -> list[str]:
    if job.name != "main":
        return ["-S", job.name]
    foreign = sorted(str(path) for path in job.folder.glob("libfuzzer-*/found"))
    foreign += [str(path) for path in shared_queues(campaign, job.subject)]
    return ["-M", "main", *(word for path in foreign[:FOREIGN_QUEUES_MAX] for word in ("-F", path))]


def start_afl(campaign: Campaign, job: Job, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    memory = str(campaign.settings.memory_of_each_mb())
    preset = "afl"
    environment = {**shared_environment("afl_environment"), **environment, "AFL_SYNC_TIME": "1"}
    mutator = f"build/afl/lib/afl_mutator_{job.subject.replace('/', '_')}.so"
    environment["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(campaign.root / mutator)
    if job.name.startswith("asan-"):
        options = "abort_on_error=1:symbolize=0:detect_leaks=0:hard_rss_limit_mb="
        environment["ASAN_OPTIONS"] = options + memory
        preset, memory = "afl-asan", "none"  # of address space ASan reserves nearly all there is
    if campaign.settings.statsd == "yes":
        environment["AFL_STATSD"] = "1"
    if job.stops_at_first:
        environment["AFL_BENCH_UNTIL_CRASH"] = "1"
    dictionary = dictionary_of(campaign, job.subject)
    own = job.folder / "afl" / job.name
    if own.is_dir():  # of one that died, with what it has kept
        shutil.move(own, tempfile.mkdtemp(prefix="ended-", dir=job.folder))
    command: list[str | Path] = [
        "afl-fuzz",
        *shared_words("afl_arguments"),
        *_afl_role(campaign, job),
        *(["-x", str(dictionary)] if dictionary else []),
        *("-i", job.folder / "seeds", "-o", job.folder / "afl"),
        *(["-E", str(job.runs)] if job.runs else []),
        *("-V", str(job.seconds), "-s", str(job.seed), "-m", memory),
        *("--", campaign.program(preset, job.subject)),
    ]
    return _spawn(campaign, job, command, environment)


def counts_of(name: str, folder: Path) -> Counts:
    """Of a process of the turn in the folder, since it was started last."""
    if is_libfuzzer(name):
        return libfuzzer_counts(log_tail(folder / f"{name}.log"))
    return afl_counts(folder / "afl" / name)


def log_excerpt(path: Path, head_bytes: int = LOG_HEAD_BYTES) -> str:
    """The first and the last words of a log."""
    try:
        with open(path, "rb") as file:
            head = file.read(head_bytes)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(head_bytes, size - LOG_TAIL_BYTES))
            gap = b"\n[...]\n" if 0 < head_bytes < file.tell() else b""
            return (head + gap + file.read()).decode("utf-8", errors="replace")
    except OSError:
        return ""


def log_tail(path: Path) -> str:
    return log_excerpt(path, 0)


def libfuzzer_counts(log: str) -> Counts:
    """The last line with numbers; the number of executions also from what is said at the end or
    before an abort. libFuzzer counts aloud only now and then."""

    def last(pattern: str) -> int:
        found = re.findall(pattern, log, re.MULTILINE)
        return int(found[-1]) if found else 0

    executions = max(last(r"^#([0-9]+)"), last(r"^executions: ([0-9]+)"))
    return Counts(
        last(r"^stat::number_of_executed_units: *([0-9]+)") or executions,
        last(r"(?:^stat::average_exec_per_sec: *|^#.* exec/s: )([0-9]+)"),
        *(last(rf"^#[0-9]+.* {word}: ([0-9]+)") for word in ("cov", "ft", "corp")),
    )


def afl_counts(folder: Path) -> Counts:
    """Names in a queue say how many executions had been made when they were found, and after how
    many milliseconds; the numbers for people come once a minute."""
    try:
        stats = (folder / "fuzzer_stats").read_text(errors="replace")
    except OSError:
        names = sorted(path.name for path in folder.glob("queue/id*"))
        found = re.search(r",time:([0-9]+),execs:([0-9]+)", names[-1]) if names else None
        milliseconds, executions = map(int, found.groups()) if found else (0, 0)
        return Counts(executions, 1000 * executions // (milliseconds + 1), inputs=len(names))
    value = {key: int(number) for key, number in re.findall(r"^(\w+) *: *([0-9]+)", stats, re.M)}
    executions = value.get("execs_done", 0)
    rate = executions // max(1, value.get("run_time", 0))
    return Counts(executions, rate, value.get("edges_found", 0), 0, value.get("corpus_count", 0))


def findings_of(name: str, folder: Path) -> int:
    """How many failing inputs a process has kept in this turn."""
    if is_libfuzzer(name):
        paths = (folder / name / "artifacts").glob("*")
        return sum(path.name.startswith(FINDINGS) for path in paths)
    own = [folder / "afl" / name, *folder.glob(f"ended-*/{name}")]
    return sum(len(list(path.glob(f"{kind}/id*"))) for path in own for kind in ("crashes", "hangs"))
