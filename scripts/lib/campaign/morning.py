"""What is asked in the morning, for the page and as text: what is new, which commit brought it,
what was never seen, which lines never ran, and whether to go on."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import bisection
import coverage
import goals
import source_page
from markup import Html, paragraph, table

THINGS_MAX = 200
TEXT_THINGS_MAX = 12
# Of fewer failing inputs no estimate of bugs is made.
SAMPLE_MIN = 20

Facts = Mapping[str, Any]


def details(summary: str, inner: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>\n{inner}</details>\n"


# -- bugs --


def news_words(bug: Facts) -> str:
    if bug["is_new"]:
        return "new"
    return f"since {bug['since']}"


def bug_part(bug: Facts) -> str:
    """A bug by itself: what it is, how to see it again, and its picture."""
    known = "expected" if bug["expected"] == "fails" else "should hold"
    brought = bisection.words_of(bug["bisect"])
    rows = [
        ("where", f"{bug['subject']} ({known})"),
        ("known", news_words(bug)),
        ("what decides", bug["signature"]),
        ("first input", f"{bug['first_input']} ({bug['inputs']} in all)"),
        ("to replay it", Html(f"<code>{escape(bug['replay'])}</code>")),
        *([("commit", brought)] if brought else []),
    ]
    link = f'<a href="../{escape(bug["page"])}">{escape(bug["id"])}</a>'
    picture = f"<figure>{bug['picture']}</figure>\n" if bug["picture"] else ""
    head = f'<h3 id="bug={escape(bug["id"])}">{escape(bug["invariant"])}: {link}</h3>\n'
    beside = f'<div class="beside">{table((), rows)}{picture}</div>'
    return f"<article>{head}{beside}</article>\n"


# -- what was never seen --


def goal_rows(known: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (
            one["name"],
            goals.words_of(one),
            one["reached"],
            one["ways"],
            Html(f"<code>{escape(one['replay'])}</code>" if one["replay"] else ""),
        )
        for one in known
    ]


def by_kind(things: list[dict[str, str]]) -> list[tuple[str, str]]:
    """A row for each kind of thing, in their order."""
    names: dict[str, list[str]] = {}
    for thing in things:
        names.setdefault(thing["what"], []).append(thing["name"])
    more = {what: f", and {len(some) - THINGS_MAX} more" for what, some in names.items()
            if len(some) > THINGS_MAX}
    return [(what, ", ".join(some[:THINGS_MAX]) + more.get(what, ""))
            for what, some in names.items()]


def never_part(facts: Facts) -> str:
    text = '<h2 id="never">Never seen</h2>\n'
    if not facts["seen"]:
        return text + paragraph("This is looked at when the fuzzing is over.")
    for subject, one in facts["seen"].items():
        never = by_kind(one["never"])
        missing = sum(not goal["reached"] for goal in one["goals"])
        text += f"<h3>{escape(subject)}</h3>\n"
        if one["goals"]:
            heads = ("goal", "", "runs", "different ways", "an example")
            text += table(heads, goal_rows(one["goals"]))
        if never:
            text += table(("never", "which"), never)
        elif not missing:
            text += paragraph("All that could be named was seen.")
        if one["seen"]:
            rows = [
                (thing["what"], thing["name"], thing["inputs"], thing["by"],
                 Html(f"<code>{escape(thing['replay'])}</code>"))
                for thing in one["seen"][:THINGS_MAX]
            ]
            examples = table(("seen", "which", "inputs", "by", "an example"), rows)
            text += details(f"{len(one['seen'])} that were seen", examples)
    return text


def never_lines(facts: Facts) -> list[str]:
    lines = []
    for subject, one in facts["seen"].items():
        words = [
            f"goal {goal['name']} (step {goal['furthest']} of {goal['steps']})"
            for goal in one["goals"]
            if not goal["reached"]
        ]
        words += [f"{thing['what']} {thing['name']}" for thing in one["never"]]
        more = f", and {len(words) - TEXT_THINGS_MAX} more" if len(words) > TEXT_THINGS_MAX else ""
        if words:
            lines.append(f"Never seen, {subject}: {', '.join(words[:TEXT_THINGS_MAX])}{more}")
    return lines


# -- lines of the source --


def coverage_part(facts: Facts) -> str:
    covered = facts["coverage"]
    if not covered["files"]:
        return ""
    rows = [
        (source_page.link(one["file"], source_page.FILE), one["lines"], one["percent"],
         coverage.words_of(one["missed"]), coverage.change_words(one))
        for one in covered["files"]
    ]
    heads = ("file", "lines", "% ran", "never ran", "since the last night")
    text = f'<h2 id="lines">Lines of the source</h2>\n{paragraph(coverage_line(facts))}'
    return text + table(heads, rows)


def coverage_line(facts: Facts) -> str:
    covered = facts["coverage"]
    gained, lost = (
        sum(
            len(coverage.numbers_of(one["change"].get(key, [])))
            for one in covered["files"]
        )
        for key in ("gained", "lost")
    )
    since = f"; {gained} more and {lost} fewer than the night before" if gained or lost else ""
    return (
        f"{covered['ran']:,} of {covered['lines']:,} lines of targets and programs ran "
        f"({covered['percent']:.1f} %){since}."
    )


# -- is it worth going on? --


def one_in(news: Facts) -> str:
    """A chance as how many executions it takes; at worst and at best by its interval."""
    if not news["value"]:
        return f"not in {1 / news['high']:,.0f}" if news["high"] else "never"
    worst = f"{1 / news['low']:,.0f}" if news["low"] else "ever more"
    return f"{1 / news['value']:,.0f} ({1 / news['high']:,.0f} to {worst})"


def species_rows(facts: Facts) -> list[tuple[object, ...]]:
    return [
        (
            subject,
            one["runs"],
            one["seen"],
            "{value:,.0f} ({low:,.0f} to {high:,.0f})".format(**one["in_all"]),
            one_in(one["news"]),
        )
        for subject, one in facts["worth"]["subjects"].items()
    ]


def worth_part(facts: Facts) -> str:
    worth = facts["worth"]
    text = '<h2 id="worth">Is it worth going on?</h2>\n'
    if worth["subjects"]:
        heads = ("last turn of", "executions", "edges and marks", "in all (95 %)",
                 "executions until the next (95 %)")
        text += table(heads, species_rows(facts))
        text += paragraph(
            "Estimates by species: Chao2 of those that one and two executions have shown, and "
            "Good-Turing. What the search draws from moves on with what it finds, so there is at "
            "least as much; and what no turn like this one can reach is not in it."
        )
    if worth["bugs"]["runs"] >= SAMPLE_MIN:
        text += paragraph(bugs_line(worth["bugs"]))
    if worth["engines"]:
        rows = [(name, one["executions"], one["seconds"], one["rate"])
                for name, one in worth["engines"].items()]
        text += table(("engine", "executions", "seconds of a process", "a second"), rows)
    return text


def bugs_line(one: Facts) -> str:
    total = one["in_all"]
    return (
        f"Of bugs {one['seen']} were found, {one['once']} of them by a single input; by Chao's "
        f"estimate there are {total['value']:,.1f} that are found like these (95 %: "
        f"{total['low']:,.1f} to {total['high']:,.1f})."
    )


def worth_lines(facts: Facts) -> list[str]:
    return [
        f"Worth going on, {subject}: {one['seen']:,} edges and marks of about "
        + "{value:,.0f} ({low:,.0f} to {high:,.0f})".format(**one["in_all"])
        + f"; executions until the next one: {one_in(one['news'])}"
        for subject, one in facts["worth"]["subjects"].items()
    ]


def lines_of(facts: Facts) -> list[str]:
    """The whole report as text."""
    lines = [facts["status"]]
    for bug in facts["bugs"]:
        where = "" if bug["expected"] == "fails" else " (SHOULD HOLD)"
        lines.append(f"Bug {bug['id']}, {news_words(bug)}: {bug['subject']}{where}: "
                     f"{bug['invariant']}: {bug['signature']}")
        lines.append(f"  first input: {bug['first_input']}")
        lines.append(f"  replay: {bug['replay']}")
        if brought := bisection.words_of(bug["bisect"]):
            lines.append(f"  {brought}")
    lines += never_lines(facts)
    if facts["coverage"]["files"]:
        lines.append(coverage_line(facts))
    lines += worth_lines(facts)
    lines += [f"{name}: {one['rate']:,} executions a second and process"
              for name, one in facts["worth"]["engines"].items()]
    return lines + [f"Trouble: {text}" for text in facts["trouble"]]
