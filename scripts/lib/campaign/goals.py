"""Goals of targets, as far as they were reached: what fuzz programs say of them at their end, added
up over turns, nights and machines.

    state/goals/TARGET/VARIANT   JSON by name: reached, ways, steps, furthest, furthest_step,
                                 example (a scenario as text), by (the campaign that reached it)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from campaign import Campaign
from state import read_text, replace

Goal = dict[str, Any]
Goals = dict[str, Goal]


def merge(one: Goal, other: Goal) -> Goal:
    """Runs add up; of ways and steps the most counts, as the same may be seen twice, and of
    examples the shortest."""
    furthest = max(one, other, key=lambda goal: int(goal["furthest"]))
    examples = [goal["example"] for goal in (one, other) if goal.get("example")]
    first = one if one["reached"] else other
    return {
        "reached": one["reached"] + other["reached"],
        "ways": max(one["ways"], other["ways"]),
        "steps": max(one["steps"], other["steps"]),
        "furthest": furthest["furthest"],
        "furthest_step": furthest["furthest_step"],
        "example": min(examples, key=lambda text: (len(text), text), default=""),
        "by": first["by"],
    }


def merge_all(own: Goals, others: Mapping[str, Goal]) -> Goals:
    merged = dict(own)
    for name, goal in others.items():
        merged[name] = merge(merged[name], goal) if name in merged else goal
    return merged


def parse(text: str, by: str) -> Goals:
    """The goals in what a fuzz program says; none where it knows none."""
    try:
        said = json.loads(text or "{}").get("goals", [])
        return {
            str(one["name"]): {
                **{key: int(one[key]) for key in ("reached", "ways", "steps", "furthest")},
                "furthest_step": str(one.get("furthest_step") or ""),
                "example": str(one.get("example") or ""),
                "by": by,
            }
            for one in said
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}


def read(campaign: Campaign, subject: str) -> Goals:
    try:
        value = json.loads(read_text(campaign.state.inner / "goals" / subject) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def keep(campaign: Campaign, subject: str, text: str) -> None:
    """Adds what a process has said."""
    if said := parse(text, campaign.settings.name):
        merged = merge_all(read(campaign, subject), said)
        replace(campaign.state.inner / "goals" / subject, json.dumps(merged) + "\n")


def words_of(goal: Mapping[str, Any]) -> str:
    if goal["reached"]:
        return "reached"
    step = f" ({goal['furthest_step']})" if goal["furthest_step"] else ""
    return f"never; furthest step {goal['furthest']} of {goal['steps']}{step}"
