"""What is fuzzed, TARGET/VARIANT, and whose turn is next.

The ledger state/turns.tsv has a row for each turn that has ended, and is all that counts: a turn is
booked when its row is there, and the account of a subject is the sum of its rows. Its columns:
number, seconds since the epoch at its beginning, subject, seconds (0: it was lost with its night),
seed of the swarm (0: everything was allowed), seed of the engines, executions, new inputs, edges,
features, failing inputs, what the search said of itself as JSON (older campaigns have none).

state/subjects.tsv is a copy of the accounts for whoever looks, a row a subject.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, field, fields

from settings import Settings, UsageError
from state import State

# Processes of a turn are four at most, as more of them find little that these do not: with more
# processors, more subjects are fuzzed at the same time.
TURN_PROCESSES_MAX = 4
TURN_SECONDS_MIN = 5
TURN_SECONDS_MAX = 300
TURNS_WANTED = 4
WEIGHT_MAX = 8
# So many turns in a row without a single execution are trouble.
IDLE_TURNS_MAX = 3


@dataclass(frozen=True)
class Turn:
    """A row of the ledger."""

    number: int
    began: int
    subject: str
    seconds: int
    swarm: int
    seed: int
    executions: int
    new_inputs: int
    edges: int
    features: int
    failing: int
    search: str = field(default="{}", kw_only=True)  # see search.py


@dataclass
class Subject:
    """The account of one subject."""

    subject: str
    expected: str  # what is known of the variant: fails or holds
    position: int = 0  # on the way that all go, in ms over weight: who is behind is next
    gain: int = 0  # what its last turns have found
    turns: int = 0
    seconds: int = 0
    executions: int = 0
    rate: int = 0
    edges: int = 0
    features: int = 0
    inputs: int = 0
    failing: int = 0
    idle: int = 0  # turns in a row without an execution

    def weight(self) -> int:
        """Who still finds something gets up to eight times the time of who does not: one more for
        every doubling of what was found."""
        return min(WEIGHT_MAX, 1 + self.gain.bit_length())

    def executions_left(self, settings: Settings) -> int:
        """0 when they are not counted; see is_spent()."""
        return max(0, settings.executions - self.executions)

    def is_spent(self, settings: Settings) -> bool:
        return 0 < settings.executions <= self.executions

    def book(self, turn: Turn) -> None:
        # What was found long ago counts less and less.
        self.gain = (self.gain + turn.new_inputs + 1) // 2
        self.position += 1000 * max(1, turn.seconds) // self.weight()
        self.turns += 1
        self.seconds += turn.seconds
        self.executions += turn.executions
        self.failing += turn.failing
        self.edges = max(self.edges, turn.edges)
        self.features = max(self.features, turn.features)
        if turn.executions > 0:
            self.idle = 0
            self.rate = turn.executions // turn.seconds if turn.seconds else self.rate
        elif turn.seconds > 0:
            self.idle += 1


Accounts = dict[str, Subject]


def read_ledger(state: State) -> list[Turn]:
    turns: dict[int, Turn] = {}
    columns = len(fields(Turn))
    for row in state.rows("turns", columns - 1, columns):
        with contextlib.suppress(ValueError):
            number, began, subject, *others = row[: columns - 1]
            said = "".join(row[columns - 1 :]) or "{}"
            turn = Turn(int(number), int(began), subject, *map(int, others), search=said)
            turns.setdefault(turn.number, turn)
    return list(turns.values())


def add_to_ledger(state: State, turn: Turn) -> None:
    number, *others = astuple(turn)
    state.add("turns", f"{number:06}", *others)


def open_accounts(names: Iterable[str], expected: Mapping[str, str]) -> Accounts:
    return {name: Subject(name, expected.get(name, "holds")) for name in names}


def save_accounts(state: State, accounts: Accounts) -> None:
    state.put_rows("subjects", (astuple(account) for account in accounts.values()))


def read_accounts(state: State) -> Accounts:
    """As they were saved."""
    accounts = {}
    for name, expected, *numbers in state.rows("subjects", len(fields(Subject))):
        accounts[name] = Subject(name, expected, *(int(cell or 0) for cell in numbers))
    return accounts


def recover_accounts(state: State, names: Iterable[str]) -> Accounts:
    """By the ledger; what is known of the variants is in the copy, and their inputs are counted
    by whoever has them."""
    saved = read_accounts(state)
    accounts = open_accounts(names, {name: saved[name].expected for name in saved})
    for turn in read_ledger(state):
        if turn.subject in accounts:
            accounts[turn.subject].book(turn)
    for name in accounts.keys() & saved.keys():
        accounts[name].inputs = saved[name].inputs
    return accounts


def known_subjects(offbeat: str) -> dict[str, str]:
    """Each variant that there is, and whether it fails or holds."""
    output = subprocess.run([offbeat, "list", "--json"], check=True, capture_output=True).stdout
    return {
        f"{target['name']}/{variant}": (
            "fails" if variant in target.get("fails", ["racy"]) else "holds"
        )
        for target in json.loads(output)["targets"]
        for variant in target["variants"]
    }


def default_canary(known: Mapping[str, str]) -> str:
    """Offbeat's own, or the first variant of the project that is known to fail."""
    if "order/racy" in known:
        return "order/racy"
    return next((name for name, expected in known.items() if expected == "fails"), "none")


def choose_subjects(words: Iterable[str], known: Collection[str]) -> list[str]:
    """Those that the words name, by TARGET/VARIANT, TARGET or all; without words, all."""
    chosen: dict[str, None] = {}
    for word in list(words) or ["all"]:
        found = [name for name in known if word in ("all", name, name.split("/")[0])]
        if not found:
            names = [*known, *{name.split("/")[0] for name in known}]
            near = difflib.get_close_matches(word, sorted(names), n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"there is no {word}{meant} (build/bin/offbeat list lists all)")
        chosen.update(dict.fromkeys(found))
    return list(chosen)


def next_subject(accounts: Accounts, busy: Collection[str]) -> str | None:
    """The one that is most behind, and not busy."""
    free = [account for account in accounts.values() if account.subject not in busy]
    return min(free, key=lambda account: account.position).subject if free else None


def lane_widths(jobs: int, subjects: int) -> list[int]:
    """A lane is a share of the processes; as many subjects are fuzzed at a time as there are."""
    lanes = max(1, min(-(-jobs // TURN_PROCESSES_MAX), subjects))
    return [jobs // lanes + (lane < jobs % lanes) for lane in range(lanes)]


def turn_seconds(settings: Settings, lanes: int, left: int) -> int:
    """Each subject gets several turns, when there is time for that."""
    wanted = settings.turn_seconds
    if wanted == 0:
        wanted = settings.seconds * lanes // (max(1, len(settings.subject_names())) * TURNS_WANTED)
    return min(left, max(TURN_SECONDS_MIN, min(TURN_SECONDS_MAX, wanted)))
