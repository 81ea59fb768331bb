"""A bug as a picture: a line for each actor, time downwards, and an arrow for each message from
where it was sent to where it arrived, so that what overtakes crosses. Of `explain.json`. The page
has its colours."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

STEPS_MAX = 30
LEFT, RIGHT, TOP, COLUMN, ROW = 64, 90, 30, 190, 26
LABEL_MAX = 26


def used_actors(run: Mapping[str, Any], actors: Mapping[int, str]) -> list[int]:
    ids = {step["actor"] for step in run["deliveries"]}
    ids |= {step["from"] for step in run["deliveries"] if step["from"] is not None}
    return [actor for actor in actors if actor in ids]


def sent_row(steps: list[Mapping[str, Any]], index: int) -> float:
    """Where it was sent: at the delivery that caused it, or, from outside, by its time."""
    step = steps[index]
    if step["cause"] is not None:
        at = [row for row, other in enumerate(steps) if other["index"] == step["cause"]]
        return float(at[0]) if at else -0.5
    earlier = [row for row in range(index) if steps[row]["time_us"] < (step["sent_us"] or 0)]
    return len(earlier) - 0.5


def cut(text: str) -> str:
    return text if len(text) <= LABEL_MAX else text[: LABEL_MAX - 1] + "…"


def duration(microseconds: int) -> str:
    for unit, size in (("s", 1_000_000), ("ms", 1000)):
        if microseconds >= size:
            return f"{microseconds / size:.10g} {unit}"
    return f"{microseconds} us"


def picture(explained: Mapping[str, Any], head: str = "head") -> str:
    """Of the run that fails: its last steps. Nothing where there are none. `head`, the id of the
    heads of its arrows, must be its own on a page."""
    run = explained.get("run", {})
    steps = run.get("deliveries", [])[-STEPS_MAX:]
    if not steps:
        return ""
    names = {actor["id"]: actor["name"] for actor in explained["actors"]}
    columns = {actor: column for column, actor in enumerate(used_actors(run, names))}
    deciding = set((run.get("pair") or {}).values())
    width = LEFT + COLUMN * len(columns) + RIGHT  # for what stands beside the last arrow
    height = TOP + ROW * (len(steps) + 1)

    def x_of(actor: int) -> float:
        return LEFT + COLUMN * (columns[actor] + 0.5)

    def y_of(row: float) -> float:
        return TOP + ROW * (row + 1)

    parts = [
        f'<defs><marker id="{head}" orient="auto" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" refX="7" refY="3.5">'
        '<path d="M0 0 L7 3.5 L0 7" /></marker></defs>'
    ]
    for actor in columns:
        x = x_of(actor)
        parts.append(f'<line class="life" x1="{x}" y1="{TOP}" x2="{x}" y2="{height}" />')
        name = escape(cut(names[actor]))
        parts.append(f'<text x="{x}" y="{TOP - 10}" text-anchor="middle">{name}</text>')
    # Words lie over arrows, of which others may begin where they stand.
    drawn = [
        step_parts(steps, row, x_of, y_of, step["index"] in deciding, head)
        for row, step in enumerate(steps)
    ]
    parts += [arrow for arrow, _ in drawn] + [words for _, words in drawn]
    label = escape(f"The messages of the run that violates {run['verdict']['invariant']}")
    return (
        f'<svg class="steps" role="img" aria-label="{label}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'
    )


def step_parts(
    steps: list[Mapping[str, Any]], row: int, x_of: Any, y_of: Any, decides: bool, head: str
) -> tuple[str, str]:
    """Its arrow, and its words."""
    step, x, y = steps[row], x_of(steps[row]["actor"]), y_of(row)
    time, is_last = duration(step["time_us"]), row == len(steps) - 1
    kind = " end" if is_last else " decides" if decides else ""
    arrow, begin = "", x
    if step["from"] is not None:
        sent_y = max(y_of(-1), y_of(sent_row(steps, row)))
        begin = x_of(step["from"])
        points = f"M{begin} {sent_y} L{x} {y}"
        if begin == x:  # to itself: a timer
            points = f"M{x} {sent_y} C{x + 40} {sent_y} {x + 40} {y} {x + 3} {y}"
        arrow = f'<path class="arrow{kind}" d="{points}" marker-end="url(#{head})" />'
    side = 1 if begin <= x else -1
    anchor = "start" if side > 0 else "end"
    title = escape(step["text"])
    words = (
        f'<text class="soft" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{time}</text>'
        f'<text x="{x + 8 * side}" y="{y + 4}" text-anchor="{anchor}">{escape(cut(step["text"]))}'
        f"<title>{title}</title></text>"
    )
    return arrow, words
