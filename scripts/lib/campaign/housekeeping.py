"""What is done with the finds every so often and at the end, beside the fuzzing and in a process of
its own: pack, leave out what is superfluous, sort the failing inputs, tell about new bugs, write
the report. Each step may die at any moment, and is done again the next time.

    corpus/TARGET.tar.zst           every input that an engine has kept, and those from outside
    corpus/minimal/TARGET.tar.zst   enough of it to cover what all of it covers
    triage/                         of the failing inputs, by `offbeat triage`
    state/minimized/TARGET/VARIANT  how many inputs there were after the last time
    state/triage                    how the triage ended
    state/replayed.txt              the inputs that were tried in a fuzz program
    state/buckets.txt               the bugs that somebody was told about
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from bisection import bisect_all
from bugs import page_of, read_bugs, read_triage, scenario_of
from campaign import Campaign
from coverage import measure
from engines import input_seconds_max, shared_environment
from harvest import by_content, files_below, files_in
from processes import PATIENCE_SECONDS, Command, run_tool
from report import write_report
from seen import look
from seeds import OFFERS_AT_ONCE, fetch_shared, try_inputs
from share import publish
from state import append
from subjects import known_subjects

# Leaving out costs a run of every input, and is worth it when there are many more than the last
# time.
MINIMIZE_FROM = 60
MINIMIZE_SECONDS_MAX = 600.0
TRIAGE_SECONDS_MAX = 1800.0
HOOK_SECONDS_MAX = 60.0
UPDATE_SECONDS_MAX = 600.0
REPLAYS_MAX = 200
# Exit codes of `offbeat corpus minimize`: done, and done but for inputs that did not run.
MINIMIZED = (0, 3)


class StepFailed(Exception):
    """A step that could not be done; its words are for the log, if it has any."""


def corpus(campaign: Campaign, *words: str | Path) -> bool:
    return run_tool(campaign, [campaign.offbeat, "corpus", *words])[0] == 0


def pack_new(campaign: Campaign, target: str) -> None:
    """Adds what is new to the archive. What is in it need not be kept as files."""
    new, archive = campaign.new(target), campaign.archive(target)
    files = files_in(new)
    if not files:
        return
    archive.parent.mkdir(parents=True, exist_ok=True)
    if not corpus(campaign, "add", archive, new):
        if not salvage(campaign, archive) or not corpus(campaign, "add", archive, new):
            raise StepFailed(f"{target}: could not be packed; its inputs stay in {new}")
    for path in files:
        path.unlink(missing_ok=True)


def salvage(campaign: Campaign, archive: Path) -> bool:
    """What is intact of a damaged archive takes its place, and the damaged one stays beside it.
    Returns whether there was something to do and it was done."""
    if not archive.is_file() or corpus(campaign, "verify", archive):
        return False
    campaign.state.trouble(
        f"{archive} was damaged: what is intact was kept, and the damaged one is beside it"
    )
    damaged = archive.with_name(archive.name + ".damaged")
    shutil.copyfile(archive, damaged)
    return corpus(campaign, "merge", "-o", archive, damaged) or archive.is_file()


def is_worth_minimizing(before: int, after_last: int, is_at_end: bool) -> bool:
    if is_at_end:
        return before > after_last
    return before > after_last and before >= MINIMIZE_FROM and before >= after_last * 3 // 2


def minimize_variant(campaign: Campaign, subject: str) -> None:
    """Leaves the inputs that are enough for all features that they show together; the others are in
    the archive by now."""
    folder, work = campaign.inputs(subject), campaign.folder / "staging"
    program = campaign.program("libfuzzer", subject)
    before, key = {path.name for path in files_in(folder)}, f"minimized/{subject}"
    is_at_end = campaign.state.get("phase") == "finishing"
    if not program.is_file() or not is_worth_minimizing(
        len(before), campaign.state.number(key), is_at_end
    ):
        return
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    kept = work / "kept.tar.zst"
    command: list[str | Path] = [campaign.offbeat, "corpus", "minimize", subject, folder]
    command += ["-o", kept, "--binary", program, "--timeout", str(input_seconds_max())]
    environment = shared_environment("libfuzzer_environment")
    code, _ = run_tool(campaign, command, MINIMIZE_SECONDS_MAX, environment)
    if code not in MINIMIZED or not corpus(campaign, "unpack", kept, work / "kept"):
        raise StepFailed(f"{subject}: its inputs could not be minimized (exit code {code})")
    after = by_content(files_below(work / "kept")).keys()
    if after:
        for name in before - after:
            if not (campaign.new(subject.split("/")[0]) / name).exists():
                (folder / name).unlink(missing_ok=True)
        count = len(files_in(folder))
        campaign.state.put(key, count)
        campaign.state.note(f"{subject}: {count} of {len(before)} inputs are enough")
    shutil.rmtree(work, ignore_errors=True)


def pack_minimal(campaign: Campaign, target: str) -> None:
    """What a next campaign starts from, and --update puts back: what no variant fails with."""
    variants = campaign.settings.variants(target)
    folders = [campaign.inputs(f"{target}/{variant}") for variant in variants]
    folders = [folder for folder in folders if folder.is_dir() and files_in(folder)]
    if folders:
        archive = campaign.archive(target, "minimal")
        archive.parent.mkdir(parents=True, exist_ok=True)
        corpus(campaign, "pack", archive, *folders)


def sort_crashes(campaign: Campaign) -> None:
    code, crashes = 0, campaign.folder / "crashes"
    if any(files_below(crashes)):
        command: Command = [campaign.offbeat, "triage", crashes, "-o", campaign.folder / "triage"]
        # One of its own processes may have been killed.
        code, _ = run_tool(
            campaign, command, TRIAGE_SECONDS_MAX, failed=lambda code: code not in (0, 1)
        )
        replay_the_rest(campaign)
    campaign.state.put("triage", code)


def replay_the_rest(campaign: Campaign) -> None:
    """Tries what passes in the command in the program that it was found with."""
    replayed = set(campaign.state.lines("replayed.txt"))
    others = read_triage(campaign).get("others", [])
    passing = [other["path"] for other in others if other.get("state") == "passes"]
    for path in passing[:REPLAYS_MAX]:
        if path in replayed:
            continue
        subject = Path(path).parent.name.replace("-", "/", 1)
        code, says = replay(campaign, subject, path)
        if code not in (0, -9):
            campaign.state.add("unsorted", subject, says or f"ended with {code}", path)
        append(campaign.state.inner / "replayed.txt", f"{path}\n")


def replay(campaign: Campaign, subject: str, path: str) -> tuple[int, str]:
    """The exit code of the fuzz program, and what a sanitizer sums up."""
    program = campaign.program("libfuzzer", subject)
    if not program.is_file():
        program = campaign.program("afl", subject)
    if not program.is_file():
        return 0, ""
    command: Command = ["sh", "-c", 'exec "$0" "$1" 2>&1', program, path]
    seconds = input_seconds_max() + PATIENCE_SECONDS
    environment = shared_environment("libfuzzer_environment")
    code, output = run_tool(campaign, command, seconds, environment, captures=True)
    says = re.search(r"^(?:SUMMARY|ASSERTION FAILED): (.*)$", output, re.MULTILINE)
    return code, says[1].replace("\t", " ") if says else ""


def tell_about_bugs(campaign: Campaign) -> None:
    """Runs --on-crash for each bug that it has not been run for."""
    told = set(campaign.state.lines("buckets.txt"))
    for bug in read_bugs(campaign):
        if bug.id in told:
            continue
        campaign.state.note(f"new bug {bug.id}: {bug.subject} {bug.invariant} ({bug.expected})")
        if campaign.settings.on_crash:
            environment = {
                "OFFBEAT_BUCKET": bug.id,
                "OFFBEAT_SUBJECT": bug.subject,
                "OFFBEAT_EXPECTED": bug.expected,
                "OFFBEAT_INVARIANT": bug.invariant,
                "OFFBEAT_PAGE": str(campaign.folder / page_of(campaign, bug)),
                "OFFBEAT_SCENARIO": str(scenario_of(campaign, bug)),
            }
            command = ["bash", "-c", campaign.settings.on_crash]
            code, _ = run_tool(campaign, command, HOOK_SECONDS_MAX, environment)
            if code != 0:
                campaign.state.note(f"the command of --on-crash ended with {code}")
        append(campaign.state.inner / "buckets.txt", f"{bug.id}\n")


def attempt(campaign: Campaign, step: Callable[..., None], *arguments: str) -> None:
    """A step that fails is no reason to leave out the others."""
    try:
        step(campaign, *arguments)
    except (OSError, StepFailed) as error:
        campaign.state.note(f"{step.__name__}: {error}")


def keep_house(campaign: Campaign) -> None:
    for target in campaign.settings.targets():
        attempt(campaign, pack_new, target)
        for variant in campaign.settings.variants(target):
            attempt(campaign, minimize_variant, f"{target}/{variant}")
        for step in (pack_minimal, publish, fetch_shared):
            attempt(campaign, step, target)
    attempt(campaign, sort_crashes)
    attempt(campaign, tell_about_bugs)
    if campaign.state.get("phase") == "finishing":
        attempt(campaign, look)
        attempt(campaign, measure)
        attempt(campaign, bisect_all)
    attempt(campaign, write_report)


def update_corpora(campaign: Campaign) -> None:
    for target in campaign.settings.targets():
        attempt(campaign, update_corpus, target)


def update_corpus(campaign: Campaign, target: str) -> None:
    """Puts back to where the shipped corpus is what fails in no variant of all that there are."""
    minimal, staging = campaign.archive(target, "minimal"), campaign.folder / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    if not minimal.is_file() or not corpus(campaign, "unpack", minimal, staging):
        return
    for subject in known_subjects(campaign.offbeat):
        if subject.split("/")[0] == target:
            drop_failing(campaign, subject, staging)
    if corpus(campaign, "pack", campaign.root / "corpus" / minimal.name, staging):
        campaign.state.note(f"corpus/{minimal.name} was replaced")
    shutil.rmtree(staging, ignore_errors=True)


def drop_failing(campaign: Campaign, subject: str, folder: Path) -> None:
    """Deletes what does not pass, and what ended the command that ran it."""
    paths = sorted(files_below(folder))
    while paths:
        verdicts = try_inputs(campaign, subject, paths[:OFFERS_AT_ONCE], UPDATE_SECONDS_MAX)
        if not verdicts:
            raise StepFailed(f"offbeat run {subject} says nothing of {paths[0]}")
        for path, passes in verdicts.items():
            if not passes:
                path.unlink()
        paths = [path for path in paths if path not in verdicts]
