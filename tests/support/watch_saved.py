"""Usage: watch_saved.py CAMPAIGN FOLDER

Links everything that the engines of a campaign save into FOLDER, until the campaign ends. When an
engine replaces an input by a smaller one that does the same, the link is removed too: the input is
gone while the folder of its turn is still there. A round must therefore be shorter than the time
between the end of a turn's engines and the end of its folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SAVED = re.compile(r"/found/[^/]+$|/queue/id:[^/]*$|/artifacts/[^/]+$|/(?:crashes|hangs)/id[^/]*$")
GIVEN = re.compile(r",orig:|,sync:|/\.state/")
ROUND_S = 0.005


def saved_below(folder: str) -> Iterator[str]:
    """Files that engines have saved, but for empty ones, which are still written."""
    with contextlib.suppress(FileNotFoundError):
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                yield from saved_below(entry.path)
            elif SAVED.search(entry.path) and not GIVEN.search(entry.path):
                with contextlib.suppress(FileNotFoundError):
                    if entry.stat().st_size > 0:
                        yield entry.path


def watch(campaign: Path, folder: Path) -> None:
    turns = campaign / "turns"
    linked: dict[str, Path] = {}
    while not (campaign / "state" / "exit").exists():
        seen: set[str] = set()
        for turn in turns.glob("[0-9]" * 6):
            seen.update(saved_below(str(turn)))
        for path in seen - linked.keys():
            linked[path] = folder / path.removeprefix(f"{turns}/").replace("/", "@")
            with contextlib.suppress(FileNotFoundError, FileExistsError):
                os.link(path, linked[path])
        for path in linked.keys() - seen:
            turn = turns / path.removeprefix(f"{turns}/").split("/")[0]
            if not os.path.exists(path) and turn.exists():
                linked.pop(path).unlink(missing_ok=True)
        time.sleep(ROUND_S)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), Path(sys.argv[2]))
