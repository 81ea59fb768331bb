"""What a campaign remembers: small files that are replaced as a whole, and tables that only grow.

A process may die between any two writes, and the next one still reads what the last one meant. A
row of a table is there when its newline is; what a torn write has left is cut off by the next one.

    settings.tsv    how the campaign was started
    log.txt         what happened, for people
    state/elapsed   seconds that were spent, without those in which nothing ran
    state/phase     preparing, canary, fuzzing, finishing, stopped, done
    state/exit      the exit code, once the campaign has ended
    state/*.tsv     tables; the module that writes one describes it
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterable
from pathlib import Path

# A torn row is shorter than this.
ROW_BYTES_MAX = 1 << 16
LOCK_SECONDS = 3.0


def replace(path: Path, text: str) -> None:
    """Writes a file as a whole or not at all; OSError when it could not be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def append(path: Path, text: str) -> None:
    """Adds lines to a file, after what was written to its end of line."""
    data = text.encode("utf-8")
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(descriptor).st_size
        begin = max(0, size - ROW_BYTES_MAX)
        tail = os.pread(descriptor, size - begin, begin)
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(descriptor, begin + tail.rfind(b"\n") + 1)
        if os.write(descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(descriptor)


def read_text(path: Path) -> str:
    """The text of a file; none when it is not there."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def lock(path: Path, seconds: float = LOCK_SECONDS) -> int | None:
    """Takes a lock for as long as this process lives, or as the descriptor is open, which children
    do not inherit. None when somebody else keeps it for so long."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(0.05)


def is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


class State:
    """The files of one campaign; names are relative to its folder `state`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inner = folder / "state"

    def get(self, name: str, default: str = "") -> str:
        lines = read_text(self.inner / name).split("\n")
        return lines[0] or default

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.get(name))
        except ValueError:
            return default

    def put(self, name: str, value: object) -> None:
        replace(self.inner / name, f"{value}\n")

    def rows(self, name: str, *columns: int) -> list[list[str]]:
        """The rows of a table that have one of the numbers of columns."""
        lines = read_text(self.inner / f"{name}.tsv").split("\n")[:-1]
        return [row for row in (line.split("\t") for line in lines) if len(row) in columns]

    def add(self, name: str, *columns: object) -> None:
        """Adds a row to a table."""
        append(self.inner / f"{name}.tsv", "\t".join(map(str, columns)) + "\n")

    def put_rows(self, name: str, rows: Iterable[Iterable[object]]) -> None:
        """Replaces a table."""
        lines = ("\t".join(map(str, row)) + "\n" for row in rows)
        replace(self.inner / f"{name}.tsv", "".join(lines))

    def lines(self, name: str) -> list[str]:
        return read_text(self.inner / name).split("\n")[:-1]

    def note(self, text: str) -> None:
        """A line for the log, which may be lost when the disk is full."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with contextlib.suppress(OSError):
            append(self.folder / "log.txt", f"{stamp} {text}\n")

    def trouble(self, text: str) -> None:
        """What makes the night's word less than a whole one. Said once."""
        if text not in self.lines("trouble.txt"):
            with contextlib.suppress(OSError):
                append(self.inner / "trouble.txt", text + "\n")
            self.note(f"trouble: {text}")

    def troubles(self) -> list[str]:
        return self.lines("trouble.txt")
