"""Is it still worth running? What was seen by few executions tells how much none has seen yet.

Fuzzing as sampling of species: Böhme: "STADS: software testing as species discovery" (TOSEM 2018).
A species is an edge of the target's code, or a mark of the order of its messages. Their number by
Chao2, of incidences (Chao: "Estimating the population size for capture-recapture data with unequal
catchability", Biometrics 1987), with a log-normal interval; the chance of news by Good-Turing
(Good: "The population frequencies of species", Biometrika 1953), its variance by Esty ("A normal
limit law for a nonparametric estimator of the coverage of a random sample", Annals of Statistics
1983), and by the rule of three where nothing was seen once (Hanley, Lippman-Hand: "If nothing goes
wrong, is everything all right?", JAMA 1983).

A fuzzer changes what it draws from as it finds things, so these are lower bounds (Böhme, Liyanage,
Wüstholz: "Estimating residual risk in greybox fuzzing", ESEC/FSE 2021).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

NORMAL_95 = 1.96


class Interval(NamedTuple):
    """An estimate with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def _variance(factor: float, once: int, twice: int, total: float) -> float:
    if twice > 0:
        ratio = once / twice
        powers = (ratio**2 / 2, factor * ratio**3, factor * ratio**4 / 4)
        return twice * factor * sum(powers)
    linear = factor * once * (once - 1) / 2 + factor**2 * once * (2 * once - 1) ** 2 / 4
    return linear - factor**2 * once**4 / (4 * total)


def chao(runs: int, seen: int, once: int, twice: int) -> Interval:
    """How many species there are in all."""
    factor = (runs - 1) / max(1, runs)
    if twice > 0:
        unseen = factor * once**2 / (2 * twice)
    else:
        unseen = factor * once * (once - 1) / 2
    if unseen <= 0:
        return Interval(seen, seen, seen)
    variance = max(0.0, _variance(factor, once, twice, seen + unseen))
    spread = math.exp(NORMAL_95 * math.sqrt(math.log1p(variance / unseen**2)))
    return Interval(seen + unseen, seen + unseen / spread, seen + unseen * spread)


def good_turing(runs: int, once: int, twice: int) -> Interval:
    """The chance that the next execution shows something new."""
    if runs == 0:
        return Interval(1, 0, 1)
    chance = once / runs
    if once == 0:
        return Interval(0, 0, min(1.0, 3 / runs))
    spread = NORMAL_95 * math.sqrt(once * (1 - chance) + 2 * twice) / runs
    return Interval(chance, max(0.0, chance - spread), min(1.0, chance + spread))


def estimate(counts: Mapping[str, int]) -> dict[str, Any]:
    """Of the counts that a fuzz program has said."""
    runs, seen, once, twice = (counts.get(key, 0) for key in ("runs", "seen", "once", "twice"))
    return {
        "runs": runs,
        "seen": seen,
        "once": once,
        "twice": twice,
        "in_all": chao(runs, seen, once, twice)._asdict(),
        "news": good_turing(runs, once, twice)._asdict(),
    }


def of_bugs(inputs: list[int]) -> dict[str, Any]:
    """Bugs as species, by the failing inputs of each."""
    counts = {"runs": sum(inputs), "seen": len(inputs)}
    return estimate({**counts, "once": inputs.count(1), "twice": inputs.count(2)})
