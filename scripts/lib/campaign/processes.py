"""Processes of a campaign: each carries in its environment whose it is and what for, and ends with
the process that has started it. Tools are run to their end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from campaign import Campaign

# The variable that all of them carry: the campaign's folder and the purpose.
OWNER = "OFFBEAT_CAMPAIGN"

# A tool that was killed is started again so often.
TOOL_TRIES = 4
# One that took too long is asked to end, and killed so many seconds later.
PATIENCE_SECONDS = 5.0
TIMED_OUT = 124
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


Command = Sequence[str | Path]


def _end_with(parent: int) -> None:
    """In a child, before it becomes another program."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)


def spawn(
    campaign: Campaign,
    purpose: str,
    command: Command,
    log: Path,
    environment: Mapping[str, str] | None = None,
    outlives: bool = False,
) -> subprocess.Popen[bytes]:
    """Starts a process in the background. Without `outlives` it ends with this one; with it, it
    has a session of its own, and its output goes after what is in the log."""
    parent = os.getpid()
    owner = {OWNER: f"{campaign.folder}:{purpose}"}
    with open(log, "ab" if outlives else "wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {}), **owner},
            cwd=campaign.root,
            start_new_session=outlives,
            preexec_fn=None if outlives else lambda: _end_with(parent),
        )


def processes_of(campaign: Campaign, purpose: str) -> list[int]:
    """The ids of this campaign's processes that are there for that."""
    owner = os.fsencode(f"{OWNER}={campaign.folder}:{purpose}")
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if owner in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def end_processes_of(campaign: Campaign, purpose: str) -> None:
    """Kills what is left of a purpose that is over. AFL++'s targets are stopped between two
    executions, and outlive an afl-fuzz that was killed."""
    for pid in processes_of(campaign, purpose):
        if pid != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[str], seconds: float | None) -> tuple[int, str]:
    """Returns the exit code and the output of a process that leads a group of its own."""
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output or ""
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    return TIMED_OUT, output or ""


def run_tool(
    campaign: Campaign,
    command: Command,
    seconds: float | None = None,
    environment: Mapping[str, str] | None = None,
    captures: bool = False,
    failed: Callable[[int], bool] = lambda code: code == -signal.SIGKILL,
) -> tuple[int, str]:
    """Runs a tool, in the campaign's folder, with what it says in the campaign's log; with
    `captures`, what it says on standard output is returned instead. What was killed, or `failed` by
    its exit code, is started again: what is run like this may be. Returns the last exit code,
    TIMED_OUT when it took longer than it may, and negative when a signal ended it."""
    parent = os.getpid()
    for _ in range(TOOL_TRIES):
        with open(campaign.folder / "log.txt", "ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if captures else log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                cwd=campaign.folder,
                text=True,
                errors="replace",
                process_group=0,
                preexec_fn=lambda: _end_with(parent),
            )
        code, output = _wait(process, seconds)
        if code == TIMED_OUT or not failed(code):
            break
    return code, output


def wait_politely(processes: Sequence[subprocess.Popen[bytes]], seconds: float) -> None:
    """Asks processes to end, which lets engines write down what they know, and then kills them."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + seconds
    while any(process.poll() is None for process in running) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()
