#!/usr/bin/env python3
"""Checks the structure of the tree, or prints the graph of its includes or calls.

Needs nothing but Python 3.11. `./scripts/tidy` calls it; see there for options and exit codes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import graph
import links
import rules
import style
from c_source import CSource, Function, read_tree

ROOT = Path(__file__).resolve().parents[3]


def arrow_findings(
    tree: Sequence[CSource], layers: Mapping[str, tuple[str, ...]] = rules.LAYERS
) -> Iterator[str]:
    """Includes between folders that the picture of layers does not have."""
    for user, used in graph.includes_of(tree):
        here, there = graph.layer_of(user, layers), graph.layer_of(used, layers)
        if here not in layers:
            yield f"{user}: its folder is no layer of {Path(rules.__file__).name}"
        elif here != there and there not in graph.known_to(here, layers):
            yield f"{user}: includes {used}, but {here} must not know {there}"


def circle_findings(
    kind: str,
    rooms: graph.Graph,
    known: Mapping[tuple[str, str], int] = rules.KNOWN_CIRCLES,
) -> Iterator[str]:
    """Circles larger than they may be, and entries of the table that have become too large."""
    largest: dict[str, int] = {}
    for names in graph.circles(rooms):
        folder = names[0].rsplit("/", 1)[0]
        largest[folder] = max(largest.get(folder, 0), len(names))
        allowed = known.get((kind, folder), rules.CIRCLE_FILES_MAX)
        if len(names) > allowed:
            circle = " ".join(names)
            yield f"{folder}: {kind} of {len(names)} files in a circle, at most {allowed}: {circle}"
    for (of, folder), allowed in known.items():
        count = largest.get(folder, 0)
        if of == kind and count < allowed:
            yield f"KNOWN_CIRCLES: {kind} of {folder}: {count} files now, not {allowed}; lower it"


def users_of(tree: Sequence[CSource]) -> dict[str, set[str]]:
    """Name: the files that use it. What a function does with its own name does not count, nor a
    name for which a file has a static function."""
    users: dict[str, set[str]] = {}
    for source in tree:
        own = {function.name for function in source.functions if function.is_static}
        for inside, names in source.uses.items():
            for name in names - own - {inside}:
                users.setdefault(name, set()).add(source.path)
    return users


def needs_caller(function: Function, entry_points: Mapping[str, str]) -> bool:
    return not any(re.fullmatch(pattern, function.name) for pattern in entry_points)


def header_findings(
    tree: Sequence[CSource], folders: Sequence[str] = rules.OWN_HEADER_FOLDERS
) -> Iterator[str]:
    """Functions of these folders that another header declares than that of their file. Public
    headers are for targets, and declare what several files define."""
    headers: dict[str, set[str]] = {}
    for source in tree:
        if source.path.endswith(".h") and not source.path.startswith("harness/include/"):
            for name in source.declares:
                headers.setdefault(name, set()).add(source.path)
    for source in tree:
        if source.path.rpartition("/")[0] not in folders or not source.path.endswith(".c"):
            continue
        own = source.path[:-2] + ".h"
        for function in source.functions:
            for header in sorted(headers.get(function.name, set()) - {own}):
                if not function.is_static:
                    yield f"{header}: declares {function.name}, which {source.path} defines"


def dead_findings(
    tree: Sequence[CSource],
    entry_points: Mapping[str, str] = rules.ENTRY_POINTS,
    tests_only: Mapping[str, str] = rules.TESTS_ONLY,
) -> Iterator[str]:
    """Functions that nobody calls, or that tests alone call. What public headers declare is called
    by targets that are not in this tree."""
    users = users_of(tree)
    public = {
        name
        for source in tree
        if source.path.startswith("harness/include/")
        for name in source.declares
    }
    excused = set(tests_only)
    for function in (one for source in tree for one in source.functions if not one.is_static):
        where = f"{function.path}:{function.line}: {function.name}"
        callers = users.get(function.name, set())
        if function.name in public or not needs_caller(function, entry_points):
            continue
        if not callers:
            yield f"{where}: nobody calls it"
        elif function.path.startswith("tests/") or not all(
            path.startswith("tests/") for path in callers
        ):
            continue
        elif function.name not in tests_only:
            yield f"{where}: only tests call it ({', '.join(sorted(callers))})"
        excused.discard(function.name)
    for name in sorted(excused):
        yield f"TESTS_ONLY: {name} is called by others, or gone: take it out"


def length_findings(tree: Sequence[CSource]) -> Iterator[str]:
    for source in tree:
        for function in source.functions:
            yield from style.too_long(source.path, function.line, function.name, function.length)


def text_findings(root: Path) -> Iterator[str]:
    widths: dict[str, list[int]] = {}
    for path in style.tracked_files(root):
        text = style.read_text(root / path)
        if text is not None:
            yield from style.file_findings(path, text)
            if path.endswith(".md"):
                yield from links.link_findings(root, path, text)
            widths[path] = style.wide_lines(path, text)
    yield from style.width_findings(widths)


def all_findings(root: Path) -> Iterator[str]:
    tree = read_tree(root, rules.C_FOLDERS)
    yield from arrow_findings(tree)
    yield from circle_findings("includes", graph.rooms(graph.includes_of(tree)))
    yield from circle_findings("calls", graph.rooms(graph.calls_of(tree)))
    yield from header_findings(tree)
    yield from dead_findings(tree)
    yield from length_findings(tree)
    yield from text_findings(root)
    yield from style.subject_findings(root, rules.SUBJECTS_SINCE)


def print_graph(root: Path, of: str, as_dot: bool) -> None:
    tree = read_tree(root, rules.C_FOLDERS)
    pairs = graph.calls_of(tree) if of == "calls" else graph.includes_of(tree)
    edges = graph.folders(pairs, rules.LAYERS) if of == "folders" else graph.rooms(pairs)
    print(graph.as_dot(edges) if as_dot else graph.as_text(edges), end="")
    if not as_dot:
        for names in graph.circles(edges):
            print(f"circle of {len(names)}: {' '.join(names)}")


def users_of_files(root: Path, files: Sequence[str]) -> list[str]:
    """The files themselves, and those that include one of them, however far away."""
    backwards: graph.Graph = {}
    for user, used in graph.includes_of(read_tree(root, rules.C_FOLDERS)):
        backwards.setdefault(used, set()).add(user)
    found: set[str] = set()
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(backwards.get(path, ()))
    return sorted(found)


def concerns(finding: str, files: Sequence[str]) -> bool:
    return not files or finding.split(":", 1)[0] in files


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", choices=("folders", "files", "calls"))
    parser.add_argument("--dot", action="store_true")
    parser.add_argument("--users-of", nargs="*")
    parser.add_argument("files", nargs="*", help="show only what is found in these")
    options = parser.parse_args(arguments)
    if options.graph:
        print_graph(ROOT, options.graph, options.dot)
        return 0
    if options.users_of is not None:
        print("\n".join(users_of_files(ROOT, options.users_of)))
        return 0
    findings = [one for one in all_findings(ROOT) if concerns(one, options.files)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
