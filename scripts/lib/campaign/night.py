"""The process that runs a campaign: turns while there is time, housekeeping beside them, and what
is to be done at the end. It writes the state, and nothing to a terminal. It may die at any moment:
whoever keeps it (keeper.py) starts it again, and it goes on from the state."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import canary
from bugs import read_bugs
from campaign import Campaign
from disk import STILL_FULL_PERCENT, disk_shortage, drop_ballast, take_ballast
from harvest import files_in
from housekeeping import attempt, update_corpora
from metrics import write_metrics
from processes import TOOL_TRIES, end_processes_of, spawn
from report import write_report
from seeds import give_first
from settings import clock
from state import is_locked, lock, read_text
from subjects import (
    IDLE_TURNS_MAX,
    Subject,
    Turn,
    lane_widths,
    next_subject,
    recover_accounts,
    save_accounts,
    turn_seconds,
)
from turn import RunningTurn, begin_turn, end_turn, recover_turns

MAIN = Path(__file__).with_name("main.py")
TICK_SECONDS = 0.5
NOW_SECONDS = 3.0
SHARE_SECONDS = 10.0
CLOCK_SECONDS = 2.0
KEEPER_SECONDS = 1.0
DISK_SECONDS = 5.0
# What takes long is not done more often than takes so much of the time.
LONG_SHARE = 20
# Longer than this the loop has not looked: a process that was stopped.
STALL_SECONDS = 120.0
TOTALS_WANTED, TOTALS_SECONDS_MIN = 200, 5.0
HOUSEKEEPING_WANTED, HOUSEKEEPING_SECONDS_MIN, HOUSEKEEPING_SECONDS_MAX = 8, 30.0, 900.0
# A turn that is shorter is not worth its start.
TURN_SECONDS_LEAST = 3
# What could not be written once may have been a matter of a moment; again and again, the disk is
# full.
FAILED_WRITES_MAX = 10


def command_of(action: str, campaign: Campaign) -> list[str | Path]:
    return [sys.executable, "-B", MAIN, action, campaign.folder]


class Every:
    """Whether it is time again for what is done now and then."""

    def __init__(self) -> None:
        self.next_at: dict[str, float] = {}

    def is_time(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self.next_at.setdefault(what, 0.0):
            return False
        self.next_at[what] = now + seconds
        return True

    def wait(self, what: str, seconds: float) -> None:
        self.next_at[what] = time.monotonic() + seconds


class Night:
    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.state = campaign.state
        self.accounts = recover_accounts(self.state, campaign.settings.subject_names())
        self.widths = lane_widths(campaign.settings.jobs, len(self.accounts))
        self.lanes: list[RunningTurn | None] = [None] * len(self.widths)
        self.stop_reason = ""  # why the fuzzing ends before its time: disk, signal, canary
        self.housekeeper: subprocess.Popen[bytes] | None = None
        self.keeper: subprocess.Popen[bytes] | None = None
        self.clock_at = time.monotonic()
        self.failed_writes = 0  # in a row
        self.every = Every()

    # -- time --

    def advance_clock(self) -> None:
        """Time counts while something runs; what the machine was off for does not."""
        passed = time.monotonic() - self.clock_at
        if passed >= CLOCK_SECONDS:
            whole = int(passed if passed <= STALL_SECONDS else CLOCK_SECONDS)
            self.clock_at = time.monotonic() - (passed - whole if passed <= STALL_SECONDS else 0)
            with contextlib.suppress(OSError):
                self.state.put("elapsed", self.campaign.elapsed() + whole)

    def enter(self, phase: str) -> None:
        with contextlib.suppress(OSError):
            self.state.put("phase", phase)

    # -- turns --

    def busy(self) -> list[RunningTurn]:
        return [turn for turn in self.lanes if turn is not None]

    def busy_or_spent(self) -> list[str]:
        spent = [one for one in self.accounts.values() if one.is_spent(self.campaign.settings)]
        return [turn.subject for turn in self.busy()] + [one.subject for one in spent]

    def start_turns(self) -> None:
        settings, left = self.campaign.settings, self.campaign.time_left()
        seconds = turn_seconds(settings, len(self.lanes), left)
        for lane, turn in enumerate(self.lanes):
            if turn is not None or seconds < TURN_SECONDS_LEAST or self.stop_reason:
                continue
            subject = next_subject(self.accounts, self.busy_or_spent())
            if subject is None:
                continue
            try:
                account, width = self.accounts[subject], self.widths[lane]
                self.lanes[lane] = begin_turn(self.campaign, account, seconds, width)
                self.failed_writes = 0
            except OSError as error:
                self.count_failed_write(error)

    def watch_turns(self) -> None:
        for lane, turn in enumerate(self.lanes):
            if turn is None or self.lanes[lane] is None:  # stopped meanwhile, for want of room
                continue
            try:
                if not turn.watch():
                    self.book(end_turn(turn))
                    self.lanes[lane] = None
            except OSError as error:
                self.count_failed_write(error)

    def stop_turns(self) -> None:
        """What cannot be harvested now stays in the turn's folder."""
        for turn in self.busy():
            try:
                turn.stop()
                self.book(end_turn(turn))
            except OSError as error:
                self.state.note(f"turn {turn.number}: {error}")
        self.lanes = [None] * len(self.lanes)

    def book(self, turn: Turn) -> None:
        account = self.accounts.get(turn.subject)
        if account is None:
            return
        account.book(turn)
        self.count_inputs(account)
        if account.idle >= IDLE_TURNS_MAX:
            self.state.trouble(
                f"{turn.subject}: no engine ran in {account.idle} turns "
                f"(see {self.campaign.folder}/logs)"
            )
        cells = account.edges, account.features, account.inputs, account.rate
        with contextlib.suppress(OSError):
            save_accounts(self.state, self.accounts)
            self.state.add("series", self.campaign.elapsed(), turn.subject, *cells)

    def count_inputs(self, account: Subject) -> None:
        account.inputs = len(files_in(self.campaign.inputs(account.subject)))

    def recover_turns(self) -> None:
        for turn in recover_turns(self.campaign):
            self.book(turn)

    # -- room --

    def count_failed_write(self, error: OSError) -> None:
        self.failed_writes += 1
        self.state.note(f"{error}")
        self.check_disk(self.failed_writes >= FAILED_WRITES_MAX)

    def check_disk(self, is_full: bool = False) -> None:
        """Whether there is room. The first time it gets short, the finds are packed, which may make
        some; after that the fuzzing ends."""
        why = disk_shortage(self.campaign) or "something could not be written" * is_full
        if not why:
            return
        self.state.note(f"the disk is short: {why}")
        self.stop_turns()
        drop_ballast(self.campaign)
        self.keep_house_at_last()
        why = disk_shortage(self.campaign, STILL_FULL_PERCENT)
        if why or is_full:
            self.stop_reason = "disk"
            self.state.trouble(
                f"stopped adding after {clock(self.campaign.elapsed())}, "
                f"as {why or 'the disk is full'}; what was found by then is kept"
            )
            return
        take_ballast(self.campaign)
        try:
            self.recover_turns()
        except OSError:
            self.stop_reason = "disk"

    # -- what runs beside --

    def start_housekeeping(self) -> None:
        if self.housekeeper is None or self.housekeeper.poll() is not None:
            log = self.state.inner / "tools.log"
            command = command_of("--housekeeping", self.campaign)
            self.housekeeper = spawn(self.campaign, "tools", command, log)

    def finish_housekeeping(self) -> int:
        """Waits for it. Returns its exit code."""
        if self.housekeeper is None:
            return 0
        code = self.housekeeper.wait()
        self.housekeeper = None
        if code != 0:
            says = read_text(self.state.inner / "tools.log").split("\n")[-4:]
            self.state.note(f"the housekeeping ended with {code}: {' '.join(says)}")
        return code

    def keep_house_at_last(self) -> bool:
        """Of what was found by now. One that is killed is done again."""
        self.finish_housekeeping()
        for _ in range(TOOL_TRIES):
            self.start_housekeeping()
            if self.finish_housekeeping() == 0:
                return True
        return False

    def check_keeper(self) -> None:
        """The keeper looks after this process, and this process after the keeper."""
        if self.stop_reason or is_locked(self.campaign.folder / "keeper.lock"):
            return
        if self.keeper is None or self.keeper.poll() is not None:
            self.state.note("nobody keeps this campaign any more; starting a keeper")
            log = self.campaign.folder / "log.txt"
            command = command_of("--keep", self.campaign)
            self.keeper = spawn(self.campaign, "keeper", command, log, outlives=True)

    # -- what is written down --

    def save_now(self, turns: list[RunningTurn] | None = None) -> None:
        turns = self.busy() if turns is None else turns
        rows = (row for lane, turn in enumerate(turns) for row in turn.rows(lane))
        with contextlib.suppress(OSError):
            self.state.put_rows("now", rows)

    def add_totals(self) -> None:
        accounts = self.accounts.values()
        counts = [(turn.subject, turn.counts()) for turn in self.busy()]
        executions = sum(one.executions for one in accounts)
        executions += sum(count.executions for _, count in counts)
        # Engines count late, so it may be the subject's last turn's.
        rate = sum(max(count.rate, self.accounts[subject].rate) for subject, count in counts)
        cells = executions, rate, sum(one.inputs for one in accounts)
        failing = sum(one.failing for one in accounts)
        with contextlib.suppress(OSError):
            self.state.add("totals", self.campaign.elapsed(), *cells, failing)
            self.state.put("total", "\t".join(map(str, (*cells, failing))))

    def look_around(self) -> None:
        """What is looked at now and then while engines run."""
        seconds, is_time = self.campaign.settings.seconds, self.every.is_time
        if is_time("now", NOW_SECONDS):
            self.save_now()
        if is_time("share", SHARE_SECONDS):
            for turn in self.busy():
                turn.share()
        if is_time("totals", max(TOTALS_SECONDS_MIN, seconds / TOTALS_WANTED)):
            self.add_totals()
            with contextlib.suppress(OSError):
                write_metrics(self.campaign, self.accounts)
        if is_time("keeper", KEEPER_SECONDS):
            self.check_keeper()
        if is_time("disk", DISK_SECONDS):
            began = time.monotonic()
            self.check_disk()
            took = time.monotonic() - began
            self.every.wait("disk", max(DISK_SECONDS, LONG_SHARE * took))
        if is_time("housekeeping", self.housekeeping_seconds()):
            self.start_housekeeping()

    def housekeeping_seconds(self) -> float:
        wanted = self.campaign.settings.seconds / HOUSEKEEPING_WANTED
        return max(HOUSEKEEPING_SECONDS_MIN, min(HOUSEKEEPING_SECONDS_MAX, wanted))

    # -- the parts of a night --

    def begin_canary(self) -> None:
        settings = self.campaign.settings
        if settings.canary != "none" and not self.state.get("canary_says"):
            self.enter("canary")
            canary.run_canary(
                self.campaign, lambda: bool(self.stop_reason), lambda turn: self.save_now([turn])
            )
        if canary.is_missed(self.state):
            says = self.state.get("canary_says")
            self.state.trouble(f"the canary failed, so this night proves nothing: {says}")
            self.stop_reason = self.stop_reason or "canary"

    def give_first(self) -> None:
        if self.state.get("given") != "yes":
            for target in self.campaign.settings.targets():
                attempt(self.campaign, give_first, target)
            with contextlib.suppress(OSError):
                self.state.put("given", "yes")

    def fuzz(self) -> None:
        self.enter("fuzzing")
        self.every.wait("housekeeping", self.housekeeping_seconds())
        self.every.wait("disk", DISK_SECONDS)
        take_ballast(self.campaign)
        self.clock_at = time.monotonic()
        while self.campaign.time_left() > 0 and not self.stop_reason:
            self.start_turns()
            # What is left may be too little for a turn, and all may have had their executions.
            if not self.busy() and self.failed_writes == 0:
                break
            self.watch_turns()
            self.look_around()
            self.advance_clock()
            time.sleep(TICK_SECONDS)
        self.stop_turns()
        drop_ballast(self.campaign)

    def finish(self) -> None:
        state = self.state
        self.enter("finishing")
        self.save_now([])
        try:
            self.recover_turns()
        except OSError:
            turns = self.campaign.folder / "turns"
            state.trouble(f"the disk is full: what the last turns kept is still in {turns}")
        if not self.keep_house_at_last():
            log = self.campaign.folder / "log.txt"
            state.trouble(f"what is done at the end could not be done (see {log})")
        if state.number("triage") not in (0, 1):
            code, log = state.get("triage"), self.campaign.folder / "log.txt"
            state.trouble(
                f"not all failing inputs could be sorted: offbeat triage ended with {code} "
                f"(see {log})"
            )
        for account in self.accounts.values():
            self.count_inputs(account)
        with contextlib.suppress(OSError):
            save_accounts(state, self.accounts)
        self.add_totals()
        if self.stop_reason == "signal":
            self.enter("stopped")
            state.note("stopped; --resume goes on")
        else:
            self.end()

    def end(self) -> None:
        if self.campaign.settings.update == "yes":
            update_corpora(self.campaign)
        code = verdict(self.campaign)
        self.state.note(f"ends with exit code {code}")
        self.enter("done")
        with contextlib.suppress(OSError):
            write_report(self.campaign)  # once more, now that it is known how the night has ended
            write_metrics(self.campaign, self.accounts)
        end_with(self.campaign, code)

    def run(self) -> None:
        self.check_keeper()
        end_strays(self.campaign)
        try:
            save_accounts(self.state, self.accounts)  # the ledger may be ahead of them
            self.recover_turns()
        except OSError:
            self.stop_reason = "disk"
        if not self.stop_reason:
            self.begin_canary()
        if not self.stop_reason:
            self.give_first()
            self.fuzz()
        self.finish()


def verdict(campaign: Campaign) -> int:
    """The exit code: 2 when the night's word cannot be trusted, 1 when there are bugs."""
    if campaign.state.troubles():
        return 2
    return 1 if read_bugs(campaign) else 0


def end_with(campaign: Campaign, code: int) -> None:
    try:
        campaign.state.put("exit", code)
    except OSError:
        # There may be room for a byte where there is none for another file.
        (campaign.state.inner / "exit").write_text("2\n")
    if campaign.settings.nights:
        Path(campaign.settings.nights, "unfinished").unlink(missing_ok=True)


def end_strays(campaign: Campaign) -> None:
    """Engines and tools of a night that died: those that saw it are gone, others may be on their
    way."""
    end_processes_of(campaign, "tools")
    end_processes_of(campaign, f"turn-{canary.FOLDER}")
    for path in campaign.state.inner.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def run_night(campaign: Campaign) -> int:
    if lock(campaign.folder / "night.lock") is None:
        return 0
    night = Night(campaign)

    def stop(*_: object) -> None:
        night.stop_reason = "signal"

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # A function, not SIG_IGN, which the engines would inherit.
    signal.signal(signal.SIGHUP, lambda *_: None)
    night.run()
    return 0
