"""Checks that read text line by line: widths, blanks at the end, functions of scripts, subjects."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import rules

_CODE_SUFFIXES = {".c", ".h", ".py", ".sh", ".bash", ".bats", ".cmake", ".mjs", ".js", ".awk"}
_SCRIPT = re.compile(r"#!.*\b(?:ba)?sh\b|# shellcheck shell=bash")
_SHOWN = re.compile(
    r'extern "C" \{\n#endif\n#pragma GCC visibility push\(default\)\n'
    r".*\n#pragma GCC visibility pop\n#ifdef __cplusplus\n\}",
    re.DOTALL,
)
_SHELL_FUNCTION = re.compile(r"^([A-Za-z_]\w*)\(\) [{(]$|^@test (.*) \{$")


def tracked_files(root: Path) -> list[str]:
    """The files that git knows, and new ones that it does not ignore; without git, all."""
    command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        names = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        names = [name for name in names if not name.startswith((".git/", "build/"))]
    return sorted({name for name in names if (root / name).is_file()})


def read_text(path: Path) -> str | None:
    """The text of a file; nothing when it holds something else."""
    data = path.read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def is_code(path: str, text: str) -> bool:
    name = Path(path)
    return name.suffix in _CODE_SUFFIXES or name.name == "CMakeLists.txt" or text.startswith("#!")


def is_shell(path: str, text: str) -> bool:
    return Path(path).suffix in {".sh", ".bash", ".bats"} or _SCRIPT.match(text) is not None


def wide_lines(path: str, text: str) -> list[int]:
    """The numbers of the lines of code that are too wide."""
    if not is_code(path, text):
        return []
    lines = enumerate(text.split("\n"), 1)
    return [number for number, line in lines if len(line) > rules.LINE_COLUMNS_MAX]


def width_findings(widths: dict[str, list[int]]) -> Iterator[str]:
    """Wide lines, but for the folders that still may have some: there only if they became more."""
    for folder in sorted({path.split("/", 1)[0] for path in widths}):
        inside = {path: wide for path, wide in widths.items() if path.split("/", 1)[0] == folder}
        held = {path: wide for path, wide in inside.items() if path.endswith((".c", ".h", ".py"))}
        count = sum(len(wide) for path, wide in inside.items() if path not in held)
        allowed = rules.WIDE_LINES.get(folder, 0)
        for path, wide in (held if count <= allowed else inside).items():
            for number in wide:
                yield f"{path}:{number}: wider than {rules.LINE_COLUMNS_MAX} columns"
        if count > allowed > 0:
            yield f"{folder}: {count} wide lines outside of C and Python, no more than {allowed}"


def line_findings(path: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith((" ", "\t")):
            yield f"{path}:{number}: blanks at the end of the line"


def too_long(path: str, line: int, name: str, length: int) -> Iterator[str]:
    if length > rules.FUNCTION_LINES_MAX:
        yield f"{path}:{line}: {name} has {length} lines, at most {rules.FUNCTION_LINES_MAX}"


def shell_findings(path: str, text: str) -> Iterator[str]:
    """Functions and tests begin and end at column 0."""
    begun: tuple[int, str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        match = _SHELL_FUNCTION.match(line)
        if match:
            begun = number, match.group(1) or match.group(2)
        elif begun and line in ("}", ")"):
            yield from too_long(path, begun[0], begun[1], number - begun[0] + 1)
            begun = None


def python_findings(path: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield from too_long(path, node.lineno, node.name, length)


def header_findings(path: str, text: str) -> Iterator[str]:
    """The shared library shows what public headers declare between these lines."""
    is_public = path.startswith("harness/include/offbeat/")
    if is_public and 'extern "C" {' in text and not _SHOWN.search(text):
        yield f"{path}: no `#pragma GCC visibility push(default)` and pop within extern \"C\""


def file_findings(path: str, text: str) -> Iterator[str]:
    yield from line_findings(path, text)
    yield from header_findings(path, text)
    if path.endswith(".py"):
        yield from python_findings(path, text)
    elif is_shell(path, text):
        yield from shell_findings(path, text)


def subject_findings(root: Path, since: str) -> Iterator[str]:
    """Subjects of commits after `since`, where the clone reaches back to it."""
    known = ["git", "-C", str(root), "merge-base", "--is-ancestor", since, "HEAD"]
    log = ["git", "-C", str(root), "log", "--no-merges", "--format=%h %s", f"{since}..HEAD"]
    try:
        if subprocess.run(known, check=False, capture_output=True).returncode != 0:
            return
        lines = subprocess.run(log, check=True, capture_output=True, text=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        return
    for line in lines:
        commit, subject = line.split(" ", 1)
        if len(subject) > rules.SUBJECT_COLUMNS_MAX:
            most = rules.SUBJECT_COLUMNS_MAX
            yield f"commit {commit}: subject of {len(subject)} columns, at most {most}: {subject}"
