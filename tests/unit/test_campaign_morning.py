"""Tests of what a campaign tells in the morning: what is new, what was never seen, which lines
never ran, which commit brought a bug, and whether to go on."""

from __future__ import annotations

import json
import math
import os
import random
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from campaign_tree import make_campaign, write_program  # noqa: E402

import bisection  # noqa: E402
import coverage  # noqa: E402
import goals  # noqa: E402
import morning  # noqa: E402
import report  # noqa: E402
import search  # noqa: E402
import seen  # noqa: E402
import species  # noqa: E402
import subjects  # noqa: E402
from campaign import Campaign  # noqa: E402
from picture import picture  # noqa: E402
from subjects import Turn  # noqa: E402

# The command: says what its inputs are called, and that `never` was never seen.
OFFBEAT = r"""#!/bin/sh
[ "$1 $2" = "corpus seen" ] || exit 2
printf 'offbeat scenario 1 t\n' >"$6/message-go.txt"
printf '{"never": [{"what": "message", "name": "stop"}, {"what": "cut", "name": "x"}], "seen": '
printf '[{"what": "message", "name": "go", "inputs": 3, "example": "%s/message-go.txt"}]}\n' "$6"
"""


def said(path: Path) -> Any:
    return json.loads(path.read_text())


class Morning(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()

    def campaign(self, name: str, **changes: object) -> Campaign:
        return make_campaign(self.folder / name, self.folder, name=name, **changes)

    def add_bugs(self, campaign: Campaign, *ids: str) -> None:
        buckets = []
        for one in ids:
            folder = campaign.folder / "triage/buckets" / one
            folder.mkdir(parents=True)
            (folder / "scenario.txt").write_text("offbeat scenario 1 t\n")
            (folder / "index.html").write_text("")
            (folder / "explain.json").write_text(json.dumps(EXPLAINED))
            inputs = [str(campaign.folder / f"crashes/{one}-{number}") for number in (2, 1)]
            for number, path in enumerate(inputs):
                Path(path).write_text("x")
                os.utime(path, (1000 - number, 1000 - number))
            listed = [{"path": path, "state": "fails"} for path in inputs]
            bucket = {"id": one, "target": "t", "variant": "fixed", "invariant": "held"}
            buckets.append({**bucket, "signature": "a < b", "inputs": listed})
        (campaign.folder / "triage/triage.json").write_text(json.dumps({"buckets": buckets}))


EXPLAINED: dict[str, Any] = {
    "actors": [{"id": 0, "name": "outside"}, {"id": 1, "name": "a<b"}, {"id": 2, "name": "idle"}],
    "run": {
        "verdict": {"invariant": "held"},
        "pair": {"first": 0, "second": 1},
        "deliveries": [
            {
                "index": index,
                "time_us": 1500 * index,
                "actor": 1,
                "from": index and 1 or 0,
                "text": "go(<1>)" * 9,
                "sent_us": 0,
                "cause": index - 1 if index else None,
            }
            for index in range(3)
        ],
    },
}


class Bugs(Morning):
    def test_new_ones_are_told_from_those_of_nights_before(self) -> None:
        first = self.campaign("first", started=86400)
        self.add_bugs(first, "aaaa")
        report.write_report(first)
        self.assertTrue(said(first.folder / "report/campaign.json")["bugs"][0]["is_new"])
        second = self.campaign("second", started=2 * 86400, before=str(first.folder))
        self.add_bugs(second, "aaaa", "bbbb")
        report.write_report(second)
        bugs = {bug["id"]: bug for bug in said(second.folder / "report/campaign.json")["bugs"]}
        self.assertEqual((bugs["aaaa"]["is_new"], bugs["aaaa"]["since"]), (False, "1970-01-02"))
        self.assertEqual((bugs["bbbb"]["is_new"], bugs["bbbb"]["since"]), (True, "1970-01-03"))
        # One that was not found in between is no news either.
        third = self.campaign("third", started=3 * 86400, before=str(second.folder))
        report.write_report(third)
        fourth = self.campaign("fourth", started=4 * 86400, before=str(third.folder))
        self.add_bugs(fourth, "aaaa")
        report.write_report(fourth)
        bug = said(fourth.folder / "report/campaign.json")["bugs"][0]
        self.assertEqual((bug["is_new"], bug["since"]), (False, "1970-01-02"))

    def test_a_bug_has_its_first_input_its_replay_and_its_picture(self) -> None:
        campaign = self.campaign("c")
        self.add_bugs(campaign, "aaaa")
        report.write_report(campaign)
        bug = said(campaign.folder / "report/campaign.json")["bugs"][0]
        self.assertEqual(bug["first_input"], f"{campaign.folder}/crashes/aaaa-1")
        page = (campaign.folder / "report/index.html").read_text()
        text = (campaign.folder / "report/report.txt").read_text()
        for told in (page, text):
            self.assertIn(bug["replay"], told)
            self.assertIn(bug["first_input"], told)
        self.assertIn(bug["picture"], page)
        self.assertIn("Bug aaaa, new: t/fixed (SHOULD HOLD): held: a < b", text)

    def test_a_picture_has_an_arrow_for_each_message(self) -> None:
        svg = xml.etree.ElementTree.fromstring(picture(EXPLAINED))
        arrows = [one for one in svg.iter() if "arrow" in one.get("class", "")]
        self.assertEqual([one.get("class") for one in arrows],
                         ["arrow decides", "arrow decides", "arrow end"])
        words = [one.text for one in svg.iter() if one.tag == "text"]
        self.assertIn("a<b", words)
        self.assertNotIn("idle", words)
        self.assertIn("1.5 ms", words)
        self.assertTrue(all(len(word or "") <= 26 for word in words))
        self.assertEqual(picture({}), "")
        self.assertEqual(picture({"actors": [], "run": {"deliveries": []}}), "")

    def test_the_commit_is_asked_for_where_it_is_wanted(self) -> None:
        campaign = self.campaign("c", bisect="v1", commit="c0ffee")
        self.add_bugs(campaign, "aaaa")
        script = self.folder / "bisect"
        asked = self.folder / "asked"
        write_program(script, f'#!/bin/sh\necho "$@" >>{asked}\necho no good; exit 2\n')
        before, bisection.SCRIPT = bisection.SCRIPT, script
        self.addCleanup(setattr, bisection, "SCRIPT", before)
        bisection.bisect_all(campaign)
        bisection.bisect_all(campaign)  # a second time there is nothing to ask
        self.assertEqual(len(asked.read_text().splitlines()), 1)
        self.assertIn("t/fixed", asked.read_text())
        self.assertIn("--good v1 --bad c0ffee", asked.read_text())
        self.assertIn("no good", bisection.words_of(bisection.read(campaign, "aaaa")))
        first = {"commit": "0123456789abcdef", "subject": "Hurry <up>", "author": "A",
                 "author_date": "2026-11-07T10:00:00Z"}
        bisection.path_of(campaign, "aaaa").write_text(
            json.dumps({"first": first, "candidates": [first]})
        )
        report.write_report(campaign)
        words = "brought by 0123456789 of 2026-11-07, A: Hurry "
        self.assertIn(words + "&lt;up&gt;", (campaign.folder / "report/index.html").read_text())
        self.assertIn(words + "<up>", (campaign.folder / "report/report.txt").read_text())
        bisection.bisect_all(self.campaign("not_asked"))
        self.assertEqual(len(asked.read_text().splitlines()), 1)


class NeverSeen(Morning):
    def test_what_others_have_seen_was_seen(self) -> None:
        own = {"t/a": {"never": [["message", "x"], ["message", "y"]],
                       "seen": {"state s 1": {"by": "me"}}}}
        other = {"t/a": {"never": [["state", "s 1"], ["message", "y"]],
                         "seen": {"message x": {"by": "you"}, "state s 1": {"by": "you"}}}}
        merged = seen.merge(own, [other, {}])["t/a"]
        self.assertEqual(merged["never"], [["message", "y"]])
        self.assertEqual({key: one["by"] for key, one in merged["seen"].items()},
                         {"state s 1": "me", "message x": "you"})

    def test_nights_and_machines_are_added_and_examples_replay(self) -> None:
        write_program(self.folder / "build/bin/offbeat", OFFBEAT)
        before = self.folder / "before"
        before.mkdir()
        scenario = "offbeat scenario 1 t\n+0 stop()\n"
        told = {"message stop": {"inputs": 1, "scenario": scenario, "by": "last night"}}
        (before / "seen.json").write_text(json.dumps({"t/racy": {"never": [], "seen": told}}))
        share = str(self.folder / "share")
        campaign = self.campaign("c", before=str(before), share=share)
        campaign.inputs("t/racy").mkdir(parents=True)
        (campaign.inputs("t/racy") / "one").write_text("x")
        seen.look(campaign)
        one = seen.facts(campaign)["t/racy"]
        self.assertEqual(one["never"], [{"what": "cut", "name": "x"}])
        by = {thing["name"]: thing["by"] for thing in one["seen"]}
        self.assertEqual(by, {"go": "c", "stop": "last night"})
        for thing in one["seen"]:
            example = Path(thing["replay"].split()[-1])
            self.assertTrue(example.read_text().startswith("offbeat scenario 1 t\n"))
        self.assertEqual(said(self.folder / "share/c/seen.json"),
                         said(campaign.folder / "seen.json"))
        # The other machine has it from there.
        other = self.campaign("d", share=share)
        other.inputs("t/racy").mkdir(parents=True)
        (other.inputs("t/racy") / "one").write_text("x")
        seen.look(other)
        self.assertEqual(seen.facts(other)["t/racy"]["never"], one["never"])
        report.write_report(other)
        text = (other.folder / "report/report.txt").read_text()
        self.assertIn("Never seen, t/racy: cut x\n", text)

    def test_goals_that_nothing_reached_come_first(self) -> None:
        far: dict[str, Any] = {"name": "far", "reached": 0, "ways": 0, "steps": 4, "furthest": 1}
        done: dict[str, Any] = {"name": "done", "reached": 3, "ways": 2, "steps": 1, "furthest": 1}
        example = "offbeat scenario 1 t\n"
        campaign = self.campaign("c")
        for one in (
            {"goals": [{**done, "example": example + "+0 go()\n"}, far]},
            {"goals": [{**far, "furthest": 3, "furthest_step": "<third>"}]},
            {"goals": [{**done, "ways": 1, "example": example}, far]},
            {"executions": 7},
            {"goals": 7},
        ):
            goals.keep(campaign, "t/racy", json.dumps(one))
        told = seen.facts(campaign)["t/racy"]["goals"]
        self.assertEqual([(one["name"], one["reached"], one["ways"]) for one in told],
                         [("far", 0, 0), ("done", 6, 2)])
        self.assertEqual((told[0]["furthest"], told[0]["furthest_step"]), (3, "<third>"))
        facts = {"seen": {"t/racy": {"goals": told, "never": [], "seen": []}}}
        self.assertEqual(morning.never_lines(facts), ["Never seen, t/racy: goal far (step 3 of 4)"])
        page = morning.never_part(facts)
        self.assertLess(page.index("never; furthest step 3 of 4 (&lt;third&gt;)"),
                        page.index("done"))
        # Another machine has reached it; the shortest example replays.
        write_program(self.folder / "build/bin/offbeat", OFFBEAT)
        before = self.folder / "before"
        before.mkdir()
        there = {**far, "reached": 1, "furthest": 4, "furthest_step": "", "example": example}
        other: dict[str, Any] = {"goals": {"far": {**there, "by": "you"}}, "never": [], "seen": {}}
        (before / "seen.json").write_text(json.dumps({"t/racy": other}))
        campaign.settings.before = str(before)
        campaign.inputs("t/racy").mkdir(parents=True)
        (campaign.inputs("t/racy") / "one").write_text("x")
        seen.look(campaign)
        again: Any = seen.facts(campaign)["t/racy"]["goals"]
        self.assertEqual({one["name"]: one["by"] for one in again}, {"done": "c", "far": "you"})
        for goal in again:
            self.assertEqual(Path(goal["replay"].split()[-1]).read_text(), example)


class Lines(Morning):
    LCOV = ("SF:{0}/targets/a/a.c\nDA:1,4\nDA:2,0\nDA:3,0\nDA:5,1\nend_of_record\n"
            "SF:{0}/targets/a/b.c\nDA:1,0\nend_of_record\nSF:{0}/targets/z/z.c\nDA:1,0\n"
            "SF:/opt/include/offbeat/offbeat.h\nDA:7,1\nend_of_record\n")

    def measured(self, name: str, lcov: str, **changes: object) -> Campaign:
        campaign = self.campaign(name, **changes)
        files = coverage.summary(coverage.read_lcov(lcov.format(self.folder)), self.folder)
        (campaign.folder / "coverage.json").write_text(json.dumps(files))
        return campaign

    def test_lines_that_ran_and_what_changed(self) -> None:
        source = self.folder / "targets/a"
        source.mkdir(parents=True)
        (source / "a.c").write_text("one")
        first = self.measured("first", self.LCOV)
        facts = coverage.facts(first)
        names = [one["file"] for one in facts["files"]]
        # Of targets that did not run at all nothing is told, nor of Offbeat's headers.
        self.assertEqual(names, ["targets/a/a.c", "targets/a/b.c"])
        self.assertEqual((facts["lines"], facts["ran"], facts["percent"]), (5, 2, 40.0))
        self.assertEqual(facts["files"][0]["missed"], [[2, 3]])
        self.assertEqual(facts["files"][0]["change"], {})
        more = self.LCOV.replace("DA:2,0", "DA:2,1").replace("DA:5,1", "DA:5,0")
        second = self.measured("second", more, before=str(first.folder))
        facts = coverage.facts(second)
        changed = facts["files"][0]["change"]
        self.assertEqual(changed, {"gained": [[2, 2]], "lost": [[5, 5]]})
        self.assertIn("1 more and 1 fewer", morning.coverage_line({"coverage": facts}))
        # In a file that was edited lines are other lines.
        (source / "a.c").write_text("two")
        third = self.measured("third", more, before=str(second.folder))
        self.assertEqual(coverage.facts(third)["files"][0]["change"],
                         {"was_edited": True, "percent_before": 50.0})

    def test_ranges(self) -> None:
        drawn = random.Random(1)
        for _ in range(200):
            numbers = {drawn.randrange(40) for _ in range(drawn.randrange(30))}
            ranges = coverage.ranges_of(numbers)
            self.assertEqual(coverage.numbers_of(ranges), numbers)
            self.assertTrue(all(a[1] + 1 < b[0] for a, b in zip(ranges, ranges[1:])))
        self.assertEqual(coverage.words_of([[1, 1], [3, 9]]), "1, 3-9")


class WorthGoingOn(Morning):
    def test_estimates_by_hand(self) -> None:
        # n = 100, S = 50, f1 = 10, f2 = 5: 50 + 99/100 * 100/10.
        total = species.chao(100, 50, 10, 5)
        self.assertAlmostEqual(total.value, 59.9)
        self.assertLess(50, total.low)
        self.assertLess(total.low, 59.9)
        self.assertLess(59.9, total.high)
        # Without one that was seen twice: 50 + 99/100 * 10 * 9 / 2.
        self.assertAlmostEqual(species.chao(100, 50, 10, 0).value, 94.55)
        self.assertEqual(species.chao(100, 50, 0, 3), (50, 50, 50))
        news = species.good_turing(1000, 10, 5)
        self.assertAlmostEqual(news.value, 0.01)
        self.assertAlmostEqual(news.high - news.value, 1.96 * math.sqrt(10 * 0.99 + 10) / 1000)
        self.assertEqual(species.good_turing(1000, 0, 0), (0, 0, 0.003))
        self.assertEqual(species.good_turing(0, 0, 0), (1, 0, 1))

    def test_intervals_hold_what_is_there(self) -> None:
        """Of 200 drawn worlds whose number of species is known, nearly all are in the interval."""
        drawn = random.Random(7)
        inside = chances = 0
        for _ in range(200):
            rates = [drawn.uniform(0.002, 0.02) for _ in range(150)]
            counts = [sum(drawn.random() < rate for _ in range(150)) for rate in rates]
            found = sum(count > 0 for count in counts)
            once, twice = counts.count(1), counts.count(2)
            total = species.chao(150, found, once, twice)
            inside += total.low <= len(rates) <= total.high
            unseen = [rate for rate, count in zip(rates, counts) if count == 0]
            # Of incidences the chance is of how many new ones come with the next execution.
            news = species.good_turing(150, once, twice)
            chances += news.low <= sum(unseen) <= news.high
        self.assertGreater(inside, 0.85 * 200)
        self.assertGreater(chances, 0.85 * 200)

    def test_species_are_of_the_process_that_ran_most(self) -> None:
        one = search.parse('{"species": {"runs": 5, "seen": 9, "once": 3, "twice": 1}, "a": 1}')
        two = search.parse('{"species": {"runs": 9, "seen": 8, "once": 0, "twice": 2}, "a": 1}')
        for both in ((one, two), (two, one)):
            counts = search.nest(search.total(both))
            self.assertEqual(counts["a"], 2)
            self.assertEqual(counts["species"], {"runs": 9, "seen": 8, "once": 0, "twice": 2})

    def test_the_report_has_the_last_turn_and_each_engine(self) -> None:
        campaign = self.campaign("c")
        for number, once in ((1, 50), (2, 10)):
            text = json.dumps({
                "species": {"runs": 1000, "seen": 90, "once": once, "twice": 5},
                "engines": {"libfuzzer": {"executions": 500, "seconds": 5},
                            "afl": {"executions": 900, "seconds": 5}},
            })
            row = Turn(number, 0, "t/racy", 9, 0, 0, 1, 0, 0, 0, 0, search=text)
            subjects.add_to_ledger(campaign.state, row)
        report.write_report(campaign)
        worth = said(campaign.folder / "report/campaign.json")["worth"]
        self.assertEqual(worth["subjects"]["t/racy"]["once"], 10)
        self.assertEqual({name: one["rate"] for name, one in worth["engines"].items()},
                         {"libfuzzer": 100, "afl": 180})
        text = (campaign.folder / "report/report.txt").read_text()
        self.assertIn("executions until the next one: 100 (53 to 796)", text)
        page = (campaign.folder / "report/index.html").read_text()
        self.assertIn("Is it worth going on?", page)
        self.assertIn('<td class="n">180</td>', page)


if __name__ == "__main__":
    unittest.main()
