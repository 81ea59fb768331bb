"""Who includes whom and who calls whom: by folder and by file, its circles, and how it is printed.

A file is a room of a folder here: `x.c` and `x.h` are one, `folder/x`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from c_source import CSource

Graph = dict[str, set[str]]

# Where the build looks for headers, besides the folder of the file itself.
INCLUDE_ROOTS = ("harness", "harness/include", "tests")


def layer_of(path: str, layers: Iterable[str]) -> str:
    """The layer of a file: the longest name in the table that its folder begins with."""
    inner = path.removeprefix("harness/")
    fitting = [layer for layer in layers if (inner + "/").startswith(layer + "/")]
    return max(fitting, key=len) if fitting else posixpath.dirname(path)


def room_of(path: str) -> str:
    return posixpath.splitext(path)[0]


def includes_of(tree: Iterable[CSource]) -> Iterator[tuple[str, str]]:
    """Pairs of paths: a file, and a file of the tree that it includes."""
    sources = list(tree)
    paths = {source.path for source in sources}
    for source in sources:
        for name in source.includes:
            for root in (posixpath.dirname(source.path), *INCLUDE_ROOTS):
                included = posixpath.normpath(posixpath.join(root, name))
                if included in paths:
                    yield source.path, included
                    break


def calls_of(tree: Iterable[CSource]) -> Iterator[tuple[str, str]]:
    """Pairs of paths: a file, and one that has a function which it names."""
    sources = list(tree)
    homes: dict[str, set[str]] = {}
    for source in sources:
        for function in source.functions:
            if not function.is_static or source.path.endswith(".h"):
                homes.setdefault(function.name, set()).add(source.path)
    for source in sources:
        own = {function.name for function in source.functions}
        names = set().union(*source.uses.values()) - own
        for name in sorted(names):
            for home in sorted(homes.get(name, ())):
                yield source.path, home


def rooms(pairs: Iterable[tuple[str, str]]) -> Graph:
    graph: Graph = {}
    for user, used in pairs:
        if room_of(user) != room_of(used):
            graph.setdefault(room_of(user), set()).add(room_of(used))
    return graph


def folders(pairs: Iterable[tuple[str, str]], layers: Iterable[str]) -> Graph:
    names = list(layers)
    graph: Graph = {}
    for user, used in pairs:
        if layer_of(user, names) != layer_of(used, names):
            graph.setdefault(layer_of(user, names), set()).add(layer_of(used, names))
    return graph


def known_to(layer: str, layers: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All layers that a layer may include, itself not among them."""
    known: set[str] = set()
    waiting = list(layers.get(layer, ()))
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            waiting.extend(layers.get(name, ()))
    return known


def _finishing_order(graph: Graph) -> list[str]:
    """The nodes, each after those that it leads to unless they lead back to it."""
    order: list[str] = []
    seen: set[str] = set()
    for start in sorted(graph):
        stack = [] if start in seen else [(start, iter(sorted(graph[start])))]
        seen.add(start)
        while stack:
            node, following = stack[-1]
            ahead = next((other for other in following if other not in seen), None)
            if ahead is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(ahead)
                stack.append((ahead, iter(sorted(graph.get(ahead, ())))))
    return order


def circles(graph: Graph) -> list[list[str]]:
    """The strongly connected components of two nodes and more, largest first (Kosaraju)."""
    backwards: Graph = {}
    for user, used in graph.items():
        for name in used:
            backwards.setdefault(name, set()).add(user)
    found: list[list[str]] = []
    placed: set[str] = set()
    for root in reversed(_finishing_order(graph)):
        component: list[str] = []
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node not in placed:
                placed.add(node)
                component.append(node)
                waiting.extend(backwards.get(node, ()))
        if len(component) > 1:
            found.append(sorted(component))
    return sorted(found, key=lambda names: (-len(names), names))


def as_text(graph: Graph) -> str:
    return "".join(f"{user} -> {' '.join(sorted(graph[user]))}\n" for user in sorted(graph))


def as_dot(graph: Graph) -> str:
    pairs = ((user, used) for user in sorted(graph) for used in sorted(graph[user]))
    edges = "".join(f'    "{user}" -> "{used}";\n' for user, used in pairs)
    return "digraph offbeat {\n    rankdir=LR;\n    node [shape=box];\n" + edges + "}\n"
