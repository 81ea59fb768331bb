"""The process that a campaign is started with: it shows how the night goes, starts it again when it
dies, and ends with its exit code. When the keeper dies, the night starts another one.

state/keeper: its process, and first, resumed or orphan: the one that the night has started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from campaign import Campaign
from night import command_of
from processes import processes_of, spawn
from settings import UsageError
from state import is_locked, lock
from status import Progress, result_lines
from subjects import read_ledger

# A night that dies again and again and gets nowhere is not started for ever.
VAIN_DEATHS_MAX = 8
STOPPED = 130
TICK_SECONDS = 1.0


def already_running(folder: Path) -> UsageError:
    return UsageError(f"the campaign in {folder} is running; --status {folder} shows how it goes")


class Keeper:
    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.night: subprocess.Popen[bytes] | None = None
        self.progress_at_start = self.progress_of_night()
        self.vain_deaths = 0
        self.stops = False

    def start_night(self) -> None:
        log = self.campaign.folder / "log.txt"
        command = command_of("--night", self.campaign)
        self.night = spawn(self.campaign, "night", command, log, outlives=True)
        self.progress_at_start = self.progress_of_night()

    def progress_of_night(self) -> tuple[str, int, int]:
        """What differs when a night has got anywhere."""
        state = self.campaign.state
        return state.get("phase"), state.number("elapsed"), len(read_ledger(state))

    def night_runs(self) -> bool:
        """Of whoever has started it."""
        is_own = self.night is not None and self.night.poll() is None
        return is_own or is_locked(self.campaign.folder / "night.lock")

    def stop_night(self, *_: object) -> None:
        """Asks the night alone, which leads a session: a tool that it runs carries its mark as
        well, and one that was ended would end the night where it stands."""
        self.stops = True
        for pid in processes_of(self.campaign, "night"):
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(pid) == pid:
                    os.kill(pid, signal.SIGTERM)

    def has_ended(self) -> bool:
        return (self.campaign.state.inner / "exit").is_file()

    def count_death(self) -> None:
        self.campaign.state.note("the night died; starting it again")
        got_nowhere = self.progress_at_start == self.progress_of_night()
        self.vain_deaths = self.vain_deaths + 1 if got_nowhere else 0
        if self.vain_deaths >= VAIN_DEATHS_MAX:
            raise UsageError(
                f"the campaign dies and gets nowhere (see {self.campaign.folder}/log.txt; "
                "is the disk full?)"
            )
        time.sleep(self.vain_deaths)

    def keep(self, kind: str) -> int:
        """Until the night has ended. Returns its exit code; 130 when it was asked to stop."""
        folder = self.campaign.folder
        if lock(folder / "keeper.lock") is None:
            raise already_running(folder)
        with contextlib.suppress(OSError):
            self.campaign.state.put("keeper", f"{os.getpid()} {kind}")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop_night)
        progress = Progress(self.campaign)
        while self.night_runs() or not (self.has_ended() or self.stops):
            if not self.night_runs():
                if self.night is not None:
                    self.count_death()
                self.start_night()
            if self.stops:  # the night may not have heard it yet
                self.stop_night()
            progress.show()
            time.sleep(TICK_SECONDS)
        if not self.has_ended():
            print(f"Stopped. To go on: ./scripts/campaign --resume {folder}")
            return STOPPED
        return show_result(self.campaign)


def show_result(campaign: Campaign) -> int:
    print("\n".join(result_lines(campaign)), flush=True)
    return campaign.state.number("exit", 2)


def is_kept(campaign: Campaign) -> bool:
    """Whether somebody has started the campaign and still waits for it. A keeper that the night had
    to start itself, as the first one died, can be taken over from."""
    is_orphan = campaign.state.get("keeper").endswith(" orphan")
    return is_locked(campaign.folder / "keeper.lock") and not is_orphan


def take_over(campaign: Campaign) -> None:
    if is_locked(campaign.folder / "keeper.lock") and not is_kept(campaign):
        pid = int(campaign.state.get("keeper").split()[0])
        if pid in processes_of(campaign, "keeper"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
