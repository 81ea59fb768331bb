"""Campaigns for tests: their modules, and source trees in which stubs stand for the programs."""

from __future__ import annotations

import json
import re
import shutil
import sys
import unittest.mock
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib/campaign"))
sys.dont_write_bytecode = True

from campaign import Campaign  # noqa: E402
from settings import Settings  # noqa: E402
from state import State  # noqa: E402

# Tests kill processes, not machines, and need not wait for disks.
unittest.mock.patch("os.fsync").start()

# The command: archives are plain tar, inputs fail when they begin with "bad".
OFFBEAT = r"""#!/bin/sh
archive_of() { tar -cf "$1.tmp" -C "$2" . && mv "$1.tmp" "$1"; }
case "$1 $2" in
"list --json") cat "$(dirname "$0")/list.json" ;;
"corpus verify") tar -tf "$3" >/dev/null 2>&1 ;;
"corpus unpack") mkdir -p "$4" && tar -xf "$3" -C "$4" ;;
"corpus add" | "corpus pack")
    work=$(mktemp -d) && target=$3
    [ "$2" = pack ] || [ ! -f "$target" ] || tar -xf "$target" -C "$work" || exit 2
    shift 3
    for folder; do cp "$folder"/* "$work"/; done
    archive_of "$target" "$work" && rm -r "$work" ;;
"corpus minimize") archive_of "$6" "$4" ;;
"run "*)
    shift 2
    for file; do
        case $(head -c 3 "$file") in
        bad) echo "$file: violated one" ;;
        *) echo "$file: ok 1" ;;
        esac
    done ;;
"triage "*)
    mkdir -p "$4" && cd "$2" || exit 2
    separator= && found=0
    {
        printf '{"others": [], "buckets": ['
        for folder in *; do
            [ -n "$(ls "$folder")" ] || continue
            printf '%s{"id": "%s", "target": "%s", "variant": "%s", "invariant": "one",' \
                "$separator" "$folder" "${folder%-*}" "${folder#*-}"
            printf ' "signature": "s", "inputs": [{"path": "a"}]}'
            separator=', ' && found=1
        done
        printf ']}\n'
    } >"$4/.json" && mv "$4/.json" "$4/triage.json"
    for folder in *; do [ -z "$(ls "$folder")" ] || exit 1; done ;;
"dict "*) echo '"a"' ;;
*) exit 2 ;;
esac
"""

# libFuzzer: keeps an input every tenth of a second; fuzz_t_racy fails at its third.
FUZZER = r"""#!/bin/sh
for word; do
    case $word in
    -artifact_prefix=*) artifacts=${word#*=} ;;
    -max_total_time=*) ends=$(($(date +%s) + ${word#*=})) ;;
    -runs=*) runs=${word#*=} ;;
    -seed=*) seed=${word#*=} ;;
    */found) found=$word ;;
    esac
done
number=0
trap 'exit 0' TERM
while [ "$(date +%s)" -lt "$ends" ] && [ "$number" -lt "${runs:-1000000}" ]; do
    number=$((number + 1))
    printf 'ok %s.%s' "$seed" "$number" >"$found/.tmp" && mv "$found/.tmp" "$found/$seed.$number"
    echo "#$number NEW cov: $number ft: $number corp: $number/1b exec/s: 10 rss: 1Mb"
    case $0,$number in
    *racy,3)
        printf 'bad %s' "$seed" >"$artifacts/crash-$seed"
        exit 77 ;;
    esac
    sleep 0.1
done
echo "stat::number_of_executed_units: $number"
"""

SUBJECTS = ("t/racy", "t/fixed")

# What makes nights of hours wait for seconds makes nights of seconds wait for less.
HURRY = {
    "subjects.py": {"TURN_SECONDS_MIN": "1"},
    "turn.py": {"START_SECONDS_MIN": "0"},
    "night.py": {"TURN_SECONDS_LEAST": "1", "TICK_SECONDS": "0.1", "CLOCK_SECONDS": "1.0"},
    "keeper.py": {"TICK_SECONDS": "0.1"},
    "canary.py": {"TICK_SECONDS": "0.1"},
}


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def make_tree(folder: Path) -> Path:
    """A source tree with this one's scripts, where nothing needs to be built."""
    library = folder / "scripts/lib"
    shutil.copytree(ROOT / "scripts/lib/campaign", library / "campaign")
    shutil.copy(ROOT / "scripts/lib/engines.sh", library)
    shutil.copytree(ROOT / "harness/report/html", folder / "harness/report/html")
    write_program(library / "campaign/prepare.sh", "#!/bin/sh\n")
    for name, constants in HURRY.items():
        path = library / "campaign" / name
        text = path.read_text()
        for constant, value in constants.items():
            text, count = re.subn(rf"(?m)^{constant} = .*", f"{constant} = {value}", text)
            assert count == 1, constant
        path.write_text(text)
    write_program(folder / "build/bin/offbeat", OFFBEAT)
    listed = {"targets": [{"name": "t", "variants": ["racy", "fixed"], "fails": ["racy"]}]}
    (folder / "build/bin/list.json").write_text(json.dumps(listed))
    for subject in SUBJECTS:
        name = f"fuzz_{subject.replace('/', '_')}"
        write_program(folder / "build/libfuzzer/bin" / name, FUZZER)
    return folder


def make_campaign(folder: Path, root: Path | None = None, **changes: object) -> Campaign:
    """One that has begun, with nothing in it."""
    settings = Settings(subjects=" ".join(SUBJECTS), jobs=1, engines="libfuzzer", canary="none")
    settings.disk, settings.memory = str(1 << 30), str(1 << 30)
    for key, value in changes.items():
        setattr(settings, key, value)
    for name in ("state", "turns", "inputs", "new", "crashes"):
        (folder / name).mkdir(parents=True)
    settings.save(folder / "settings.tsv")
    return Campaign(root or folder.parent, folder, settings, State(folder))


def make_turn_folder(folder: Path, number: int = 1, subject: str = "t/racy") -> Path:
    """What engines leave: three inputs, of which two are alike, and a failing one."""
    turn = folder / "turns" / f"{number:06}"
    for inner in ("libfuzzer-1/found", "libfuzzer-1/artifacts", "afl/main/queue"):
        (turn / inner).mkdir(parents=True)
    (turn / "turn.tsv").write_text(f"{number}\t1700000000\t{subject}\t7\t8\n")
    (turn / "libfuzzer-1/found/a").write_text(f"ok {number}")
    (turn / "libfuzzer-1/found/empty").write_text("")
    (turn / "afl/main/queue/id:000000,orig:seed").write_text("ok given")
    (turn / "afl/main/queue/id:000001,src:0").write_text(f"ok {number}")
    (turn / "afl/main/queue/id:000002,src:0").write_text(f"ok afl {number}")
    (turn / "libfuzzer-1/artifacts/crash-x").write_text(f"bad {number}")
    (turn / "libfuzzer-1.log").write_text("#100\tNEW    cov: 5 ft: 9 corp: 2/9b exec/s: 10\n")
    return turn


def contents_of(folder: Path) -> set[str]:
    return {path.read_text() for path in folder.rglob("*") if path.is_file()}
