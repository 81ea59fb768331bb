"""What the checks of structure read out of C: includes, functions, and uses of names.

This is no parser. It relies on clang-format, which puts the braces of functions and the names of
what is declared at fixed places, and so fits on a page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

# Comments, strings and characters, in this order: whichever begins first hides the others.
_HIDDEN = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL
)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"\n]+)[>\"]", re.MULTILINE)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|\b_Alignas\s*\([^()]*\)", re.DOTALL)
_FUNCTION = re.compile(r"^([A-Za-z_][^;{}]*?)\n\{\n", re.MULTILINE)
_CALLABLE = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_WORD = re.compile(r"[A-Za-z_]\w*")
# What stands behind these is a tag or a member, never a function.
_NO_FUNCTION = re.compile(r"(?:\b(?:struct|union|enum)\s+|->\s*|(?<!\.)\.)[A-Za-z_]\w*")
_STATIC = re.compile(r"static\b|OB_INLINE\b")
_TOKEN = re.compile(r"[A-Za-z_]\w*|[(){}\[\];=]")


@dataclass(frozen=True)
class Function:
    """A function that is defined. `length` counts the lines from its name to its last brace."""

    name: str
    path: str
    line: int
    length: int
    is_static: bool


@dataclass
class CSource:
    """One file. `uses` are the names that occur in bodies, initializers and macros, a set for each
    function ("" is what stands outside of all); `declares` are functions that it only declares."""

    path: str
    includes: list[str] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    uses: dict[str, set[str]] = field(default_factory=dict)
    declares: set[str] = field(default_factory=set)


def without_hidden(text: str) -> str:
    """The text without comments, strings and characters; the lines stay where they were."""

    def blank(match: re.Match[str]) -> str:
        hidden = match.group()
        # Two quotes stay, so that an empty string does not glue what stands around it together.
        return ('""' if hidden[0] in "\"'" else " ") + "\n" * hidden.count("\n")

    return _HIDDEN.sub(blank, text)


def _names(code: str) -> set[str]:
    """The names in some code that may be those of functions."""
    return set(_WORD.findall(_NO_FUNCTION.sub(" ", code)))


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _is_definition(head: str) -> bool:
    return "(" in head and "=" not in head and not head.startswith(("typedef", "#"))


def _function_end(code: str, begin: int) -> int:
    """Where the brace is that ends the function whose body begins at `begin`, at column 0."""
    end = code.find("\n}", begin)
    return len(code) if end < 0 else end + 2


def _outside_names(code: str, found: CSource) -> None:
    """Sorts the names outside of functions into declared ones and used ones."""
    depth = 0
    used = found.uses.setdefault("", set())
    is_initializer = False
    previous = ""
    for match in _TOKEN.finditer(code):
        token = match.group()
        if token in "({[":
            if token == "(" and depth == 0 and _WORD.fullmatch(previous) and not is_initializer:
                found.declares.add(previous)
            depth += 1
        elif token in ")}]":
            depth = max(0, depth - 1)
        elif token == "=":
            is_initializer = is_initializer or depth == 0
        elif token == ";":
            is_initializer = is_initializer and depth > 0
        elif depth > 0 or is_initializer:
            used.add(token)
        previous = token


def read_c(path: str, text: str) -> CSource:
    """Reads a file. `path` is what it is called in findings."""
    found = CSource(path)
    found.includes = _INCLUDE.findall(text)
    code = without_hidden(text)
    outside_uses = found.uses.setdefault("", set())
    for directive in _DIRECTIVE.finditer(code):
        if not _INCLUDE.match(directive.group()):
            outside_uses.update(_names(directive.group()))
    code = _ATTRIBUTE.sub(_blank, _DIRECTIVE.sub(_blank, code))

    outside: list[str] = []
    position = 0
    for match in _FUNCTION.finditer(code):
        if match.start() < position or not _is_definition(match.group(1)):
            continue
        name = _CALLABLE.search(match.group(1))
        if name is None:
            continue
        end = _function_end(code, match.end() - 1)
        line = code.count("\n", 0, match.start()) + 1
        length = code.count("\n", match.start(), end) + 1
        head = match.group(1)
        found.functions.append(
            Function(name.group(1), path, line, length, _STATIC.match(head) is not None)
        )
        names = _names(code[match.end() : end])
        found.uses.setdefault(name.group(1), set()).update(names)
        outside.append(code[position : match.start()])
        position = end
    outside.append(code[position:])
    _outside_names(_NO_FUNCTION.sub(" ", "".join(outside)), found)
    found.declares -= {function.name for function in found.functions}
    return found


def read_tree(root: Path, folders: tuple[str, ...]) -> list[CSource]:
    """Reads all C below the folders, in the order of paths."""
    paths = sorted(
        path
        for folder in folders
        for path in (root / folder).rglob("*.[ch]")
        if path.is_file()
    )
    return [
        read_c(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
    ]
