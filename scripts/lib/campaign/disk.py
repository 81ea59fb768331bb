"""How much room there is. When it gets short nothing more is added, and what there is gets packed
into room that was kept for that."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from campaign import Campaign
from settings import scaled

RESERVE_BYTES_MAX = 256 << 20
# How much of what is allowed counts as too much: less of it after something was done about it, or
# that would not last.
FULL_PERCENT = 90
STILL_FULL_PERCENT = 60


def reserve_bytes(folder: Path) -> int:
    """What has to stay free on the file system: an eighth of a small one."""
    system = os.statvfs(folder)
    return min(RESERVE_BYTES_MAX, system.f_blocks * system.f_frsize // 8)


def free_bytes(folder: Path) -> int:
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize


def used_bytes(folder: Path) -> int:
    """The blocks of all files, each once however many names it has."""
    seen: dict[tuple[int, int], int] = {}
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    stat = entry.stat(follow_symlinks=False)
                    seen[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return sum(seen.values())


def take_ballast(campaign: Campaign) -> None:
    """A file that is there to be deleted when the last packing needs room."""
    path = campaign.folder / "ballast"
    size = min(reserve_bytes(campaign.folder) // 4, campaign.settings.disk_bytes // 20)
    if not path.exists():
        try:
            with open(path, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            drop_ballast(campaign)


def drop_ballast(campaign: Campaign) -> None:
    (campaign.folder / "ballast").unlink(missing_ok=True)


def shortage(used: int, allowed: int, free: int, reserve: int, percent: int) -> str:
    """Why there is too little room; nothing when there is enough."""
    wanted = reserve * FULL_PERCENT // percent
    if used > allowed * percent // 100:
        return f"{scaled(used, 1024)} of the {scaled(allowed, 1024)} that it may take are used"
    if free < wanted:
        return (
            f"{scaled(free, 1024)} are free on its disk, "
            f"and {scaled(wanted, 1024)} are wanted in reserve"
        )
    return ""


def disk_shortage(campaign: Campaign, percent: int = FULL_PERCENT) -> str:
    folder = campaign.folder
    return shortage(
        used_bytes(folder),
        campaign.settings.disk_bytes,
        free_bytes(folder),
        reserve_bytes(folder),
        percent,
    )
