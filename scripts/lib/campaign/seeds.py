"""What a turn starts from: what was found in this variant, and what was found in the others of the
same target or came from outside and does not fail here.

    given/TARGET/SHA1   inputs from outside: the shipped corpora, other campaigns
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

from campaign import Campaign
from harvest import add_seen, by_content, files_below, files_in, keep, seen_by
from processes import TIMED_OUT, run_tool
from share import shared_folders
from state import replace

# More at a time would make turns wait; the others come with the next one.
OFFERS_MAX = 2000
OFFERS_AT_ONCE = 500
OFFER_SECONDS_MAX = 60.0
# An input that fails in one variant and not in another is worth a look, hundreds of them are not.
OFFERED_CRASHES_MAX = 3
# AFL++ takes neither no seeds nor empty ones. Less than a record is the empty scenario; a record of
# zeros would be a message, and where one message alone violates something AFL++ would not start.
SIMPLEST_INPUT = bytes(1)


def give(campaign: Campaign, archive: Path, target: str) -> None:
    """Takes the inputs of an archive, for all variants."""
    given, new = campaign.folder / "given" / target, campaign.new(target)
    staging = campaign.folder / "given" / f".staging-{os.getpid()}"
    for folder in (given, new):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(staging, ignore_errors=True)
    code, _ = run_tool(campaign, [campaign.offbeat, "corpus", "unpack", archive, staging])
    if code != 0:
        campaign.state.note(f"{archive}: not all of it could be read")
    with contextlib.suppress(OSError):
        for name, path in by_content(files_below(staging)).items():
            if not (given / name).exists():
                keep(path, new, name)
                keep(path, given, name)
    shutil.rmtree(staging, ignore_errors=True)


def fetch_shared(campaign: Campaign, target: str) -> None:
    """Takes what other campaigns have published since the last time."""
    for other in shared_folders(campaign):
        archive = other / f"{target}.tar.zst"
        if not archive.is_file():
            continue
        key, stat = f"shared/{other.name}-{target}", archive.stat()
        stamp = f"{int(stat.st_mtime)} {stat.st_size}"
        if stamp != campaign.state.get(key):
            give(campaign, archive, target)
            campaign.state.put(key, stamp)
            campaign.state.note(f"{target}: read what {other.name} has found")


def make_dictionary(campaign: Campaign, target: str) -> None:
    """The records that the target's messages and faults are written with, for engines that mutate
    bytes."""
    _, text = run_tool(campaign, [campaign.offbeat, "dict", target], captures=True)
    replace(campaign.folder / "dictionaries" / f"{target}.dict", text)


def give_first(campaign: Campaign, target: str) -> None:
    """What every variant of a target starts from."""
    archives = [campaign.root / "corpus" / f"{target}.tar.zst"]
    if campaign.settings.before:
        archives.append(Path(campaign.settings.before, "corpus/minimal", f"{target}.tar.zst"))
    for archive in archives:
        if archive.is_file():
            give(campaign, archive, target)
    fetch_shared(campaign, target)
    make_dictionary(campaign, target)


def offers_for(campaign: Campaign, subject: str) -> dict[str, Path]:
    """What the subject has not come across yet, by its SHA-1."""
    target = subject.split("/")[0]
    folders = [campaign.folder / "given" / target]
    others = sorted((campaign.folder / "inputs" / target).glob("*/"))
    folders += [folder for folder in others if folder != campaign.inputs(subject)]
    seen = seen_by(campaign, subject)
    offers: dict[str, Path] = {}
    for path in (path for folder in folders for path in files_in(folder)):
        if path.name not in seen and len(offers) < OFFERS_MAX:
            offers.setdefault(path.name, path)
    return offers


def try_inputs(
    campaign: Campaign, subject: str, paths: list[Path], seconds: float
) -> dict[Path, bool | None]:
    """Runs inputs in the command. Of those that it came to, whether they pass; None for the one at
    which it was cut off, if it was. A run that was cut is not judged, and passes here."""
    # Relative to the campaign's folder there is no odd character in them.
    names = {str(path.relative_to(campaign.folder)): path for path in paths}
    command = [campaign.offbeat, "run", subject, *names]
    code, output = run_tool(campaign, command, seconds, captures=True)
    verdicts: dict[Path, bool | None] = {}
    for line in output.split("\n"):
        name, _, verdict = line.partition(": ")
        if name in names:
            verdicts[names[name]] = verdict.startswith(("ok ", "cut "))
    if code < 0 or code >= TIMED_OUT:
        missing = (path for path in paths if path not in verdicts)
        verdicts.update(dict.fromkeys(list(missing)[:1]))
    return verdicts


def offer(campaign: Campaign, subject: str) -> None:
    """Runs what others have found, and keeps what does not fail. What fails is a finding, and would
    stop libFuzzer before it had begun. What there is no time for comes with the next turn."""
    inputs, crashes = campaign.inputs(subject), campaign.crashes(subject)
    for folder in (inputs, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    offers = list(offers_for(campaign, subject).values())
    deadline = time.monotonic() + OFFER_SECONDS_MAX
    failing = 0
    while offers and (left := deadline - time.monotonic()) > 0:
        verdicts = try_inputs(campaign, subject, offers[:OFFERS_AT_ONCE], left)
        if not verdicts:
            campaign.state.note(f"{subject}: offbeat run says nothing of {offers[0]}")
            break
        for path, passes in verdicts.items():
            if passes:
                keep(path, inputs, path.name)
            elif passes is False and failing < OFFERED_CRASHES_MAX:
                keep(path, crashes, f"crash-{path.name}")
                failing += 1
        add_seen(campaign, subject, (path.name for path in verdicts))
        offers = [path for path in offers if path not in verdicts]


def make_seeds_for_afl(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    is_empty = True
    for path in files_below(folder):
        if path.stat().st_size == 0:
            path.unlink()
        else:
            is_empty = False
    if is_empty:
        (folder / "zero").write_bytes(SIMPLEST_INPUT)


def seeds_for_turn(campaign: Campaign, subject: str, folder: Path) -> None:
    offer(campaign, subject)
    folder.mkdir(parents=True, exist_ok=True)
    for path in files_in(campaign.inputs(subject)):
        keep(path, folder, path.name)
    make_seeds_for_afl(folder)
