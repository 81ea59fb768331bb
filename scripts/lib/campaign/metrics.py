"""How a campaign goes, for machines: metrics.prom, in Prometheus' text format, for the node
exporter's textfile collector or whatever reads files."""

from __future__ import annotations

import time
from collections.abc import Iterable

from bugs import Bug, read_bugs
from campaign import Campaign
from disk import used_bytes
from state import replace
from status import total_of
from subjects import Accounts, Subject

PREFIX = "offbeat_campaign_"


def metric(name: str, kind: str, says: str, values: Iterable[tuple[str, int]]) -> str:
    """A metric with its values by their labels."""
    head = f"# HELP {PREFIX}{name} {says}\n# TYPE {PREFIX}{name} {kind}\n"
    return head + "".join(f"{PREFIX}{name}{{{labels}}} {value}\n" for labels, value in values)


def metrics_text(campaign: Campaign, accounts: Accounts, bugs: list[Bug], used: int) -> str:
    own = f'campaign="{campaign.settings.name}"'
    executions, rate, _, _ = total_of(campaign)

    def labels(one: Subject) -> str:
        target, variant = one.subject.split("/")
        return f'{own},target="{target}",variant="{variant}"'

    def whole(name: str, kind: str, says: str, value: int) -> str:
        return metric(name, kind, says, [(own, value)])

    def by_subject(name: str, kind: str, says: str, field: str) -> str:
        values = ((labels(one), getattr(one, field)) for one in accounts.values())
        return metric(name, kind, says, values)

    bugs_of = [
        (
            f'{labels(one)},expected="{one.expected}"',
            sum(bug.subject == one.subject for bug in bugs),
        )
        for one in accounts.values()
    ]
    troubles = len(campaign.state.troubles())
    return "".join(
        (
            whole("executions_total", "counter", "Inputs that were run.", executions),
            whole("executions_per_second", "gauge", "Inputs run in a second by all engines.", rate),
            whole("elapsed_seconds", "counter", "Time that was spent.", campaign.elapsed()),
            whole("disk_used_bytes", "gauge", "Room that the campaign takes.", used),
            whole("trouble", "gauge", "Things that make the night's word uncertain.", troubles),
            whole("last_update_seconds", "gauge", "When this was written.", int(time.time())),
            by_subject(
                "subject_executions_total", "counter", "Inputs run in ended turns.", "executions"
            ),
            by_subject("subject_edges", "gauge", "Edges that are covered.", "edges"),
            by_subject("subject_inputs", "gauge", "Inputs that fuzzing starts from.", "inputs"),
            metric("subject_bugs", "gauge", "Distinct bugs.", bugs_of),
        )
    )


def write_metrics(campaign: Campaign, accounts: Accounts) -> None:
    used = used_bytes(campaign.folder)
    text = metrics_text(campaign, accounts, read_bugs(campaign), used)
    replace(campaign.folder / "metrics.prom", text)
