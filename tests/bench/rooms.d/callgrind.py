"""Instructions of a program by the room of the harness that executes them, from what Valgrind's
callgrind has counted. What is inlined counts where its source is, and what the C library does
counts for the file that has called it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# Of each room, what the paths of its sources end with or, behind a "/", lie in; the first that
# matches counts. What has no source in the tree is the engine's.
ROOMS: tuple[tuple[str, str], ...] = (
    ("checks", r"harness/oracle/|world/(judge|serial)\.[ch]$"),
    ("handlers", r"/targets/|harness/patterns/|harness/host/|include/offbeat/|tests/bench/ladder/"),
    ("decode", r"scenario/(decode|vocabulary|form|scenario|record|reduce)\.[ch]$"),
    ("mutation", r"harness/(scenario|search|base)/"),
    ("mutation", r"engine/(mutation|mutator_end|parents|swarm)\.[ch]$"),
    ("engine", r"harness/engine/"),
    ("queue", r"world/(queue|event)\.[ch]$"),
    ("network", r"world/(send|network|hold|deviat\w*|range|fault|duration)\.[ch]$"),
    ("walks", r"world/walk\w*\.[ch]$"),
    ("trace and hash", r"world/(log|hash|delivery|trace|resume|rounds)\.[ch]$"),
    ("clocks", r"world/(causality|identity|access\w*|cells)\.[ch]$"),
    ("feedback", r"world/feedback\.[ch]$"),
    ("reset", r"world/(setup|arena|run|ending|bounds|known_outcome|attach|snapshot|world)\.[ch]$"),
    ("actors", r"harness/world/"),
)
NAMES = tuple(dict.fromkeys(name for name, _ in ROOMS))
_CHECK = re.compile(r"^check|_check$|invariant")
_C_LIBRARY = re.compile(r"/(lib(c|m|pthread|stdc\+\+)[.-]|ld-linux)")
_ROUNDS = 8
_POSITION = re.compile(r"^([+-]?\d+|\*)( |$)")


@dataclass(frozen=True)
class _Place:
    """Whose code a line of costs is about."""

    library: str
    source: str
    function: str

    def room(self) -> str:
        for name, pattern in ROOMS:
            if re.search(pattern, self.source):
                # A target's checks lie in one file with its handlers.
                is_check = name == "handlers" and _CHECK.search(self.function)
                return "checks" if is_check else name
        return "engine"

    def is_c_library(self) -> bool:
        return _C_LIBRARY.search(self.library) is not None


class _Names:
    """Names that are written in full once, and by their number from then on."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def read(self, text: str) -> str:
        number, _, name = text.partition(" ")
        if not number.startswith("("):
            return text
        if name:
            self._known[number] = name
        return self._known.get(number, "")


class _Reader:
    """Costs of rooms, and of functions of the C library, with what calls to each have cost for
    whom: a room or another of these functions."""

    def __init__(self) -> None:
        self.instructions: Counter[str] = Counter()
        self.of_library: Counter[str] = Counter()
        self.callers: dict[str, Counter[tuple[str, str]]] = {}
        self._libraries, self._sources, self._functions = _Names(), _Names(), _Names()
        self._known: dict[_Place, tuple[str, str]] = {}
        self._library = self._source = self._function = ""
        self._called: tuple[str, str] | None = None  # library and function
        self._called_library = ""

    def _own(self) -> tuple[str, str]:
        """The room, or the function of the C library."""
        place = _Place(self._library, self._source, self._function)
        if place not in self._known:
            is_library = place.is_c_library()
            self._known[place] = ("", self._function) if is_library else (place.room(), "")
        return self._known[place]

    def _specify(self, key: str, value: str) -> None:
        if key == "ob":
            self._library = self._libraries.read(value)
        elif key in ("fl", "fi", "fe"):
            self._source = self._sources.read(value)
        elif key == "fn":
            self._function = self._functions.read(value)
        elif key == "cob":
            self._called_library = self._libraries.read(value)
        elif key in ("cfi", "cfl"):
            self._sources.read(value)
        elif key == "cfn":
            self._called = (self._called_library or self._library, self._functions.read(value))
            self._called_library = ""

    def _cost(self, line: str) -> None:
        count = int(line.rsplit(" ", 1)[1])
        room, function = own = self._own()
        if self._called:
            library, called = self._called
            if _C_LIBRARY.search(library) and called != function:
                self.callers.setdefault(called, Counter())[own] += count
            self._called = None
        elif room:
            self.instructions[room] += count
        else:
            self.of_library[function] += count

    def read(self, lines: Iterable[str]) -> None:
        for line in lines:
            line = line.rstrip("\n")
            key, is_specified, value = line.partition("=")
            if is_specified and not _POSITION.match(line):
                self._specify(key, value)
            elif _POSITION.match(line) and " " in line:
                self._cost(line)

    def shares(self) -> dict[str, dict[str, float]]:
        """Of the cost of a function of the C library, how much is of each room, by what its callers
        have waited for it. Those that call each other take some rounds."""
        shares: dict[str, dict[str, float]] = {name: {"engine": 1.0} for name in self.of_library}
        for _ in range(_ROUNDS):
            for name in shares:
                waited: Counter[str] = Counter()
                for (room, function), count in self.callers.get(name, Counter()).items():
                    for of_room, share in shares.get(function, {room or "engine": 1.0}).items():
                        waited[of_room] += round(count * share)
                if total := waited.total():
                    shares[name] = {room: count / total for room, count in waited.items()}
        return shares


def instructions_by_room(lines: Iterable[str]) -> Counter[str]:
    """Reads a file of callgrind that counts instructions and nothing else."""
    reader = _Reader()
    reader.read(lines)
    found = Counter(reader.instructions)
    for name, shares in reader.shares().items():
        for room, share in shares.items():
            found[room] += round(reader.of_library[name] * share)
    return found
