#!/usr/bin/env python3
"""usage: reference_filter.py HEADER: prints a public header with its comments as Doxygen reads
them. A comment behind code tells of that code, one by itself of what follows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

COMMENT = re.compile(r"/\*(?![*!])(.*?)\*/", re.DOTALL)
# What Doxygen would take for commands, HTML or links of its own.
SPECIAL = re.compile(r"([\\@<>#%$&])")


def is_behind_code(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at].strip()
    is_directive = line.startswith("#") and not line.startswith("#define")
    return bool(line) and not is_directive and not line.endswith(("{", "("))


def escaped(words: str) -> str:
    """Words as they are; what is indented is code."""
    lines, in_code = [], False
    for line in words.split("\n"):
        plain = line.strip().removeprefix("*")
        is_code = plain.startswith("     ") or (in_code and not plain.strip())
        if is_code != in_code:
            lines.append(" * @code{.c}" if is_code else " * @endcode")
        in_code = is_code
        lines.append(f" *{plain}" if is_code else " *" + SPECIAL.sub(r"\\\1", plain))
    return "\n".join([*lines, " * @endcode"] if in_code else lines)


def converted(text: str) -> str:
    parts, last = [], 0
    for match in COMMENT.finditer(text):
        mark = "/**<" if is_behind_code(text, match.start()) else "/**"
        first, _, rest = match[1].partition("\n")
        words = SPECIAL.sub(r"\\\1", first) + ("\n" + escaped(rest) if rest else "")
        parts += [text[last : match.start()], mark, words, "*/"]
        last = match.end()
    return "".join(parts) + text[last:]


def main(path: Path) -> None:
    text = converted(path.read_text(encoding="utf-8"))
    name = f"offbeat/{path.name}"
    # The comment that a header begins with is of the header.
    if text.startswith("/**"):
        text = text.replace("/**", f"/** @file {name}\n *", 1)
    sys.stdout.write(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
