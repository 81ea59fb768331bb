"""Tests of what campaigns keep when they die: a process is killed between any two of its writes,
once or again while it recovers, and nothing is lost, and nothing counts twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import unittest
import unittest.mock
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from campaign_tree import contents_of, make_campaign, make_tree, make_turn_folder  # noqa: E402

import harvest  # noqa: E402
import housekeeping  # noqa: E402
import keeper  # noqa: E402
import night  # noqa: E402
import state  # noqa: E402
import subjects  # noqa: E402
import turn as turns  # noqa: E402
from campaign import Campaign  # noqa: E402
from engines import Counts  # noqa: E402
from night import Night  # noqa: E402

WRITES = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")
WRITES_MAX = 1000


def is_write(event: str, arguments: tuple[object, ...]) -> bool:
    """Whether an event of Python's audit is a change of files."""
    if event == "open":
        return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
    return event in WRITES


def die_at(write: int, action: Callable[[], object]) -> bool:
    """Does something in a process that is killed before its write of that number. Returns whether
    it was; False: it came to its end."""
    pid = os.fork()
    if pid == 0:
        count = 0

        def count_write(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if is_write(event, arguments):
                count += 1
                if count == write:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count_write)
            action()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise AssertionError(f"ended with {status}")
    return status != 0


class Files(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "state").mkdir()
        self.state = state.State(self.folder)

    def test_a_file_is_replaced_as_a_whole(self) -> None:
        path = self.folder / "file"
        state.replace(path, "before")
        for write in range(1, WRITES_MAX):
            is_killed = die_at(write, lambda: state.replace(path, "after"))
            self.assertIn(path.read_text(), ("before",) if is_killed else ("after",))
            if not is_killed:
                break
        self.assertGreater(write, 2)

    def test_who_reads_a_file_that_is_replaced_reads_all_of_one(self) -> None:
        path = self.folder / "file"
        path.write_text("before")
        with open(path) as reader:
            state.replace(path, "after")
            self.assertEqual(reader.read(), "before")

    def test_a_file_that_cannot_be_replaced_stays(self) -> None:
        (self.folder / "file").mkdir()
        with self.assertRaises(OSError):
            state.replace(self.folder / "file", "after")
        self.assertEqual([path.name for path in self.folder.glob("*file*")], ["file"])

    def test_a_torn_row_is_not_read_and_is_cut_off(self) -> None:
        path = self.folder / "state/table.tsv"
        self.state.add("table", 1, "one")
        for torn in ("2", "2\t", "2\ttw", "2\ttwo"):
            with open(path, "a") as file:
                file.write(torn)
            self.assertEqual(self.state.rows("table", 2), [["1", "one"]])
        self.state.add("table", 3, "three")
        self.assertEqual(self.state.rows("table", 2), [["1", "one"], ["3", "three"]])
        self.assertEqual(path.read_text(), "1\tone\n3\tthree\n")

    def test_values(self) -> None:
        self.assertEqual(self.state.get("a/b", "none"), "none")
        self.state.put("a/b", 7)
        self.assertEqual((self.state.get("a/b"), self.state.number("a/b")), ("7", 7))
        (self.folder / "state/empty").touch()
        self.assertEqual(self.state.number("empty", 3), 3)

    def test_trouble_is_said_once(self) -> None:
        for _ in range(2):
            self.state.trouble("the disk")
        self.state.trouble("the disk is full")
        self.assertEqual(self.state.troubles(), ["the disk", "the disk is full"])
        self.assertEqual((self.folder / "log.txt").read_text().count("\n"), 2)

    def test_a_lock_ends_with_its_process(self) -> None:
        path = self.folder / "lock"
        self.assertFalse(state.is_locked(path))
        ready, held = os.pipe()
        pid = os.fork()
        if pid == 0:
            state.lock(path)
            os.write(held, b"x")
            signal.pause()
        os.read(ready, 1)
        self.assertTrue(state.is_locked(path))
        self.assertIsNone(state.lock(path, 0.1))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.assertFalse(state.is_locked(path))
        descriptor = state.lock(path, 0.1)
        self.assertIsNotNone(descriptor)
        os.close(descriptor or 0)
        os.close(ready)
        os.close(held)


class Ledger(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.campaign = make_campaign(Path(folder.name, "c"))
        self.state = self.campaign.state

    def test_a_row_counts_once(self) -> None:
        row = subjects.Turn(12, 1700000000, "t/racy", 10, 1, 2, 100, 3, 4, 5, 6)
        for _ in range(2):
            subjects.add_to_ledger(self.state, row)
        self.assertEqual(subjects.read_ledger(self.state), [row])
        self.assertEqual(turns.next_number(self.campaign), 13)

    def test_what_an_older_campaign_has_written(self) -> None:
        rows = "000001\t1700000000\tt/racy\t5\t28614827\t545756074\t37476\t28\t20\t88\t22\n"
        (self.state.inner / "turns.tsv").write_text(rows + "000002\t17000\n")
        copy = "t/racy\tfails\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t0\n"
        (self.state.inner / "subjects.tsv").write_text(copy)
        accounts = subjects.recover_accounts(self.state, ["t/racy", "t/fixed"])
        racy = accounts["t/racy"]
        self.assertEqual((racy.expected, racy.turns, racy.executions), ("fails", 1, 37476))
        self.assertEqual((racy.rate, racy.features, racy.failing), (7495, 88, 22))
        self.assertEqual((racy.inputs, accounts["t/fixed"].turns), (9, 0))


class Recovery(unittest.TestCase):
    """What is done in a process that is killed at each of its writes, and what recovers it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.campaigns = 0
        # No process is left over here, and looking at all that there are takes most of the time.
        patch = unittest.mock.patch("turn.end_processes_of")
        patch.start()
        self.addCleanup(patch.stop)

    def fresh(self) -> Campaign:
        self.campaigns += 1
        campaign = make_campaign(self.folder / f"c{self.campaigns}")
        known = {"t/racy": "fails", "t/fixed": "holds"}
        accounts = subjects.open_accounts(campaign.settings.subject_names(), known)
        subjects.save_accounts(campaign.state, accounts)
        make_turn_folder(campaign.folder)
        return campaign

    def recover(self, campaign: Campaign) -> None:
        Night(campaign).recover_turns()

    def end_turn(self, campaign: Campaign) -> None:
        """As a night ends a turn whose engine has ended."""
        one = Night(campaign)
        folder = campaign.folder / "turns/000001"
        turn = turns.RunningTurn(campaign, "t/racy", folder, 1700000000, 0.0, 7, 8)
        turn.instances = [turns.Instance("libfuzzer-1", state="done", counted=100)]
        one.book(turns.end_turn(turn))

    def expect_all_of_it(self, campaign: Campaign) -> None:
        kept = {"ok 1", "ok afl 1"}
        self.assertEqual(contents_of(campaign.new("t")), kept)
        self.assertEqual(contents_of(campaign.inputs("t/racy")), kept)
        self.assertEqual(contents_of(campaign.crashes("t/racy")), {"bad 1"})
        self.assertEqual(len(list(campaign.crashes("t/racy").iterdir())), 1)
        self.assertEqual(list((campaign.folder / "turns").iterdir()), [])
        ledger = subjects.read_ledger(campaign.state)
        self.assertEqual([(one.number, one.executions) for one in ledger], [(1, 100)])
        account = Night(campaign).accounts["t/racy"]
        self.assertEqual((account.turns, account.executions), (1, 100))
        self.assertEqual(account.expected, "fails")

    def test_a_turn_that_ends(self) -> None:
        campaign = self.fresh()
        self.end_turn(campaign)
        self.expect_all_of_it(campaign)
        self.assertEqual(subjects.read_accounts(campaign.state), Night(campaign).accounts)
        self.assertEqual(Night(campaign).accounts["t/racy"].inputs, 2)

    def kill_everywhere(self, action: Callable[[Campaign], None]) -> int:
        write = 0
        is_killed = True
        while is_killed and write < WRITES_MAX:
            write += 1
            with self.subTest(write=write):
                campaign = self.fresh()
                is_killed = die_at(write, lambda: action(campaign))
                self.recover(campaign)
                self.expect_all_of_it(campaign)
            shutil.rmtree(campaign.folder)
        return write - 1

    def test_killed_at_any_write_of_the_end_of_a_turn(self) -> None:
        self.assertGreater(self.kill_everywhere(self.end_turn), 20)

    def test_killed_at_any_write_of_a_recovery(self) -> None:
        self.assertGreater(self.kill_everywhere(self.recover), 15)

    def test_killed_again_and_again(self) -> None:
        generator = random.Random(1)
        for number in range(25):
            with self.subTest(number=number):
                campaign = self.fresh()
                die_at(generator.randrange(1, 30), lambda: self.end_turn(campaign))
                while die_at(generator.randrange(1, 40), lambda: self.recover(campaign)):
                    pass
                self.recover(campaign)
                self.expect_all_of_it(campaign)
            shutil.rmtree(campaign.folder)

    def test_a_turn_that_had_not_begun(self) -> None:
        campaign = self.fresh()
        (campaign.folder / "turns/000001/turn.tsv").unlink()
        self.recover(campaign)
        self.assertEqual(list((campaign.folder / "turns").iterdir()), [])
        self.assertEqual(subjects.read_ledger(campaign.state), [])

    def test_a_turn_that_was_harvested_and_not_removed(self) -> None:
        campaign = self.fresh()
        shutil.copytree(campaign.folder / "turns/000001", campaign.folder / "turns/saved")
        self.end_turn(campaign)
        (campaign.folder / "turns/saved").rename(campaign.folder / "turns/000001")
        self.recover(campaign)
        self.expect_all_of_it(campaign)

    def test_what_was_found_superfluous_stays_away(self) -> None:
        campaign = self.fresh()
        self.end_turn(campaign)
        for path in harvest.files_in(campaign.inputs("t/racy")):
            path.unlink()
        make_turn_folder(campaign.folder, 2)
        (campaign.folder / "turns/000002/libfuzzer-1/found/a").write_text("ok 1")
        self.recover(campaign)
        kept = {"ok 2", "ok afl 2"}
        self.assertEqual(contents_of(campaign.inputs("t/racy")), kept)

    def test_a_disk_that_is_full_leaves_the_turn(self) -> None:
        campaign = self.fresh()
        campaign.inputs("t/racy").parent.mkdir(parents=True, exist_ok=True)
        campaign.inputs("t/racy").write_text("in the way")
        with self.assertRaises(OSError):
            self.recover(campaign)
        self.assertTrue((campaign.folder / "turns/000001").is_dir())
        self.assertEqual(subjects.read_ledger(campaign.state), [])
        campaign.inputs("t/racy").unlink()
        self.recover(campaign)
        self.expect_all_of_it(campaign)


class End(unittest.TestCase):
    """What a night does after its last turn, by programs that are played."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.tree = make_tree(self.folder / "tree")

    def fresh(self, name: str, **changes: object) -> Campaign:
        nights = self.folder / name
        campaign = make_campaign(nights / "night", self.tree, nights=str(nights), **changes)
        (nights / "unfinished").write_text(f"{campaign.folder}\n")
        known = {"t/racy": "fails", "t/fixed": "holds"}
        accounts = subjects.open_accounts(campaign.settings.subject_names(), known)
        subjects.save_accounts(campaign.state, accounts)
        return campaign

    def test_killed_at_any_write_of_packing(self) -> None:
        write, is_killed = 0, True
        while is_killed:
            write += 1
            campaign = self.fresh(f"pack{write}")
            campaign.new("t").mkdir(parents=True)
            for name in ("a", "b"):
                (campaign.new("t") / name).write_text(name)
            is_killed = die_at(write, lambda: housekeeping.pack_new(campaign, "t"))
            housekeeping.pack_new(campaign, "t")
            self.assertEqual(list(campaign.new("t").iterdir()), [])
            unpacked = self.folder / f"unpacked{write}"
            archive = campaign.archive("t")
            self.assertTrue(housekeeping.corpus(campaign, "unpack", archive, unpacked))
            self.assertEqual(contents_of(unpacked), {"a", "b"})
        self.assertGreater(write, 3)

    def test_a_damaged_archive_is_replaced_and_kept(self) -> None:
        campaign = self.fresh("damaged")
        campaign.new("t").mkdir(parents=True)
        campaign.archive("t").parent.mkdir()
        campaign.archive("t").write_text("damaged")
        (campaign.new("t") / "a").write_text("a")
        with self.assertRaises(housekeeping.StepFailed):  # the stub merges nothing
            housekeeping.pack_new(campaign, "t")
        self.assertEqual(contents_of(campaign.new("t")), {"a"})
        self.assertIn("was damaged", campaign.state.troubles()[0])
        self.assertTrue((campaign.folder / "corpus/t.tar.zst.damaged").is_file())

    def test_killed_at_any_write_of_the_end_it_ends_once_more(self) -> None:
        write, is_killed = 0, True
        while is_killed:
            write += 1
            campaign = self.fresh(f"end{write}")
            crashes = campaign.crashes("t/racy")
            crashes.mkdir(parents=True)
            (crashes / "crash-1").write_text("bad")
            housekeeping.sort_crashes(campaign)
            is_killed = die_at(write, lambda: Night(campaign).end())
            unfinished = Path(campaign.settings.nights, "unfinished")
            if is_killed and not (campaign.state.inner / "exit").exists():
                self.assertTrue(unfinished.exists())  # or nobody would go on with it
                Night(campaign).end()
            self.assertEqual(campaign.state.get("exit"), "1")
            self.assertEqual(keeper.Keeper(campaign).has_ended(), True)
        self.assertFalse(unfinished.exists())
        self.assertGreater(write, 5)

    def test_the_exit_code(self) -> None:
        campaign = self.fresh("verdict")
        self.assertEqual(night.verdict(campaign), 0)
        campaign.state.add("unsorted", "t/fixed", "says", "file")
        self.assertEqual(night.verdict(campaign), 1)
        campaign.state.trouble("something")
        self.assertEqual(night.verdict(campaign), 2)

    def test_a_missed_canary_is_trouble_after_a_death_as_well(self) -> None:
        campaign = self.fresh("canary", canary="t/racy")
        campaign.state.put_rows("canary", [["libfuzzer-1", "missed", 9, 1], ["result", "missed"]])
        campaign.state.put("canary_says", "libfuzzer-1 did not find the bug")
        one = Night(campaign)
        one.begin_canary()
        self.assertEqual(one.stop_reason, "canary")
        self.assertIn("proves nothing", campaign.state.troubles()[0])

    def test_counts_are_of_this_start_and_those_before(self) -> None:
        campaign = self.fresh("counts")
        folder = make_turn_folder(campaign.folder)
        turn = turns.RunningTurn(campaign, "t/racy", folder, 0, 0.0, 0, 0)
        turn.instances = [turns.Instance("libfuzzer-1", state="running", counted=11)]
        self.assertEqual(turn.counts(), Counts(111, 10, 5, 9, 2))
        turn.instances[0].state = "waiting"
        self.assertEqual(turn.counts().executions, 11)


if __name__ == "__main__":
    unittest.main()
