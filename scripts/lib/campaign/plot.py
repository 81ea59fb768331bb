"""Curves over time as SVG. The page that they stand in has their colours, light and dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from settings import scaled

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 40
POINTS_MAX = 400


def nice_step(most: float, steps: int = 5) -> float:
    """1, 2 or 5 times a power of ten, so that about so many steps lead to the most."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most / steps))
    return next(step * power for step in (1, 2, 5, 10) if step * power * steps >= most * 0.999)


def hue_of(index: int, count: int) -> int:
    """Far apart from its neighbours'; how light it is, the page knows."""
    return (index * 360 // max(1, count) + 210) % 360


def thinned(points: Points) -> Points:
    every = -(-len(points) // POINTS_MAX)
    return [*points[::every], points[-1]]


def steps_of(points: Points) -> list[tuple[float, float]]:
    """A value holds until the next one."""
    path: list[tuple[float, float]] = []
    for time, value in points:
        if path:
            path.append((time, path[-1][1]))
        path.append((time, value))
    return path


def plot(title: str, unit: str, curves: Mapping[str, Points]) -> str:
    """A curve a name, of minutes and values. Nothing when there is nothing to see yet."""
    curves = {name: thinned(points) for name, points in curves.items() if len(points) > 1}
    if not curves:
        return ""
    width, inner = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    x_step = nice_step(max(points[-1][0] for points in curves.values()))
    y_step = nice_step(max(value for points in curves.values() for _, value in points))
    x_most = max(max(points[-1][0] for points in curves.values()), 1e-9)
    y_most = max(max(value for points in curves.values() for _, value in points), 1e-9)

    def at(time: float, value: float) -> tuple[float, float]:
        return LEFT + width * time / x_most, TOP + inner * (1 - value / y_most)

    parts = []
    for index in range(int(y_most / y_step + 1e-6) + 1):
        x, y = at(0, index * y_step)
        parts.append(f'<path class="grid" d="M{x:.0f} {y:.1f}h{width}"/>')
        parts.append(_text(x - 6, y + 4, _number(index * y_step), "end"))
    for index in range(int(x_most / x_step + 1e-6) + 1):
        x, y = at(index * x_step, 0)
        parts.append(f'<path class="axis" d="M{x:.1f} {y:.0f}v4"/>')
        parts.append(_text(x, y + 18, _number(index * x_step), "middle"))
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}v{inner}h{width}"/>')
    parts.append(_text(LEFT + width / 2, HEIGHT - 6, "minutes", "middle"))
    names = []
    for index, (name, points) in enumerate(curves.items()):
        hue = f'style="--hue:{hue_of(index, len(curves))}"'
        corners = (at(*point) for point in steps_of(points))
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        parts.append(f'<polyline class="curve" {hue} points="{line}"/>')
        if len(curves) > 1 or name != unit:
            names.append(f"<li {hue}>{escape(name)}</li>")
    label = escape(f"{title}: {unit}")
    legend = f'<ul class="legend">{"".join(names)}</ul>' if names else ""
    return (
        f'<figure><figcaption>{label}</figcaption><svg class="plot" role="img" '
        f'aria-label="{label}" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'
        f"{legend}</figure>\n"
    )


def _number(value: float) -> str:
    return scaled(value, 1000) if value >= 1000 else f"{value:g}"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
