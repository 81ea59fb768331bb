"""One campaign, as all of its parts see it: its folder, its settings, its state, and the project
whose programs it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from settings import Settings
from state import State


@dataclass
class Campaign:
    root: Path  # the project, with the build folder in it
    folder: Path
    settings: Settings
    state: State

    @classmethod
    def open(cls, root: Path, folder: Path) -> Campaign:
        return cls(root, folder, Settings.load(folder / "settings.tsv"), State(folder))

    @property
    def offbeat(self) -> str:
        return str(self.root / "build/bin/offbeat")

    def program(self, preset: str, subject: str) -> Path:
        """The program that fuzzes a subject."""
        return self.root / "build" / preset / "bin" / f"fuzz_{subject.replace('/', '_')}"

    def inputs(self, subject: str) -> Path:
        """The inputs that fuzzing a subject starts from; nothing in there fails."""
        return self.folder / "inputs" / subject

    def new(self, target: str) -> Path:
        """The inputs that are not in the target's archive yet."""
        return self.folder / "new" / target

    def crashes(self, subject: str) -> Path:
        return self.folder / "crashes" / subject.replace("/", "-")

    def archive(self, target: str, kind: str = "") -> Path:
        return self.folder / "corpus" / kind / f"{target}.tar.zst"

    def elapsed(self) -> int:
        return self.state.number("elapsed")

    def time_left(self) -> int:
        """None when it was told to end."""
        return 0 if self.state.get("end") else self.settings.seconds - self.elapsed()
