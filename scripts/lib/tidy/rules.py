"""What the tree is held to. The checks are in the files beside this one; here are only tables."""

from __future__ import annotations

LINE_COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
SUBJECT_COLUMNS_MAX = 72

# Two files that need each other are a pair; more are a circle.
CIRCLE_FILES_MAX = 2

# The folders that hold C.
C_FOLDERS = ("harness", "targets", "tests")

# Layer: the layers whose headers it includes, and through them those that they include. This is
# the picture in harness/README.md. Tests look into everything; their models are targets.
LAYERS: dict[str, tuple[str, ...]] = {
    "include/offbeat": (),
    "base": (),
    "scenario": ("include/offbeat", "base"),
    "world": ("scenario",),
    "oracle": ("world",),
    "search": ("world",),
    "report": ("world",),
    "host/kernel": (),
    "host": ("world", "host/kernel"),
    "engine": ("search", "report"),
    "corpus": ("base",),
    "triage": ("search", "report", "corpus"),
    "cli": ("triage",),
    "patterns": ("include/offbeat",),
    "targets": ("include/offbeat",),
    "tests/models": ("include/offbeat",),
    "tests/regressions": ("include/offbeat",),
    "tests/hosts": ("include/offbeat",),
    "tests": ("engine", "cli", "oracle", "host", "patterns", "targets"),
}

# Pattern of names: who calls the function, where no line of C does.
ENTRY_POINTS = {
    "main": "the system",
    "LLVMFuzzer.*": "libFuzzer and what speaks like it",
    "afl_custom_.*": "AFL++",
    "__sanitizer_.*|__ubsan_.*|__asan_.*|__lsan_.*": "the sanitizers' runtime",
    "__wrap_.*": "what the linker leads past the harness (--wrap)",
    "ob_c_.*": "programs of hosts, whose calls ./scripts/redirect names so",
    "stand_in_.*": "the harness, for which tests link them in the place of its own",
    "ob_host_trap": "what ./scripts/redirect writes",
    "ob_debug_.*": "gdb, by the commands that `offbeat debug` writes",
}

# Function of the harness that tests alone call: why it stays.
TESTS_ONLY: dict[str, str] = {
    "ob_archive_read": "whole sets are for tests and benchmarks; the command reads one by one",
    "ob_archive_read_memory": "as ob_archive_read",
}

# In these each header declares only what the file of its name defines.
OWN_HEADER_FOLDERS = ("harness/world",)

# Kind of graph and folder: how many files the largest circle in it has. These are to become fewer.
KNOWN_CIRCLES: dict[tuple[str, str], int] = {
    ("includes", "harness/scenario"): 3,
    ("calls", "harness/scenario"): 3,
    ("calls", "harness/search"): 3,
}

# Folder: how many lines outside of C and Python are too wide. These are to become fewer.
WIDE_LINES: dict[str, int] = {
    "CMakeLists.txt": 3,
    "harness": 35,
    "scripts": 166,
    "targets": 2,
    "tests": 182,
}

# Subjects are checked from this commit on.
SUBJECTS_SINCE = "101b138"
