"""Tests of campaigns: whose turn is next and for how long, what may be taken of time, processes,
memory and disk, and what engines say."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from campaign_tree import make_campaign, make_turn_folder  # noqa: E402

import disk  # noqa: E402
import engines  # noqa: E402
import keeper  # noqa: E402
import main  # noqa: E402
import processes  # noqa: E402
import report  # noqa: E402
import search  # noqa: E402
import status  # noqa: E402
import settings  # noqa: E402
import subjects  # noqa: E402
import turn as turns  # noqa: E402
from settings import Settings, UsageError  # noqa: E402
from subjects import Subject, Turn  # noqa: E402


def row(subject: str, seconds: int = 10, new_inputs: int = 0, executions: int = 100) -> Turn:
    return Turn(1, 0, subject, seconds, 0, 0, executions, new_inputs, 5, 6, 1)


class Scheduling(unittest.TestCase):
    def test_weight_grows_by_one_a_doubling(self) -> None:
        weights = {0: 1, 1: 2, 2: 3, 3: 3, 4: 4, 63: 7, 64: 8, 100000: 8}
        for gain, weight in weights.items():
            self.assertEqual(Subject("t/a", "holds", gain=gain).weight(), weight, gain)

    def test_a_turn_is_booked(self) -> None:
        account = Subject("t/a", "holds", gain=9, edges=9)
        account.book(row("t/a", seconds=10, new_inputs=4))
        # (9 + 4 + 1) / 2 = 7, so its weight is 4.
        self.assertEqual((account.gain, account.position), (7, 2500))
        self.assertEqual((account.edges, account.features, account.failing), (9, 6, 1))
        self.assertEqual((account.turns, account.seconds, account.rate), (1, 10, 10))

    def test_turns_without_an_execution_are_counted_until_there_is_one(self) -> None:
        account = Subject("t/a", "holds")
        for executions, idle in ((0, 1), (0, 2), (5, 0), (0, 1)):
            account.book(row("t/a", executions=executions))
            self.assertEqual(account.idle, idle)
        account.book(row("t/a", seconds=0, executions=0))  # lost with its night
        self.assertEqual(account.idle, 1)

    def test_who_is_most_behind_is_next(self) -> None:
        accounts = subjects.open_accounts(["t/a", "t/b", "t/c"], {})
        accounts["t/a"].position = 5
        self.assertEqual(subjects.next_subject(accounts, []), "t/b")
        self.assertEqual(subjects.next_subject(accounts, ["t/b"]), "t/c")
        self.assertEqual(subjects.next_subject(accounts, ["t/b", "t/c"]), "t/a")
        self.assertIsNone(subjects.next_subject(accounts, list(accounts)))

    def test_nobody_waits_for_more_than_eight_turns_of_another(self) -> None:
        generator = random.Random(1)
        accounts = subjects.open_accounts(["t/finds", "t/nothing", "t/some"], {})
        last_turn = dict.fromkeys(accounts, 0)
        for number in range(1, 2000):
            name = subjects.next_subject(accounts, []) or ""
            gain = {"t/finds": 500, "t/nothing": 0}.get(name, generator.randrange(9))
            accounts[name].book(row(name, new_inputs=gain))
            # Eight turns of each of the two others, and the one that is under way.
            self.assertLessEqual(number - last_turn[name], 18, name)
            last_turn[name] = number
        self.assertGreater(accounts["t/finds"].turns, 6 * accounts["t/nothing"].turns)

    def test_words_choose_subjects(self) -> None:
        known = {"ta/x": "fails", "ta/y": "holds", "t/x": "holds"}
        choose = subjects.choose_subjects
        self.assertEqual(choose([], known), ["ta/x", "ta/y", "t/x"])
        self.assertEqual(choose(["t", "ta/y", "t/x"], known), ["t/x", "ta/y"])
        for word in ("tb", "t/", "a", "ta/z", "t/x/"):
            with self.assertRaises(UsageError):
                choose([word], known)

    def test_what_is_known_of_variants(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "offbeat")
            listed = '{"targets": [{"name": "a", "variants": ["racy", "b"]}, '
            listed += '{"name": "c", "variants": ["racy", "d"], "fails": ["d"]}]}'
            path.write_text(f"#!/bin/sh\necho '{listed}'\n")
            path.chmod(0o755)
            known = subjects.known_subjects(str(path))
        expected = {"a/racy": "fails", "a/b": "holds", "c/racy": "holds", "c/d": "fails"}
        self.assertEqual(known, expected)


class Budgets(unittest.TestCase):
    def test_processes_are_shared_out_among_lanes(self) -> None:
        for jobs, count, widths in (
            (1, 3, [1]),
            (4, 3, [4]),
            (5, 3, [3, 2]),
            (9, 3, [3, 3, 3]),
            (64, 2, [32, 32]),
            (3, 1, [3]),
        ):
            self.assertEqual(subjects.lane_widths(jobs, count), widths)

    def test_turns_are_as_long_as_gives_each_subject_four(self) -> None:
        four = Settings(subjects="t/a t/b t/c t/d", seconds=1600)
        self.assertEqual(subjects.turn_seconds(four, 1, 1600), 100)
        self.assertEqual(subjects.turn_seconds(four, 2, 1600), 200)
        self.assertEqual(subjects.turn_seconds(four, 2, 30), 30)
        four.seconds = 10
        self.assertEqual(subjects.turn_seconds(four, 1, 10), subjects.TURN_SECONDS_MIN)
        four.seconds = 10**6
        self.assertEqual(subjects.turn_seconds(four, 1, 10**6), subjects.TURN_SECONDS_MAX)
        four.turn_seconds = 42
        self.assertEqual(subjects.turn_seconds(four, 1, 10**6), 42)

    def test_processes_of_a_turn(self) -> None:
        def names(kinds: str, width: int, turn: int = 0) -> str:
            return " ".join(engines.instances_of(Settings(engines=kinds), width, turn))

        self.assertEqual(names("libfuzzer", 2), "libfuzzer-1 libfuzzer-2")
        self.assertEqual(names("afl", 4), "main secondary-1 asan-1 secondary-2")
        self.assertEqual(names("libfuzzer,afl", 1, 0), "main")
        self.assertEqual(names("libfuzzer,afl", 1, 1), "libfuzzer-1")
        self.assertEqual(names("libfuzzer,afl", 2), "libfuzzer-1 main")
        expected = "libfuzzer-1 main secondary-1 asan-1 libfuzzer-2 secondary-2 secondary-3"
        self.assertEqual(names("afl,libfuzzer", 7), expected)
        self.assertEqual(engines.presets_needed(Settings(), 2), ["libfuzzer", "afl"])
        self.assertEqual(engines.presets_needed(Settings(), 4), ["libfuzzer", "afl", "afl-asan"])

    def test_memory_is_shared_out(self) -> None:
        shared = Settings(jobs=4, memory=str(4 << 30))
        self.assertEqual(shared.memory_of_each_mb(), 1024)
        shared.memory = "1000"
        self.assertEqual(shared.memory_of_each_mb(), 192)

    def test_disk_is_short_before_it_is_full(self) -> None:
        used, free = 60, 1000
        self.assertEqual(disk.shortage(used, 100, free, 100, 90), "")
        self.assertIn("may take are used", disk.shortage(91, 100, free, 100, 90))
        self.assertIn("wanted in reserve", disk.shortage(used, 100, 99, 100, 90))
        # After something was done about it, less of it is too much.
        self.assertIn("are used", disk.shortage(61, 100, free, 100, 60))
        self.assertIn("in reserve", disk.shortage(used, 100, 149, 100, 60))

    def test_room_is_counted_once_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            before = disk.used_bytes(folder)
            (folder / "a").write_bytes(bytes(65536))
            (folder / "inner").mkdir()
            (folder / "inner/b").hardlink_to(folder / "a")
            (folder / "inner/loop").symlink_to(folder)
            self.assertLess(disk.used_bytes(folder) - before, 2 * 65536)
            self.assertGreaterEqual(disk.used_bytes(folder) - before, 65536)

    def test_sizes_and_times_of_arguments(self) -> None:
        self.assertEqual(settings.bytes_of("64M", "--disk"), 64 << 20)
        self.assertEqual(settings.bytes_of("1T", "--disk"), 1 << 40)
        self.assertEqual(settings.bytes_of("7", "--disk"), 7)
        self.assertEqual(settings.seconds_of("1.5", 3600, "--hours"), 5400)
        self.assertEqual(settings.seconds_of("0.001", 60, "--minutes"), 1)
        for size in ("", "0", "M", "1.5G", "3X", "-1", "1 G", "1G\n"):
            with self.assertRaises(UsageError):
                settings.bytes_of(size, "--disk")
        for number in ("", "soon", "-1", "1e3", "1.", "1\n"):
            with self.assertRaises(UsageError):
                settings.seconds_of(number, 60, "--minutes")

    def test_numbers_for_people(self) -> None:
        by_1000 = {0: "0", 999: "999", 1000: "1k", 1234567: "1.2M", 999999: "1M", 5 * 10**12: "5T"}
        for number, text in by_1000.items():
            self.assertEqual(settings.scaled(number, 1000).lower(), text.lower())
        self.assertEqual(settings.scaled(3700000, 1024), "3.5M")
        self.assertEqual(settings.clock(3725), "1:02:05")

    def test_arguments(self) -> None:
        options = main.parser().parse_intermixed_args(
            "t/a --minutes=2 --jobs 3 u --disk 1G --update --engines afl".split()
        )
        read = main.settings_of(options)
        self.assertEqual(options.words, ["t/a", "u"])
        self.assertEqual((read.seconds, read.jobs, read.disk), (120, 3, "1G"))
        self.assertEqual((read.update, read.statsd, read.engines), ("yes", "no", "afl"))
        self.assertEqual((read.canary, read.turn_seconds), ("", 0))

    def test_settings_are_read_as_they_were_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "settings.tsv")
            said = Settings(name="a", subjects="t/a t/b", seconds=7, on_crash='echo "$X" = 1')
            said.save(path)
            self.assertEqual(Settings.load(path), said)
            # What another version has written.
            path.write_text("name\tb\nnever_heard_of\t3\nseconds\t9\njobs\t\n")
            self.assertEqual(Settings.load(path), Settings(name="b", seconds=9))


class Engines(unittest.TestCase):
    def test_what_libfuzzer_says(self) -> None:
        log = (
            "#2\tINITED cov: 3 ft: 4 corp: 1/1b exec/s: 0 rss: 30Mb\n"
            "#512\tpulse  cov: 28 ft: 142 corp: 60/1Kb lim: 4 exec/s: 256 rss: 35Mb\n"
        )
        self.assertEqual(engines.libfuzzer_counts(log), (512, 256, 28, 142, 60))
        aborted = log + "executions: 600 (and 3 to mutate)\n"
        self.assertEqual(engines.libfuzzer_counts(aborted).executions, 600)
        ended = log + "stat::number_of_executed_units: 900\nstat::average_exec_per_sec:     450\n"
        self.assertEqual(engines.libfuzzer_counts(ended), (900, 450, 28, 142, 60))
        self.assertEqual(engines.libfuzzer_counts(""), (0, 0, 0, 0, 0))

    def test_what_afl_says(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.assertEqual(engines.afl_counts(folder), (0, 0, 0, 0, 0))
            (folder / "queue").mkdir()
            (folder / "queue/id:000000,time:0,execs:0,orig:zero").touch()
            (folder / "queue/id:000001,src:000000,time:1999,execs:500,op:x").touch()
            self.assertEqual(engines.afl_counts(folder), (500, 250, 0, 0, 2))
            stats = "run_time          : 10\nexecs_done        : 9000\nexecs_per_sec : 1.5\n"
            stats += "edges_found       : 21\ncorpus_count      : 7\n"
            (folder / "fuzzer_stats").write_text(stats)
            self.assertEqual(engines.afl_counts(folder), (9000, 900, 21, 0, 7))

    def test_words_of_engines_sh(self) -> None:
        self.assertIn("-print_final_stats=1", engines.shared_words("libfuzzer_arguments"))
        self.assertIn("AFL_NO_UI", engines.shared_environment("afl_environment"))
        self.assertEqual(engines.input_seconds_max(), 10)

    def test_long_logs_are_cut_in_the_middle(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, "log")
            path.write_text("first" + "." * 90000 + "last")
            text = engines.log_excerpt(path)
            self.assertTrue(text.startswith("first") and text.endswith("last"))
            self.assertLess(len(text), 25000)
            path.write_text("short")
            self.assertEqual(engines.log_excerpt(path), "short")
            self.assertEqual(engines.log_tail(path), "short")


class Search(unittest.TestCase):
    SAID = '{"executions": 9, "arms": {"order": {"executions": 9, "news": 2, "share": 0.5}}}'

    def test_counts_are_added_up_by_their_paths(self) -> None:
        counts = search.parse(self.SAID)
        counts.update(search.parse('{"arms": {"order": {"news": 3}}, "cut": {"steps": 1}}'))
        nested = search.nest(counts)
        self.assertEqual(nested["arms"], {"order": {"executions": 9, "news": 5}})
        self.assertEqual((nested["executions"], nested["cut"]), (9, {"steps": 1}))
        for text in ("", "{", "[1]", "7" * 5000, '{"a": "1", "b": true, "c": 1.5}'):
            self.assertEqual(search.nest(search.parse(text)), {}, text[:20])

    def test_it_is_said_in_a_log_or_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "libfuzzer-1.log").write_text(f"search: {{}}\nsearch: {self.SAID}\n==1== x\n")
            (folder / "afl/main").mkdir(parents=True)
            (folder / "afl/main/offbeat_search.json").write_text(self.SAID + "\n")
            for process in ("libfuzzer-1", "main"):
                self.assertEqual(search.said_by(process, folder), search.parse(self.SAID))
            self.assertEqual(search.said_by("secondary-1", folder), {})

    def test_a_turn_keeps_it_and_the_page_has_it(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            campaign = make_campaign(Path(name, "c"))
            for number in (1, 2):
                row = Turn(number, 0, "t/racy", 9, 0, 0, 1, 0, 0, 0, 0, search=self.SAID)
                subjects.add_to_ledger(campaign.state, row)
            self.assertEqual(subjects.read_ledger(campaign.state)[0].search, self.SAID)
            said = search.of_campaign(campaign)
            arms = {"order": {"executions": 18, "news": 4}}
            self.assertEqual(said["total"], {"executions": 18, "arms": arms})
            self.assertEqual(said["subjects"], {"t/racy": said["total"]})
            page = report.search_part({"search": said})
            self.assertIn('<td>order</td><td class="n">18</td><td class="n">100.0</td>', page)
            told = [page, *status.result_lines(campaign)]
            self.assertFalse([line for line in told if "were cut" in line])

    def test_runs_that_were_cut_are_told_everywhere(self) -> None:
        said = '"executions": 9, "arms": {}, "runs": 12, "cut": {"deliveries": 2, "arena_full": 1}'
        lengths = '"deliveries": {"0": 0, "1": 3, "2-3": 9}'
        with tempfile.TemporaryDirectory() as name:
            campaign = make_campaign(Path(name, "c"))
            for number in (1, 2):
                text = f"{{{said}, {lengths}}}"
                row = Turn(number, 0, "t/racy", 9, 0, 0, 1, 0, 0, 0, 0, search=text)
                subjects.add_to_ledger(campaign.state, row)
            total = search.of_campaign(campaign)["total"]
            self.assertEqual(total["cut"], {"deliveries": 4, "arena_full": 2})
            self.assertEqual(list(total["deliveries"]), ["0", "1", "2-3"])
            line = "6 of 24 runs were cut at a bound (deliveries 4, arena_full 2)"
            self.assertIn(f"Cut: {line}", status.result_lines(campaign))
            page = report.search_part({"search": {"total": total}})
            self.assertIn(f'<p class="fair">{line}; nothing is known', page)
            self.assertIn('<td>2-3</td><td class="n">18</td>', page)
            self.assertIn('<td>deliveries</td><td class="n">4</td>', page)


class Restarts(unittest.TestCase):
    """When a process of a turn starts again; processes and the clock are played."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.campaign = make_campaign(Path(folder.name, "c"))
        self.folder = make_turn_folder(self.campaign.folder)
        self.now = 1000.0
        self.findings = 0
        self.started: list[tuple[float, int]] = []  # when, and the seed
        self.process = unittest.mock.Mock()
        self.process.poll.return_value = None
        for target, substitute in (
            ("turn.engines.launch", self.launch),
            ("turn.engines.findings_of", lambda *_: self.findings),
            ("turn.time.monotonic", lambda: self.now),
        ):
            patch = unittest.mock.patch(target, substitute)
            patch.start()
            self.addCleanup(patch.stop)
        self.turn = turns.RunningTurn(
            self.campaign, "t/racy", self.folder, 0, self.now + 100, 7, 50
        )
        self.turn.start(["libfuzzer-1"])

    def launch(self, _: object, job: engines.Job) -> unittest.mock.Mock:
        self.started.append((self.now - 1000, job.seed))
        self.process.poll.return_value = None
        return self.process

    def end_at(self, seconds: float, findings: int) -> bool:
        self.now, self.findings = 1000 + seconds, findings
        self.process.poll.return_value = 1
        return self.turn.watch()

    def run_until(self, seconds: int) -> bool:
        goes_on = True
        while self.now < 1000 + seconds:
            self.now += 0.5
            goes_on = self.turn.watch()
        return goes_on

    def test_at_once_after_a_finding_and_four_times(self) -> None:
        for number in range(1, turns.FINDINGS_MAX):
            self.assertTrue(self.end_at(number, number))
        self.assertEqual(self.started, [(0, 50), (1, 51), (2, 52), (3, 53)])
        self.assertFalse(self.end_at(5, turns.FINDINGS_MAX))
        self.assertEqual(self.turn.counts().executions, 100 * turns.FINDINGS_MAX)

    def test_later_and_later_after_a_failure_and_five_times(self) -> None:
        for _ in range(4):
            self.process.poll.return_value = 1
            self.assertTrue(self.turn.watch())
            starts = len(self.started)
            while len(self.started) == starts:
                self.now += 0.5
                self.assertTrue(self.turn.watch())
        self.assertEqual([when for when, _ in self.started], [0, 1, 3, 7, 15])
        self.assertFalse(self.end_at(16, 0))
        self.assertIn("ended 5 times", (self.campaign.folder / "log.txt").read_text())

    def test_not_at_the_end_of_a_turn(self) -> None:
        self.assertFalse(self.end_at(99, 1))
        self.assertEqual(len(self.started), 1)

    def test_not_while_it_waits_for_the_end(self) -> None:
        self.end_at(97, 0)
        self.assertFalse(self.run_until(98))
        self.assertEqual(len(self.started), 1)

    def test_the_first_finding_is_enough_for_the_canary(self) -> None:
        self.turn.stops_at_first = True
        self.assertFalse(self.end_at(1, 1))

    def test_killed_when_it_does_not_end(self) -> None:
        self.run_until(100 + turns.OVERTIME_SECONDS)
        self.process.kill.assert_not_called()
        self.run_until(101 + turns.OVERTIME_SECONDS)
        self.process.kill.assert_called()


class Tools(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.campaign = make_campaign(Path(folder.name, "c"))

    def run_shell(self, script: str, seconds: float | None = None) -> tuple[int, str]:
        return processes.run_tool(self.campaign, ["sh", "-c", script], seconds, captures=True)

    def test_what_was_killed_is_started_again(self) -> None:
        code, _ = self.run_shell('echo x >>tries; [ "$(wc -l <tries)" -ge 3 ] || kill -9 $$')
        self.assertEqual(code, 0)
        code, _ = self.run_shell("echo y >>more; kill -9 $$")
        self.assertEqual(code, -9)
        tries = (self.campaign.folder / "more").read_text()
        self.assertEqual(len(tries.split()), processes.TOOL_TRIES)

    def test_what_takes_too_long_is_ended_with_its_children(self) -> None:
        code, output = self.run_shell("echo begun; (sleep 0.5; touch late) & wait", 0.1)
        self.assertEqual((code, output), (processes.TIMED_OUT, "begun\n"))
        time.sleep(0.6)
        self.assertFalse((self.campaign.folder / "late").exists())

    def test_processes_are_known_by_their_environment(self) -> None:
        log = self.campaign.folder / "log"
        process = processes.spawn(self.campaign, "turn-1", ["sleep", "60"], log)
        self.assertEqual(processes.processes_of(self.campaign, "turn-1"), [process.pid])
        self.assertEqual(processes.processes_of(self.campaign, "turn"), [])
        processes.end_processes_of(self.campaign, "turn-1")
        self.assertEqual(process.wait(5), -9)

    def test_a_stop_is_heard_by_the_night_and_not_by_its_tools(self) -> None:
        script = 'trap "kill -9 $!; exit 3" TERM; sleep 600 & echo $! >begun; wait; touch died'
        log = self.campaign.folder / "log"
        command = ["sh", "-c", f"cd {self.campaign.folder}; {script}"]
        night = processes.spawn(self.campaign, "night", command, log, outlives=True)
        begun = self.campaign.folder / "begun"
        while not begun.is_file() or not begun.read_text().endswith("\n"):
            self.assertIsNone(night.poll(), log.read_text())
        with unittest.mock.patch("os.kill", wraps=os.kill) as kill:
            keeper.Keeper(self.campaign).stop_night()
        kill.assert_called_once_with(night.pid, signal.SIGTERM)
        self.assertEqual(night.wait(), 3)


if __name__ == "__main__":
    unittest.main()
