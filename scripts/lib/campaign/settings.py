"""How a campaign was asked for, and what was decided once, so that it goes on as it began."""

from __future__ import annotations

import hashlib
import os
import random
import re
import socket
import time
from dataclasses import dataclass, fields
from pathlib import Path

from state import read_text, replace

UNITS = "KMGT"


class UsageError(Exception):
    """What was asked for cannot be done; one line says why."""


def bytes_of(size: str, option: str) -> int:
    """64M → 67108864"""
    match = re.fullmatch(r"([1-9][0-9]{0,11})([KMGT]?)", size)
    if match is None:
        raise UsageError(f"{option}: not a size: {size} (such as 512M, 20G)")
    return int(match[1]) << (10 * (UNITS.index(match[2]) + 1) if match[2] else 0)


def seconds_of(number: str, unit_seconds: int, option: str) -> int:
    """1.5 hours → 5400"""
    if re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", number) is None:
        raise UsageError(f"{option}: not a number: {number}")
    return max(1, int(float(number) * unit_seconds))


def scaled(number: float, base: int) -> str:
    """1234567 → 1.2M; by 1000 or 1024"""
    units = " " + UNITS
    step = 0
    while step < len(units) - 1 and round(number) >= base:
        number /= base
        step += 1
    text = f"{number:.1f}" if number < 10 and step > 0 else f"{number:.0f}"
    return text.removesuffix(".0") + units[step].strip()


def clock(seconds: int) -> str:
    """3725 → 1:02:05"""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def memory_info(key: str) -> int:
    """Bytes, of a line of /proc/meminfo."""
    match = re.search(rf"^{key}: *([0-9]+) kB", read_text(Path("/proc/meminfo")), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


@dataclass
class Settings:
    """What settings.tsv keeps, a row a field."""

    name: str = ""  # of this campaign among those that share a folder
    subjects: str = ""  # TARGET/VARIANT, separated by blanks
    seconds: int = 28800  # of fuzzing
    executions: int = 0  # of each subject, at most; 0: what there is time for
    seed: int = 0  # that swarms and engines' seeds are drawn from; 0: drawn as well
    jobs: int = 0  # processes that fuzz at the same time; 0: one a processor
    engines: str = "libfuzzer,afl"
    disk: str = "10G"  # that the campaign may take; bytes once it is settled
    memory: str = "0"  # that all engines together may take; 0: most of what is free
    on_crash: str = ""  # a command for each new bug
    share: str = ""  # a folder that other campaigns use as well
    statsd: str = "no"
    canary: str = ""  # what has to be found first; none: nothing
    canary_seconds: int = 60
    turn_seconds: int = 0  # 0: so that each subject gets several
    keep_turns: str = "no"  # what engines have left of each turn
    update: str = "no"  # put the corpora back to where they came from
    before: str = ""  # the campaign whose corpora this one begins with
    nights: str = ""  # the folder that holds this campaign's folder and the next ones'
    started: int = 0  # seconds since the epoch
    coverage: str = "yes"  # of lines of the source
    bisect: str = ""  # a commit that is good, where bugs are to be traced to theirs
    commit: str = ""  # that is fuzzed; nothing where there is no repository

    @classmethod
    def load(cls, path: Path) -> Settings:
        settings = cls()
        names = {field.name for field in fields(cls)}
        for line in read_text(path).split("\n"):
            key, _, value = line.partition("\t")
            if key in names:
                is_number = isinstance(getattr(settings, key), int)
                setattr(settings, key, int(value or 0) if is_number else value)
        return settings

    def save(self, path: Path) -> None:
        rows = (f"{field.name}\t{getattr(self, field.name)}\n" for field in fields(self))
        replace(path, "".join(rows))

    def settle(self, folder: Path) -> None:
        """Decides what is left to the machine, once."""
        self.jobs = self.jobs or len(os.sched_getaffinity(0))
        self.disk = str(bytes_of(self.disk, "--disk"))
        if self.memory == "0":
            self.memory = str(memory_info("MemAvailable") // 5 * 4)
        else:
            self.memory = str(bytes_of(self.memory, "--memory"))
        if not self.name:
            digest = hashlib.sha1(str(folder).encode()).hexdigest()[:8]
            host = socket.gethostname() or "machine"
            self.name = re.sub(r"[^A-Za-z0-9.-]", "-", f"{host}-{digest}")
        self.started = int(time.time())

    @property
    def disk_bytes(self) -> int:
        return int(self.disk)

    def has_engine(self, engine: str) -> bool:
        return engine in self.engines.split(",")

    def generator(self, turn: int) -> random.Random:
        """Of the numbers that a turn is made with."""
        return random.Random(f"{self.seed} {turn}") if self.seed else random.SystemRandom()

    def memory_of_each_mb(self) -> int:
        return max(192, int(self.memory) // max(1, self.jobs) >> 20)

    def subject_names(self) -> list[str]:
        return self.subjects.split()

    def targets(self) -> list[str]:
        return sorted({subject.split("/")[0] for subject in self.subject_names()})

    def variants(self, target: str) -> list[str]:
        names = (subject.split("/") for subject in self.subject_names())
        return [variant for name, variant in names if name == target]
