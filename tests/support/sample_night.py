"""usage: sample_night.py FOLDER: a campaign with something of everything in it, and its page: two
nights' worth of turns, bugs where there should be some and where not, trouble, curves."""

from __future__ import annotations

import json
import sys
from dataclasses import astuple
from pathlib import Path
from typing import Any

from campaign_tree import make_campaign

import report
from campaign import Campaign
from subjects import Subject

ALERT = "<script>alert(1)</script>"
SUBJECTS = ("order/racy", "order/fsm", "counter/atomic", "resolver/cancelling", f"{ALERT}/racy")
MINUTES = 90


# A run of three messages, of which one overtakes another.
EXPLAINED = {
    "actors": [{"id": id, "name": name} for id, name in enumerate(("outside", ALERT, "shop"))],
    "run": {
        "verdict": {"invariant": ALERT},
        "pair": {"first": 1, "second": 2},
        "deliveries": [
            {
                "index": index,
                "time_us": 500 * index,
                "actor": actor,
                "from": sender,
                "text": f"{ALERT}({index})",
                "sent_us": 0,
                "cause": 0 if index else None,
            }
            for index, (sender, actor) in enumerate(((0, 1), (1, 2), (1, 2)))
        ],
    },
}


def add_answers(campaign: Campaign) -> None:
    """What the morning asks besides."""
    thing: dict[str, Any] = {"inputs": 7, "scenario": "offbeat scenario 1 order\n", "by": ALERT}
    goal: dict[str, Any] = {"reached": 0, "ways": 0, "steps": 3, "furthest": 1}
    goal["furthest_step"] = ALERT
    both = {**goal, "example": "", "by": ALERT}
    goals: dict[str, dict[str, Any]] = {"both": both, "one": {**goal, "reached": 4}}
    goals["one"].update(example=thing["scenario"], by="machine1")
    never = [["message", ALERT], *(["meeting", f"pay at shop {n}"] for n in range(9))]
    seen = {f"state shop {n}": thing for n in range(40)}
    told = {name: {"never": never, "seen": seen, "goals": goals} for name in SUBJECTS[:2]}
    (campaign.folder / "seen.json").write_text(json.dumps(told))
    lines = {"lines": 90, "hit": [[1, 60], [70, 80]], "missed": [[61, 69]], "sha1": "a"}
    names = ("order", "shop", ALERT.replace("/", "|"))
    files = {f"targets/order/{name}.c": lines for name in names}
    for name in files:
        path = campaign.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"line {number} of {ALERT}\n" for number in range(1, 91)))
    (campaign.folder / "coverage.json").write_text(json.dumps(files))


def add_bugs(campaign: Campaign) -> None:
    buckets = [
        {
            "id": f"{index:012x}",
            "target": subject.rpartition("/")[0],
            "variant": subject.rpartition("/")[2],
            "invariant": f"invariant_{index}",
            "signature": f"{subject} invariant_{index}: pay before create at {ALERT}",
            "inputs": [{"path": f"/crashes/{number}"} for number in range(index + 1)],
        }
        for index, subject in enumerate(SUBJECTS * 2)
    ]
    folder = campaign.folder / "triage"
    for bucket in buckets:
        page = folder / "buckets" / str(bucket["id"]) / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<!doctype html><title>A bug</title>")
        page.with_name("explain.json").write_text(json.dumps(EXPLAINED))
    (folder / "triage.json").write_text(json.dumps({"buckets": buckets, "others": []}))


def add_turns(campaign: Campaign) -> None:
    arms = {"fresh": {"executions": 900, "news": 3}, "mutate": {"executions": 4100, "news": 21}}
    said = json.dumps({"executions": 5000, "arms": arms, "cut": {"time": 3},
                       "species": {"runs": 5000, "seen": 400, "once": 9, "twice": 4},
                       "engines": {"libfuzzer": {"executions": 5000, "seconds": 60}}})
    for number in range(1, MINUTES):
        subject = SUBJECTS[number % len(SUBJECTS)]
        row = (number, 1700000000 + 60 * number, subject, 60, 7, number)
        campaign.state.add("turns", *row, 5000 + 10 * number, 3, 400, 900, number % 2, said)


def add_accounts(campaign: Campaign) -> None:
    accounts = [
        Subject(name, "fails" if "racy" in name else "holds", 0, 1, 18, 1080, 90000, 83, 400, 900)
        for name in SUBJECTS
    ]
    campaign.state.put_rows("subjects", map(astuple, accounts))


def add_curves(campaign: Campaign) -> None:
    for minute in range(1, MINUTES):
        grown = round(400 * minute / (minute + 12))
        for index, subject in enumerate(SUBJECTS):
            edges = max(1, grown - 31 * index)
            row = (60 * minute, subject, edges, 3 * edges, grown, 1)
            campaign.state.add("series", *row)
        totals = (60 * minute, 90000 * minute, 1500, grown * 9, minute // 9)
        campaign.state.add("totals", *totals)


def main(folder: Path) -> None:
    campaign = make_campaign(folder, subjects=" ".join(SUBJECTS), hours="1.5")
    state = campaign.state
    state.put("phase", "fuzzing")
    state.put("elapsed", 60 * MINUTES)
    state.put("total", "8000000\t1500\t3600\t10")
    state.put("canary_says", "The canary: the bug of order/racy was found by both engines.")
    state.add("canary", "libfuzzer", "found", 1, 3200)
    state.add("canary", "afl", "found", 2, 2100)
    state.trouble("the disk was full for 3 minutes")
    add_bugs(campaign)
    add_turns(campaign)
    add_accounts(campaign)
    add_curves(campaign)
    add_answers(campaign)
    report.write_report(campaign)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
