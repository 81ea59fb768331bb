"""Instructions by room: inlined code counts where its source is, and the C library for who calls
it."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench/rooms.d"))

import campaigns  # pylint: disable=wrong-import-position
from callgrind import instructions_by_room  # pylint: disable=wrong-import-position

# Of one function: 3 instructions of its own, 4 inlined from the queue, 50 and 60 by calls to the C
# library and to another room, whose own 60 follow; 2 behind the calls.
FILE = """version: 1
events: Ir

ob=(1) /build/fuzz_counter_racy
fl=(1) /src/harness/world/send.c
fn=(1) send
10 3
fi=(2) /src/harness/world/queue.h
20 4
fe=(1)
cob=(2) /lib/x86_64-linux-gnu/libc.so.6
cfi=(3) ./string/memset.S
cfn=(2) memset
calls=1 0
+1 50
cfi=(4) /src/targets/counter/counter.c
cfn=(3) check_total
calls=1 5
* 60
-1 2

fl=(4)
fn=(3)
5 60

ob=(2)
fl=(3)
fn=(2)
1 20
cfn=(5) set_rest
calls=1 9
2 30

fn=(5)
9 30

ob=(1)
fl=(5) ???
fn=(4) fuzzer::Fuzzer::Loop()
0 7
"""


class Rooms(unittest.TestCase):
    def test_each_instruction_is_of_one_room(self) -> None:
        found = instructions_by_room(FILE.splitlines())
        expected = {"network": 3 + 50 + 2, "queue": 4, "checks": 60, "engine": 7}
        self.assertEqual(dict(found), expected)


class Campaigns(unittest.TestCase):
    def test_what_a_program_says_is_read(self) -> None:
        said = (
            'search: {"executions": 98, "arms": {}, "mutation_runs": 60, "deliveries_in_all": 900, '
            '"runs": 100, "cut": {"deliveries": 2, "holds": 1}, "deliveries": {}}\n'
            "deliveries a run: median 6, 90 % up to 23, 99 % up to 55, longest 86\n"
        )
        ran = campaigns.parse(said, 0.5)
        self.assertEqual((ran.executions, ran.deliveries, ran.cut), (100, 900, 3))
        self.assertEqual(ran.lengths, (6, 23, 55, 86))
        self.assertIn("1,800", campaigns.campaign_row("counter/racy", ran))
        with self.assertRaises(campaigns.Trouble):
            campaigns.parse("==1== ERROR", 0.5)

    def test_the_table_is_read_as_it_is_written(self) -> None:
        profile = campaigns.Profile({"queue": 12.25, "engine": 100.0}, {"queue": 80, "engine": 900})
        old = campaigns.with_rows("", "a/b", ["a/b\tqueue\t9.0\t70"])
        text = campaigns.with_rows(old, "a/c", ["a/c\tqueue\t8.0\t60"])
        kept = campaigns.read_table(
            campaigns.with_rows(text, "a/b", campaigns.table_rows("a/b", profile))
        )
        expected = {("a/b", "queue"): 12.2, ("a/b", "engine"): 100.0, ("a/c", "queue"): 8.0}
        self.assertEqual(kept, expected)

    def test_growth_and_shrinking_are_said(self) -> None:
        told = [campaigns.change(before, 110.0) for before in (100.0, 220.0, 109.0, None)]
        self.assertEqual(told, ["+10%", "-50%", "", "new"])

    def test_variants_are_chosen_by_target_or_name(self) -> None:
        listed = ["counter/racy", "counter/mutex", "order/racy"]
        self.assertEqual(campaigns.variants_that_match(listed, []), listed)
        chosen = campaigns.variants_that_match(listed, ["counter", "order/racy"])
        self.assertEqual(chosen, listed)
        self.assertEqual(campaigns.variants_that_match(listed, ["counter/mutex"]), listed[1:2])
        with self.assertRaises(campaigns.Trouble):
            campaigns.variants_that_match(listed, ["count"])


if __name__ == "__main__":
    unittest.main()
