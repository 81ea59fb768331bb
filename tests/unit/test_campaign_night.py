"""Tests of whole campaigns of seconds, in a source tree whose programs are stubs."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from campaign_tree import contents_of, make_tree  # noqa: E402

import subjects  # noqa: E402
from state import State  # noqa: E402

PATIENCE_SECONDS = 400.0  # on a machine with much else to do


def processes_below(folder: Path) -> list[int]:
    """Of campaigns in there; the first keeper is known by the state alone."""
    mark = f"OFFBEAT_CAMPAIGN={folder}:".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if any(entry.startswith(mark) for entry in path.read_bytes().split(b"\0")):
                found.append(int(path.parent.name))
    return found


class Nights(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.tree = make_tree(self.folder / "tree")
        self.night = self.folder / "night"
        self.state = State(self.night)
        self.addCleanup(self.kill_all)

    def kill_all(self) -> None:
        for pid in processes_below(self.night):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        main = self.tree / "scripts/lib/campaign/main.py"
        process = subprocess.Popen(
            [sys.executable, "-B", main, *arguments, "--no-install"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        options = "--engines libfuzzer --jobs 1 --turn 60 --on-crash".split()
        hook = f'echo "$OFFBEAT_SUBJECT $OFFBEAT_EXPECTED" >>{self.folder}/heard'
        return self.start(*arguments, *options, hook, "--dir", str(self.night))

    def result(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, output

    def wait_until(self, phase: str) -> None:
        self.wait_for(lambda: self.state.get("phase") == phase)

    def wait_for(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertTrue(holds(), (self.night / "log.txt").read_text())

    def end(self) -> str:
        code, output = self.result(self.start("--end", str(self.night)))
        self.assertEqual(code, 0)
        return output

    def wait_for_end(self) -> None:
        self.wait_for(lambda: bool(self.state.get("exit")) and not processes_below(self.night))

    def seen(self) -> list[str]:
        paths = (self.state.inner / "seen/t" / name for name in ("racy", "fixed"))
        return [name for path in paths if path.is_file() for name in path.read_text().split()]

    def expect_a_whole_night(self) -> None:
        """All that engines have kept is in the archives, and all that failed among the failing."""
        self.assertEqual(list((self.night / "turns").iterdir()), [])
        unpacked = self.folder / "unpacked"
        unpacked.mkdir()
        archive = self.night / "corpus/t.tar.zst"
        subprocess.run(["tar", "-xf", archive, "-C", unpacked], check=True)
        seen = self.seen()
        self.assertLessEqual(set(seen), {path.name for path in unpacked.iterdir()})
        self.assertGreater(len(seen), 10)
        self.assertTrue(contents_of(self.night / "crashes/t-racy"))
        ledger = subjects.read_ledger(self.state)
        numbers = [turn.number for turn in ledger]
        self.assertEqual(numbers, sorted(set(numbers)))
        accounts = subjects.read_accounts(self.state)
        for name, account in accounts.items():
            own = [turn for turn in ledger if turn.subject == name]
            self.assertEqual(account.executions, sum(turn.executions for turn in own))
            self.assertEqual(account.turns, len(own))

    def test_a_night_from_its_canary_to_its_page(self) -> None:
        code, output = self.result(self.begin("--executions", "12", "--canary", "t/racy"))
        self.assertEqual(code, 1, output)
        self.assertIn("as expected:\n  t/racy: one (1 failing inputs)", output)
        self.wait_for_end()
        self.expect_a_whole_night()
        self.assertEqual((self.folder / "heard").read_text(), "t/racy fails\n")
        facts = json.loads((self.night / "report/campaign.json").read_text())
        self.assertEqual([bug["subject"] for bug in facts["bugs"]], ["t/racy"])
        self.assertEqual(facts["phase"], "done")
        self.assertEqual(facts["canary"]["engines"][0]["result"], "found")
        page = (self.night / "report/index.html").read_text()
        self.assertIn("the bug of t/racy was found", page)
        self.assertNotRegex(page, r'(src|href)="(https?:)?//')
        self.assertIn("--page: #fbfaf8", page)
        metrics = (self.night / "metrics.prom").read_text()
        self.assertRegex(metrics, r'executions_total\{campaign="[^"]*"\} [1-9]')
        self.assertRegex(metrics, r'subject_bugs\{.*variant="racy",expected="fails"\} 1\n')
        # It says the same when it is asked again.
        self.assertEqual(self.result(self.start("--resume", str(self.night)))[0], 1)

    def test_a_canary_that_is_not_found(self) -> None:
        words = "t/racy --minutes 5 --canary t/fixed --canary-seconds 1".split()
        code, output = self.result(self.begin(*words))
        self.assertEqual(code, 2, output)
        says = "Trouble: the canary failed.*did not find the bug of t/fixed in 1 s"
        self.assertRegex(output, says)
        self.assertEqual(self.state.number("elapsed"), 0)

    def test_stopped_and_resumed(self) -> None:
        process = self.begin("t/fixed", "--canary", "none")
        self.wait_until("fuzzing")
        second = self.result(self.start("--resume", str(self.night)))
        self.assertEqual(second[0], 2)
        self.assertRegex(second[1], "^campaign: the campaign in .* is running;")
        process.send_signal(signal.SIGTERM)
        code, output = self.result(process)
        self.assertEqual(code, 130, output)
        self.assertIn(f"To go on: ./scripts/campaign --resume {self.night}", output)
        self.assertEqual(processes_below(self.night), [])
        self.assertEqual(self.state.get("phase"), "stopped")
        self.assertIn("It does not run", self.end())
        code, output = self.result(self.start("--resume", str(self.night)))
        self.assertEqual(code, 0, output)
        self.assertEqual(self.state.get("phase"), "done")

    def test_killed_at_random_it_ends_by_itself(self) -> None:
        generator = random.Random(1)
        self.begin("--canary", "none")
        self.wait_until("fuzzing")
        kills = 0
        while kills < 12:
            victims = processes_below(self.night)
            with contextlib.suppress(ValueError):
                victims.append(int(self.state.get("keeper").split()[0]))
            if victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(generator.choice(victims), signal.SIGKILL)
                    kills += 1
            time.sleep(0.5)
            if not processes_below(self.night):
                self.start("--resume", str(self.night))
        crashes = self.night / "crashes/t-racy"
        self.wait_for(lambda: len(self.seen()) > 10 and bool(contents_of(crashes)))
        self.end()
        self.wait_for_end()
        self.assertEqual(self.state.get("exit"), "1", self.state.troubles())
        self.expect_a_whole_night()

    def test_nights_go_on_or_begin_with_what_the_last_one_found(self) -> None:
        nights = self.folder / "nights"
        words = f"t/fixed --nights {nights} --canary none --engines libfuzzer --jobs 1 --executions"
        code, output = self.result(self.start(*words.split(), "5"))
        self.assertEqual(code, 0, output)
        self.assertFalse((nights / "unfinished").exists())
        first = next(nights.glob("*/settings.tsv")).parent
        # One that has not ended goes on.
        (first / "state/exit").unlink()
        (nights / "unfinished").write_text(f"{first}\n")
        code, output = self.result(self.start(*words.split(), "5"))
        self.assertEqual(code, 0, output)
        self.assertRegex(output, f"Going on with the campaign in {first}")
        # One that has ended does not, and its corpora are what the next one begins with.
        (nights / "unfinished").write_text(f"{first}\n")
        time.sleep(1)
        code, output = self.result(self.start(*words.split(), "1"))
        self.assertEqual(code, 0, output)
        second = max(nights.glob("*/settings.tsv")).parent
        self.assertNotEqual(second, first)
        self.assertIn(f"before\t{first}\n", (second / "settings.tsv").read_text())
        given = contents_of(second / "given/t")
        self.assertTrue(given)
        self.assertEqual(given, contents_of(first / "inputs/t/fixed"))

    def test_the_corpora_are_put_back_without_what_fails(self) -> None:
        seeds = self.folder / "seeds"
        seeds.mkdir()
        for text in ("bad shipped", "ok shipped"):
            (seeds / text.replace(" ", "-")).write_text(text)
        (self.tree / "corpus").mkdir()
        archive = self.tree / "corpus/t.tar.zst"
        subprocess.run(["tar", "-cf", archive, "-C", seeds, "."], check=True)
        words = "t/fixed --executions 5 --canary none --update".split()
        code, output = self.result(self.begin(*words))
        self.assertEqual(code, 1, output)  # the shipped input fails
        self.assertIn("BUGS IN VARIANTS THAT SHOULD HOLD", output)
        unpacked = self.folder / "unpacked"
        unpacked.mkdir()
        subprocess.run(["tar", "-xf", archive, "-C", unpacked], check=True)
        self.assertIn("ok shipped", contents_of(unpacked))
        self.assertGreater(len(contents_of(unpacked)), 2)
        self.assertFalse([text for text in contents_of(unpacked) if re.match("bad", text)])


if __name__ == "__main__":
    unittest.main()
