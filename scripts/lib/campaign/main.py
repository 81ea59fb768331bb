#!/usr/bin/env python3
"""What `./scripts/campaign` does once Python is there: reads its arguments, and begins, resumes or
shows a campaign. See there for options and exit codes."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import coverage
from campaign import Campaign
from engines import presets_needed
from housekeeping import keep_house
from keeper import Keeper, already_running, is_kept, show_result, take_over
from night import run_night
from report import first_line
from settings import Settings, UsageError, bytes_of, clock, seconds_of
from state import is_locked, read_text
from status import status_table
from subjects import (
    choose_subjects,
    default_canary,
    known_subjects,
    lane_widths,
    open_accounts,
    save_accounts,
)

HERE = Path(__file__).resolve().parent
ROOT = Path(os.environ.get("OFFBEAT_PROJECT", HERE.parents[2]))  # ./scripts/campaign names it
TROUBLE = 2
INTERRUPTED = 130
ENGINES = ("libfuzzer", "afl", "libfuzzer,afl", "afl,libfuzzer")
FOLDERS = ("state", "turns", "inputs", "new", "crashes")
SETTINGS = "settings.tsv"


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message.removeprefix('argument ')} (--help for help)")


def matching(pattern: str, says: str) -> Callable[[str], str]:
    """A type of values, for argparse."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise argparse.ArgumentTypeError(f"{says}: {value}")
        return value

    return check


def path_of(value: str) -> Path:
    """A path goes into environments, tables and the command lines of engines."""
    path = Path(value).resolve()
    if re.fullmatch(r"[A-Za-z0-9._/+@%: -]+", str(path)) is None:
        raise argparse.ArgumentTypeError(f"letters, digits, blanks and ._/+@%:- only: {path}")
    return path


def parser() -> Parser:
    reader = Parser(add_help=False, allow_abbrev=False, prog="campaign")
    seconds = matching("[1-9][0-9]{0,4}", "not a number of seconds")
    name = matching(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}", "letters, digits, . and - only")
    hook = matching(r"[^\n\t]*", "the command has to be one line without tabs")
    add = reader.add_argument
    add("words", nargs="*")
    add("--hours")
    add("--minutes")
    add("--jobs", type=matching("[1-9][0-9]{0,3}", "not a number of processes"))
    add("--engines", type=matching("|".join(ENGINES), "libfuzzer, afl, or both: libfuzzer,afl"))
    add("--disk")
    add("--memory")
    add("--canary")
    add("--canary-seconds", type=seconds)
    add("--turn", dest="turn_seconds", type=seconds)
    add("--on-crash", type=hook)
    add("--share", type=path_of)
    add("--name", type=name)
    add("--dir", type=path_of)
    add("--nights", type=path_of)
    add("--bisect", type=matching(r"[A-Za-z0-9][^\s]*", "not a commit"))
    add("--executions", type=matching("[1-9][0-9]{0,14}", "not a number of executions"))
    add("--seed", type=matching("[1-9][0-9]{0,8}", "not a number"))
    for option in ("--statsd", "--update", "--keep-turns"):
        add(option, action="store_const", const="yes")
    add("--no-coverage", dest="coverage", action="store_const", const="no")
    add("--no-install", action="store_true")
    for option in ("--resume", "--status", "--end", "--night", "--keep", "--housekeeping"):
        add(option, type=Path)
    return reader


# Options that are settings, and are said once, when a campaign begins.
BEGIN_OPTIONS = (
    "hours minutes jobs engines disk memory canary canary_seconds turn_seconds on_crash share name "
    "statsd update bisect coverage executions seed keep_turns"
).split()


def settings_of(options: argparse.Namespace) -> Settings:
    settings = Settings()
    if options.hours is not None:
        settings.seconds = seconds_of(options.hours, 3600, "--hours")
    if options.minutes is not None:
        settings.seconds = seconds_of(options.minutes, 60, "--minutes")
    for option in ("disk", "memory"):
        if getattr(options, option) is not None:
            bytes_of(getattr(options, option), f"--{option}")
    for key in BEGIN_OPTIONS:
        value = getattr(options, key)
        if value is not None and hasattr(settings, key):
            is_number = isinstance(getattr(settings, key), int)
            setattr(settings, key, int(value) if is_number else str(value))
    return settings


# -- what is built --


def prepare(*words: str) -> None:
    """Installs and builds, with what the other scripts do that with."""
    environment = {**os.environ, "AFL_QUIET": "1"}
    process = subprocess.Popen([HERE / "prepare.sh", *words], cwd=ROOT, env=environment)
    try:
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if code != 0:
        sys.exit(code if code in (INTERRUPTED, 143) else TROUBLE)


def prepare_command(settings: Settings, may_install: bool) -> None:
    engines = settings.engines.split(",")
    prepare("packages", "yes" if may_install else "no", "build", *engines)
    prepare("build", "release", "offbeat_cli")


def build_programs(settings: Settings) -> None:
    """The fuzz programs of a campaign, its canary's too."""
    subjects = settings.subject_names() + [settings.canary] * (settings.canary != "none")
    names = sorted({subject.replace("/", "_") for subject in subjects})
    width = lane_widths(settings.jobs, len(settings.subject_names()))[0]
    for preset in presets_needed(settings, width):
        targets = [f"fuzz_{name}" for name in names]
        if preset == "afl":
            targets += [f"afl_mutator_{name}" for name in names]
        prepare("build", preset, *targets)
    if settings.coverage == "yes":
        if coverage.is_possible():
            prepare("build", "coverage", "offbeat_cli")
        else:
            settings.coverage = "no"
            print("llvm-cov is missing: no coverage of lines", flush=True)


# -- what is done --


def begin(settings: Settings, folder: Path, words: Sequence[str], may_install: bool) -> int:
    if (folder / SETTINGS).is_file():
        raise UsageError(
            f"{folder} has a campaign in it; to go on with it: ./scripts/campaign --resume {folder}"
        )
    if settings.share:
        Path(settings.share).mkdir(parents=True, exist_ok=True)
    prepare_command(settings, may_install)
    campaign = Campaign.open(ROOT, folder)
    campaign.settings = settings
    known = known_subjects(campaign.offbeat)
    settings.subjects = " ".join(choose_subjects(words, known))
    settings.canary = settings.canary or default_canary(known)
    if settings.canary not in ("none", *known):
        no_canary = f"--canary: there is no {settings.canary}"
        raise UsageError(f"{no_canary} (build/bin/offbeat list lists all)")
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    settings.settle(folder)
    settings.commit = first_line("git", "-C", str(ROOT), "rev-parse", "HEAD")
    if settings.bisect and not first_line(
        "git", "-C", str(ROOT), "rev-parse", "--verify", "--quiet", f"{settings.bisect}^{{commit}}"
    ):
        raise UsageError(f"--bisect: there is no commit {settings.bisect} in {ROOT}")
    save_accounts(campaign.state, open_accounts(settings.subject_names(), known))
    build_programs(settings)
    settings.save(folder / SETTINGS)
    if settings.nights:
        Path(settings.nights, "unfinished").write_text(f"{folder}\n")
    print(
        f"Fuzzing {len(settings.subject_names())} variants for {clock(settings.seconds)}"
        f"{f', {settings.executions:,} executions each,' * bool(settings.executions)} with "
        f"{settings.engines}, {settings.jobs} at a time, in {folder}",
        flush=True,
    )
    return Keeper(campaign).keep("first")


def resume(campaign: Campaign, may_install: bool) -> int:
    if (campaign.state.inner / "exit").is_file():
        print(f"The campaign in {campaign.folder} has ended.")
        return show_result(campaign)
    if is_kept(campaign):
        raise already_running(campaign.folder)
    prepare_command(campaign.settings, may_install)
    build_programs(campaign.settings)
    left = clock(max(0, campaign.time_left()))
    print(f"Going on with the campaign in {campaign.folder}: {left} left", flush=True)
    take_over(campaign)
    return Keeper(campaign).keep("resumed")


def open_existing(folder: Path) -> Campaign:
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder} with a campaign in it")
    folder = folder.resolve()
    if not (folder / SETTINGS).is_file():
        raise UsageError(f"{folder}: there is no campaign in it")
    return Campaign.open(ROOT, folder)


def date_folder() -> str:
    return time.strftime("%Y-%m-%d-%H%M%S", time.gmtime())


def go_on_tonight(settings: Settings, nights: Path) -> tuple[Path, bool]:
    """The folder of a night: last night's when that has not ended, or a new one; and which."""
    nights.mkdir(parents=True, exist_ok=True)
    settings.nights = str(nights)
    last = Path(read_text(nights / "unfinished").rstrip("\n") or "/nowhere")
    if (last / SETTINGS).is_file() and not (last / "state/exit").is_file():
        return last, True
    before = sorted(path.parent for path in Path(settings.nights).glob(f"*/{SETTINGS}"))
    settings.before = str(before[-1]) if before else ""
    return Path(settings.nights) / date_folder(), False


def show_status(campaign: Campaign) -> int:
    print("\n".join(status_table(campaign)))
    return 0


def tell_to_end(campaign: Campaign) -> int:
    """As if its time were over: with all that is done at the end."""
    campaign.state.put("end", "yes")
    is_kept_now = is_locked(campaign.folder / "keeper.lock")
    if not is_kept_now and not (campaign.state.inner / "exit").is_file():
        print(f"It does not run; to end it: ./scripts/campaign --resume {campaign.folder}")
    return 0


def run_housekeeping(campaign: Campaign) -> int:
    keep_house(campaign)
    return 0


def run(arguments: Sequence[str]) -> int:
    options = parser().parse_intermixed_args(arguments)
    may_install = not options.no_install
    inner: dict[str, Callable[[Campaign], int]] = {
        "status": show_status,
        "end": tell_to_end,
        "night": run_night,
        "keep": lambda campaign: Keeper(campaign).keep("orphan"),
        "housekeeping": run_housekeeping,
    }
    for name, action in inner.items():
        if getattr(options, name) is not None:
            return action(open_existing(getattr(options, name)))
    if options.resume is not None:
        others = BEGIN_OPTIONS + ["dir", "nights"]
        if options.words or any(getattr(options, key) is not None for key in others):
            raise UsageError("--resume takes no targets and no other options")
        return resume(open_existing(options.resume), may_install)
    settings = settings_of(options)
    folder = options.dir or ROOT / "campaigns" / date_folder()
    if options.nights is not None:
        folder, goes_on = go_on_tonight(settings, options.nights)
        if goes_on:
            return resume(open_existing(folder), may_install)
    return begin(settings, folder, options.words, may_install)


def main(arguments: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (UsageError, OSError, subprocess.SubprocessError) as error:
        print(f"campaign: {error}", file=sys.stderr)
        return TROUBLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
