"""Campaigns that share a folder, on one machine or several: each writes to a part that is named
after it, and reads those of the others. Files are put there whole, under a name that says that they
are, so any shared file system does, and any copy of one.

    FOLDER/NAME/TARGET.tar.zst                  what campaign NAME has found, packed
    FOLDER/NAME/afl/TARGET/VARIANT/queue/id:*   the same as AFL++ shares it, for any afl-fuzz
    state/shared/NAME-TARGET                    which archive of another was read last
"""

from __future__ import annotations

import shutil
from pathlib import Path

from campaign import Campaign


def shared_folders(campaign: Campaign) -> list[Path]:
    """The parts of the others."""
    if not campaign.settings.share:
        return []
    folders = sorted(Path(campaign.settings.share).glob("*/"))
    return [path for path in folders if path.is_dir() and path.name != campaign.settings.name]


def shared_queues(campaign: Campaign, subject: str) -> list[Path]:
    """Folders that an afl-fuzz here may read besides its own."""
    queues = [folder / "afl" / subject / "queue" for folder in shared_folders(campaign)]
    return [queue for queue in queues if queue.is_dir()]


def put_whole(source: Path, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _is_newer(path: Path, than: Path) -> bool:
    if not path.is_file():
        return False
    return not than.exists() or path.stat().st_mtime > than.stat().st_mtime


def publish(campaign: Campaign, target: str) -> None:
    if not campaign.settings.share:
        return
    folder = Path(campaign.settings.share) / campaign.settings.name
    folder.mkdir(parents=True, exist_ok=True)
    minimal, published = campaign.archive(target, "minimal"), folder / f"{target}.tar.zst"
    if _is_newer(minimal, published):
        put_whole(minimal, published)
    for variant in campaign.settings.variants(target):
        queue = folder / "afl" / target / variant / "queue"
        queue.mkdir(parents=True, exist_ok=True)
        for path in campaign.inputs(f"{target}/{variant}").glob("[!.]*"):
            published = queue / f"id:{path.name}"
            if not published.exists():
                put_whole(path, published)
