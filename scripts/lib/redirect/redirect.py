#!/usr/bin/env python3
"""Makes a program out of objects and archives that runs in a world, or says what it would take.

`./scripts/redirect` calls it; see there for options and exit codes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import elf
import sites
import symbols

LISTS = Path(__file__).resolve().parents[3] / "harness" / "host" / "redirect"

# Constructors of sanitizers and instrumentation, which run when the whole program starts. Those of
# programs have 101 as their first priority, or none.
OURS_UP_TO = 100


class Trouble(Exception):
    """What ends the script with 2, as one line."""


@dataclass(frozen=True)
class Tools:
    ld: str
    objcopy: str
    nm: str
    readelf: str
    addr2line: str


def run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Trouble(f"{command[0]}: {error.strerror}; --help says how to name another") from error
    if done.returncode != 0:
        line = (done.stderr.strip().splitlines() or ["failed"])[0]
        raise Trouble(f"{command[0]}: {line}")
    return done.stdout


def linker_script(program: str) -> str:
    """Gathers code and what a run changes into sections of the program's own, each at address 0,
    so that addresses are offsets. What is not named stays."""
    lines = ["SECTIONS", "{"]
    for kind in ("init", "fini"):
        for number in range(OURS_UP_TO + 1):
            names = {f".{kind}_array.{number}", f".{kind}_array.{number:05}"}
            lines += [f"  {name} 0 : {{ KEEP(*({name})) }}" for name in sorted(names)]
    lines += [
        "  .data.rel.ro 0 : { *(.data.rel.ro .data.rel.ro.*) }",
        f"  ob_text_{program} 0 : {{ *(.text .text.* .ltext .ltext.*) }}",
        f"  ob_data_{program} 0 : {{ *(.data .data.* .ldata .ldata.*) }}",
        f"  ob_bss_{program} 0 : {{ *(.bss .bss.* .lbss .lbss.* COMMON) }}",
    ]
    for kind, part in (("tdata", "data"), ("tbss", "bss")):
        name = f"ob_thread_{part}"
        lines.append(
            f"  .{kind} 0 : {{ {name}_{program} = .; *(.{kind} .{kind}.*) "
            f"{name}_end_{program} = .; }}"
        )
    for kind, older in (("init", "ctors"), ("fini", "dtors")):
        lines.append(
            f"  ob_{kind}_{program} 0 : {{ *(SORT_BY_INIT_PRIORITY(.{kind}_array.*)) "
            f"*(.{kind}_array) *(SORT(.{older}.*)) *(.{older}) }}"
        )
    return "\n".join([*lines, "}", ""])


def gather(
    tools: Tools, program: str, entries: Sequence[str], files: Sequence[str], out: Path
) -> None:
    """One object of all, whose undefined symbols are what the program calls."""
    for file in files:
        if not Path(file).is_file():
            raise Trouble(f"{file}: there is no such file")
    with tempfile.NamedTemporaryFile("w", suffix=".ld") as script:
        script.write(linker_script(program))
        script.flush()
        wanted = [option for entry in entries for option in ("-u", entry)]
        run(tools.ld, "-r", "-d", "--force-group-allocation", *wanted, "-T", script.name,
            "-o", str(out), "--start-group", *files, "--end-group")  # fmt: skip


def thread_parts(found: Iterable[symbols.Symbol]) -> list[str]:
    """The parts of thread-local variables that there are, see the linker's script."""
    sections = {symbol.section for symbol in found if symbol.is_thread_local}
    return [part for part, section in (("data", ".tdata"), ("bss", ".tbss")) if section in sections]


def refuse(
    found: Iterable[symbols.Symbol], entries: Sequence[str], files: Sequence[str], option: str
) -> None:
    """What cannot run in a world, whatever is simulated."""
    missing = list(entries)
    for symbol in found:
        if symbol.name in missing and not symbol.is_undefined:
            missing.remove(symbol.name)
    if missing:
        raise Trouble(
            f"{files[0]}: no file defines {missing[0]}(); {option} names another function"
        )


def refuse_strangers(found: Iterable[symbols.Symbol], calls: symbols.Calls) -> None:
    """A variable of a thread cannot trap as a call does."""
    for symbol in found:
        if symbol.is_thread_local and symbol.name in calls.trapped:
            raise Trouble(
                f"{symbol.name} is a thread-local variable of a library that is not here; add its "
                "archive, or leave out who uses it"
            )


def wanted_by(tools: Tools, files: Sequence[str], names: set[str]) -> Mapping[str, str]:
    """Of each name a file, or the member of an archive, that wants it."""
    users: dict[str, str] = {}
    for file in files:
        for line in run(tools.nm, "-A", "-u", file).splitlines():
            place, _, name = line.rpartition(" ")
            if name in names:
                users.setdefault(name, place.rsplit(":", 1)[0].removeprefix(f"{file}:"))
    return users


def report(calls: symbols.Calls, users: Mapping[str, str]) -> None:
    for title, names in (("pure", calls.pure), ("simulated", sorted(calls.simulated))):
        print(f"{title} ({len(names)}): {' '.join(sorted(names))}")
    print(f"would trap ({len(calls.trapped)}):")
    for name in sorted(calls.trapped):
        print(f"  {name}, wanted by {users.get(name, 'a file that was made of others')}")


def find_sites(
    tools: Tools, program: str, found: Sequence[symbols.Symbol], merged: Path
) -> list[str]:
    """Entries of the table of places, for calls of what is ours."""
    section = f"ob_text_{program}"
    offsets = sites.call_sites(run(tools.readelf, "-rW", str(merged)), section)
    lines = ""
    if offsets:
        lines = run(tools.addr2line, "-f", "-j", section, "-e", str(merged),
                    *(hex(offset - 1) for offset in offsets))  # fmt: skip
    return sites.table(sites.functions(found, section), offsets, lines)


def write_program(
    program: str,
    calls: symbols.Calls,
    places: Sequence[str],
    found: Sequence[symbols.Symbol],
    kind: str,
    out: Path,
) -> None:
    of_threads = thread_parts(found)
    lines = [
        f"/* Generated by scripts/redirect: the program {program}. */",
        '#include "host/program.h"',
        "",
        *(f"OB_PROGRAM_TRAP({program}, {name})" for name in sorted(calls.trapped)),
        f"static const struct ob_program_site ob_sites_{program}[] = {{",
        *(f"    {place}," for place in places),
        "    {UINT32_MAX, 0, \"\"},",
        "};",
        f"static const struct ob_program_variable ob_variables_{program}[] = {{",
        *(f"    {variable}," for variable in sites.variables(found, program)),
        "    {UINT32_MAX, 1, NULL},",
        "};",
        *(
            f"OB_PROGRAM_{'' if part in of_threads else 'NO_'}THREAD_PART({program}, {part})"
            for part in ("data", "bss")
        ),
        f"OB_{kind}_DEFINE({program});",
        "",
    ]
    out.write_text("\n".join(lines), encoding="utf-8")


def rename(tools: Tools, names: Mapping[str, str], out: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".syms") as table:
        table.writelines(f"{old} {new}\n" for old, new in names.items())
        table.flush()
        run(tools.objcopy, f"--redefine-syms={table.name}", str(out))


def redirect(
    tools: Tools,
    program: str,
    entry: str,
    exports: Sequence[str],
    found: Sequence[symbols.Symbol],
    calls: symbols.Calls,
    out: Path,
) -> None:
    """Names what the object calls anew, and leaves it the names that others call."""
    names = {} if exports else {entry: f"ob_main_{program}"}
    names |= {name: f"ob_c_{ours}" for name, ours in calls.simulated.items()}
    names |= {name: f"ob_trap_{program}_{name}" for name in calls.trapped}
    for renames in symbols.passes(names):
        rename(tools, renames, out)

    # Another step, as tools differ in what they do first.
    bounds = [
        f"ob_thread_{part}{end}_{program}" for part in thread_parts(found) for end in ("", "_end")
    ]
    kept = [*(exports or [f"ob_main_{program}"]), *bounds]
    run(tools.objcopy, *(f"--keep-global-symbol={name}" for name in kept), str(out))
    if bounds:
        elf.mark_thread_local(out, bounds)


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="redirect", add_help=False)
    parser.add_argument("--program", default="")
    parser.add_argument("--out", default="")
    parser.add_argument("--entry", default="main")
    parser.add_argument("--export", action="append", default=[])
    parser.add_argument("--ld", default="ld")
    parser.add_argument("--objcopy", default="objcopy")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--readelf", default="readelf")
    parser.add_argument("--addr2line", default="addr2line")
    parser.add_argument("files", nargs="+")
    parsed = parser.parse_args(arguments)
    if bool(parsed.program) != bool(parsed.out):
        parser.error("--program and --out go together")
    if parsed.program and not parsed.program.isidentifier():
        parser.error(f"--program {parsed.program}: it is not a C identifier")
    return parsed


def work(asked: argparse.Namespace) -> int:
    tools = Tools(asked.ld, asked.objcopy, asked.nm, asked.readelf, asked.addr2line)
    lists = symbols.Lists.read(LISTS / "pure.txt", LISTS / "simulated.txt")
    program = asked.program or "program"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(asked.out or folder)
        out.mkdir(parents=True, exist_ok=True)
        merged = out / f"{program}.o"
        entries = asked.export or [asked.entry]
        gather(tools, program, entries, asked.files, merged)
        found = symbols.parse_nm(run(tools.nm, "--format=sysv", str(merged)))
        if asked.program:
            refuse(found, entries, asked.files, "--export" if asked.export else "--entry")
        calls = lists.sort(found)
        users = wanted_by(tools, asked.files, set(calls.trapped))
        refuse_strangers(found, calls)
        if not asked.program:
            report(calls, users)
            return int(bool(calls.trapped))
        redirect(tools, program, asked.entry, asked.export, found, calls, merged)
        places = find_sites(tools, program, found, merged)
        kind = "LIBRARY" if asked.export else "PROGRAM"
        write_program(program, calls, places, found, kind, out / f"{program}.c")
    if calls.trapped:
        names = ", ".join(f"{name} ({users.get(name, '?')})" for name in sorted(calls.trapped))
        print(f"program {program}: stops when it calls what is not simulated: {names}")
    return 0


def main() -> int:
    try:
        return work(parse_arguments(sys.argv[1:]))
    except (Trouble, symbols.BadList) as trouble:
        print(f"redirect: {trouble}", file=sys.stderr)
    except OSError as error:
        print(f"redirect: {error.filename}: {error.strerror}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
