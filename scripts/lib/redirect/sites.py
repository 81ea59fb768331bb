"""Where a program's code stands in its sources, for the calls that leave it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import symbols

RETURN_AFTER = 4  # bytes from the relocation of a call to its return address, wherever we run
CALLED = re.compile(r"ob_(?:c|trap)_\w+")


def call_sites(relocations: str, section: str) -> list[int]:
    """The return addresses of calls of what is ours, as `readelf -rW` shows them."""
    found = set()
    inside = False
    for line in relocations.splitlines():
        if line.startswith("Relocation section"):
            inside = f"'.rela{section}'" in line
            continue
        fields = line.split()
        if inside and len(fields) >= 5 and CALLED.fullmatch(fields[4].partition("@")[0]):
            found.add(int(fields[0], 16) + RETURN_AFTER)
    return sorted(found)


def functions(found: Iterable[symbols.Symbol], section: str) -> dict[int, str]:
    return {
        symbol.value: symbol.name
        for symbol in found
        if symbol.section == section and symbol.kind in "Tt" and not symbol.name.startswith(".")
    }


def variables(found: Iterable[symbols.Symbol], program: str) -> list[str]:
    """C initialisers of struct ob_program_variable, in their order."""
    sections = (f"ob_data_{program}", f"ob_bss_{program}")
    entries = {
        (sections.index(symbol.section), symbol.value): symbol.name.partition(".")[0]
        for symbol in found
        if symbol.section in sections and symbol.kind in "DdBb" and symbol.name[0] not in "._$"
    }
    return [
        f"{{{offset}, {is_zeroed}, {quoted(name)}}}"
        for (is_zeroed, offset), name in sorted(entries.items())
    ]


def quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def table(names: dict[int, str], offsets: Sequence[int], lines: str) -> list[str]:
    """C initialisers of struct ob_program_site, by offset. `lines` is what `addr2line -f` says of
    the calls: a function, and a file with a line, each on a line of its own."""
    entries = [(offset, 0, quoted(name)) for offset, name in names.items()]
    said = lines.splitlines()
    for index, offset in enumerate(offsets):
        function, place = said[2 * index : 2 * index + 2]
        file = place.partition(" ")[0].rsplit("/", 1)[-1]
        if re.search(r":\d+$", file):  # otherwise it is a guess, without debug information
            entries.append((offset, 1, quoted(f"{function} ({file})")))
    return [f"{{{offset}, {is_call}, {text}}}" for offset, is_call, text in sorted(entries)]
