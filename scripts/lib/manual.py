#!/usr/bin/env python3
"""Manual pages, and completion for bash and zsh, of what the command and its scripts say by --help.

    manual.py --command OFFBEAT --scripts FOLDER --out FOLDER

writes offbeat.1, a page offbeat-NAME.1 a command, offbeat.bash and _offbeat. Nothing in them is
written by hand, so they say what --help says.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

COMMAND_LINE = re.compile(r"^  ([a-z-]+) +([A-Z].*)$")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*\b")


@dataclass(frozen=True)
class Page:
    """What is known of a command."""

    name: str
    summary: str
    text: str  # all of its --help

    def options(self) -> list[str]:
        found = set(OPTION.findall(self.text)) - {"-h", "--help"}
        are_options = (word for word in found if len(word) == 2 or word.startswith("--"))
        return [*sorted(are_options), "--help"]


def help_of(command: list[str]) -> str:
    text = subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout
    return text.replace("./scripts/", "offbeat ")


def commands_of(text: str) -> list[tuple[str, str]]:
    """Name and summary of each command that `offbeat --help` lists."""
    lines = (COMMAND_LINE.match(line) for line in text.split("\n"))
    return [(match[1], match[2]) for match in lines if match]


def read_pages(command: str, scripts: Path) -> list[Page]:
    """The first is that of the command itself."""
    whole = help_of([command])
    pages = [Page("", "finds, replays, minimizes and explains races of messages", whole)]
    for name, summary in commands_of(whole):
        script = scripts / name
        script = script / "command" if script.is_dir() else script
        by_script = script.is_file() and name != "triage"
        text = help_of([str(script)] if by_script else [command, name])
        pages.append(Page(name, summary, text))
    return pages


# -- manual pages --


def escape(line: str) -> str:
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{line}" if line[:1] in (".", "'") else line


def roff(page: Page, version: str) -> str:
    title = f"offbeat-{page.name}" if page.name else "offbeat"
    head = [
        f'.TH {title.upper()} 1 "" "Offbeat {version}" "Offbeat"',
        ".SH NAME",
        f"{escape(title)} \\- {escape(page.summary.rstrip('.'))}",
        ".SH DESCRIPTION",
        ".nf",
    ]
    body = [escape(line) for line in page.text.rstrip("\n").split("\n")]
    other = "each command has a page: offbeat\\-run(1)" if not page.name else "offbeat(1)"
    return "\n".join([*head, *body, ".fi", ".SH SEE ALSO", other, ""])


# -- completion --


def bash_completion(pages: list[Page]) -> str:
    names = " ".join(page.name for page in pages[1:])
    words = {page.name: " ".join(page.options()) for page in pages[1:]}
    cases = "\n".join(f"    {name}) words='{options}' ;;" for name, options in words.items())
    return f"""# Completion of offbeat for bash. Generated from its --help.
_offbeat() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} words=''
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W '{names} --help --version' -- "$word")
        return
    fi
    case ${{COMP_WORDS[1]}} in
{cases}
    esac
    if [[ $word != -* ]]; then
        words=$("${{COMP_WORDS[0]}}" list 2>/dev/null | awk '{{ print $1 }}')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"; compgen -f -- "$word")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o filenames -F _offbeat offbeat
"""


def zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''").replace(":", "\\:") + "'"


def zsh_completion(pages: list[Page]) -> str:
    names = "\n".join(f"    {page.name}:{zsh_quoted(page.summary)}" for page in pages[1:])
    words = {page.name: " ".join(page.options()) for page in pages[1:]}
    cases = "\n".join(f"    {name}) options=({options}) ;;" for name, options in words.items())
    return f"""#compdef offbeat
# Completion of offbeat for zsh. Generated from its --help.
local -a commands options
commands=(
{names}
)
if ((CURRENT == 2)); then
    _describe command commands
    return
fi
case $words[2] in
{cases}
esac
if [[ $PREFIX == -* ]]; then
    compadd -- $options
else
    compadd -- $(offbeat list 2>/dev/null | awk '{{ print $1 }}')
    _files
fi
"""


def write(out: Path, pages: list[Page], version: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for page in pages:
        name = f"offbeat-{page.name}.1" if page.name else "offbeat.1"
        (out / name).write_text(roff(page, version), encoding="utf-8")
    (out / "offbeat.bash").write_text(bash_completion(pages), encoding="utf-8")
    (out / "_offbeat").write_text(zsh_completion(pages), encoding="utf-8")


def main(arguments: list[str]) -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    for option in ("--command", "--scripts", "--out"):
        reader.add_argument(option, required=True)
    options = reader.parse_args(arguments)
    version = subprocess.run([options.command, "--version"], check=True, capture_output=True)
    pages = read_pages(options.command, Path(options.scripts))
    write(Path(options.out), pages, version.stdout.decode().split()[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
