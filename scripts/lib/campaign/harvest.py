"""What engines have left in a turn's folder goes to where it stays. Files are named by the SHA-1 of
their content, so whatever is done twice after something died is done once.

    inputs/TARGET/VARIANT/SHA1         what fuzzing a variant starts from; nothing in it fails there
    new/TARGET/SHA1                    inputs that are not in corpus/TARGET.tar.zst yet
    crashes/TARGET-VARIANT/KIND-SHA1   what failed: crash, timeout, oom, leak, hang
    state/seen/TARGET/VARIANT          the SHA-1 of every input that the variant has come across
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from campaign import Campaign
from state import append, read_text

_FOUND = re.compile(r"/libfuzzer-[^/]*/found/[^/]*$|/queue/id:[^/]*$")
_GIVEN = re.compile(r",orig:|,sync:|/\.state/")
_FAILING = re.compile(r"/artifacts/[^/]+-[^/]*$|/(?:crashes|hangs)/id[^/]*$")


def files_below(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder):
        for name in names:
            yield Path(where, name)


def files_in(folder: Path) -> list[Path]:
    """Those that are whole."""
    return [path for path in folder.glob("[!.]*") if path.is_file()]


def by_content(paths: Iterable[Path]) -> dict[str, Path]:
    """Files by their SHA-1; files of the same content come once, and empty ones not at all."""
    found: dict[str, Path] = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if data := path.read_bytes():
                found.setdefault(hashlib.sha1(data).hexdigest(), path)
    return found


def keep(path: Path, folder: Path, name: str) -> None:
    """A second name for a file, or a copy where there can be none."""
    try:
        os.link(path, folder / name)
    except FileExistsError:
        return
    except OSError:
        temporary = folder / f".{name}.tmp"
        shutil.copyfile(path, temporary)
        temporary.replace(folder / name)


def found_by(folder: Path) -> dict[str, Path]:
    """Inputs that the engines of a turn have kept, without those that they were given."""
    found = (path for path in files_below(folder) if _FOUND.search(str(path)))
    return by_content(path for path in found if not _GIVEN.search(str(path)))


def failing_in(folder: Path) -> dict[str, Path]:
    return by_content(path for path in files_below(folder) if _FAILING.search(str(path)))


def kind_of_failure(path: Path) -> str:
    """As its name begins; slow is an input that took long and passed."""
    by_folder = {"crashes": "crash", "hangs": "hang"}
    return by_folder.get(path.parent.name) or path.name.split("-")[0]


def seen_by(campaign: Campaign, subject: str) -> set[str]:
    """The inputs that the subject has come across; they may have been found superfluous since."""
    return set(read_text(campaign.state.inner / "seen" / subject).split())


def add_seen(campaign: Campaign, subject: str, hashes: Iterable[str]) -> None:
    path = campaign.state.inner / "seen" / subject
    path.parent.mkdir(parents=True, exist_ok=True)
    append(path, "".join(name + "\n" for name in hashes))


def _harvest_inputs(campaign: Campaign, folder: Path, subject: str) -> int:
    inputs, new = campaign.inputs(subject), campaign.new(subject.split("/")[0])
    for target in (inputs, new):
        target.mkdir(parents=True, exist_ok=True)
    seen = seen_by(campaign, subject)
    found = {name: path for name, path in found_by(folder).items() if name not in seen}
    for name, path in found.items():
        keep(path, new, name)
        keep(path, inputs, name)
    add_seen(campaign, subject, found)
    return len(found)


def _harvest_crashes(campaign: Campaign, folder: Path, subject: str) -> int:
    crashes, new = campaign.crashes(subject), campaign.new(subject.split("/")[0])
    for target in (crashes, new):
        target.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, path in failing_in(folder).items():
        kind = kind_of_failure(path)
        if kind == "slow":
            keep(path, new, name)
        elif not (crashes / f"{kind}-{name}").exists():
            keep(path, crashes, f"{kind}-{name}")
            count += 1
    return count


def harvest(campaign: Campaign, folder: Path, subject: str) -> tuple[int, int]:
    """Of a turn that is over: how many inputs are new, and how many failing ones. OSError when the
    disk is full; then all of it is still where it was."""
    failing = _harvest_crashes(campaign, folder, subject)
    return _harvest_inputs(campaign, folder, subject), failing


def remove_turn(campaign: Campaign, folder: Path) -> None:
    """A folder with its own name is one that was not harvested, for whoever looks."""
    if campaign.settings.keep_turns == "yes":
        kept = campaign.folder / "turns.kept"
        kept.mkdir(exist_ok=True)
        folder.rename(kept / folder.name)
        return
    done = folder.with_name(folder.name + ".done")
    folder.rename(done)
    shutil.rmtree(done, ignore_errors=True)
