#!/usr/bin/env python3
"""./scripts/redirect: what becomes of a program's calls, and of its variables."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib" / "redirect"))
sys.dont_write_bytecode = True

import symbols  # noqa: E402

LISTS = ROOT / "harness" / "host" / "redirect"

PROGRAM = """
extern char *strchr(const char *, int);
extern void *malloc(unsigned long);
extern int open64(const char *, int, ...);
extern int fork(void);
extern int perhaps(void) __attribute__((weak));
extern char **environ;
int counter = 5;
static int zeros[100];
int common;
__attribute__((constructor)) static void begin(void) { counter++; }
int helper(void) { return counter; }
int main(void) {
    zeros[helper()] = malloc(1) != 0;
    if (perhaps) perhaps();
    return fork() + open64("x", 0) +
           (strchr((char *)environ, 'a') != 0) + (environ != 0) + zeros[common];
}
"""


def run(*command: str, expect: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == expect, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


class Redirect(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def compile(self, text: str, name: str = "program") -> str:
        source = self.folder / f"{name}.c"
        source.write_text(text, encoding="utf-8")
        run("cc", "-w", "-g", "-c", str(source), "-o", str(self.folder / f"{name}.o"))
        return str(self.folder / f"{name}.o")

    def redirect(self, *arguments: str, expect: int = 0) -> str:
        return run(str(ROOT / "scripts" / "redirect"), *arguments, expect=expect)

    def test_says_what_becomes_of_calls(self) -> None:
        said = self.redirect(self.compile(PROGRAM), expect=1)
        self.assertRegex(said, r"pure \(\d+\): .*\bstrchr\b")
        self.assertRegex(said, r"simulated \(\d+\): environ malloc open64\n")
        self.assertRegex(said, r"would trap \(1\):\n  fork, wanted by .*program.o\n$")

    def test_nothing_to_trap(self) -> None:
        said = self.redirect(self.compile("int main(void) { return 0; }"))
        self.assertIn("would trap (0):", said)

    def test_makes_a_program(self) -> None:
        said = self.redirect("--program", "tried", "--out", str(self.folder / "out"),
                             self.compile(PROGRAM))  # fmt: skip
        self.assertIn("program tried: stops when it calls what is not simulated: fork", said)
        made = run("nm", str(self.folder / "out" / "tried.o"))
        undefined = set(re.findall(r"^ +U (\w+)", made, re.M)) - {"_GLOBAL_OFFSET_TABLE_"}
        self.assertEqual(
            undefined,
            {"ob_c_malloc", "ob_c_open", "ob_c_environ", "ob_trap_tried_fork", "strchr"},
        )
        self.assertEqual(re.findall(r" [A-TV-Z] (\w+)", made), ["ob_main_tried"])
        self.assertIn(" w perhaps", made)
        sections = run("objdump", "-h", str(self.folder / "out" / "tried.o"))
        sizes = {name: int(size, 16) for name, size in
                 re.findall(r"^ +\d+ (\S+) +([0-9a-f]+)", sections, re.M)}  # fmt: skip
        self.assertGreaterEqual(sizes["ob_data_tried"], 4)
        self.assertGreaterEqual(sizes["ob_bss_tried"], 404)
        self.assertEqual(sizes["ob_init_tried"], 8)
        for name in (".data", ".bss", ".init_array"):
            self.assertEqual(sizes.get(name, 0), 0, name)
        glue = (self.folder / "out" / "tried.c").read_text(encoding="utf-8")
        self.assertIn("OB_PROGRAM_TRAP(tried, fork)", glue)
        places, _, variables = glue.partition("struct ob_program_variable ")
        sites = re.findall(r'\{(\d+), ([01]), "(.*)"\},', places)
        self.assertIn(("0", "begin"), [(is_call, text) for _, is_call, text in sites])
        calls = [text for _, is_call, text in sites if is_call == "1"]
        self.assertIn("main (program.c:14)", calls)
        self.assertEqual([int(at) for at, _, _ in sites], sorted(int(at) for at, _, _ in sites))
        helper = int(next(at for at, _, text in sites if text == "helper"))
        self.assertIn(f"{helper:016x} t helper", run("nm", str(self.folder / "out" / "tried.o")))
        names = re.findall(r'\{(\d+), ([01]), "(.*)"\},', variables)
        self.assertEqual(
            {("0", "counter"), ("1", "zeros"), ("1", "common")},
            {(is_zeroed, name) for _, is_zeroed, name in names},
        )
        order = [(is_zeroed, int(at)) for at, is_zeroed, _ in names]
        self.assertEqual(sorted(order), order)

    def test_names_that_become_one(self) -> None:
        calls = "int getuid(void), geteuid(void), getgid(void);"
        main = self.compile(f"{calls} int main(void) {{ return getuid() + geteuid() + getgid(); }}")
        for tool in filter(None, (shutil.which("objcopy"), shutil.which("llvm-objcopy"))):
            self.redirect("--objcopy", tool, "--program", "tried", "--out", str(self.folder), main)
            undefined = re.findall(r"^ +U (\w+)", run("nm", str(self.folder / "tried.o")), re.M)
            self.assertEqual(set(undefined) - {"_GLOBAL_OFFSET_TABLE_"}, {"ob_c_getuid"}, tool)

    def test_makes_a_library(self) -> None:
        file = self.compile("int one(void) { return 1; } int two(void) { return 2; } int rest;")
        out = str(self.folder / "out")
        arguments = ("--program", "some", "--out", out, "--export", "one", "--export", "two")
        self.redirect(*arguments, file)
        made = run("nm", str(self.folder / "out" / "some.o"))
        self.assertEqual(re.findall(r" [A-TV-Z] (\w+)", made), ["one", "two"])
        glue = (self.folder / "out" / "some.c").read_text(encoding="utf-8")
        self.assertIn("OB_LIBRARY_DEFINE(some)", glue)
        said = self.redirect(*arguments, "--export", "three", file, expect=2)
        self.assertIn("no file defines three(); --export names another function", said)

    def test_members_of_archives_that_nobody_needs_do_not_count(self) -> None:
        needed = self.compile("int fork(void); int needed(void) { return fork(); }", "needed")
        other = self.compile("int vfork(void); int other(void) { return vfork(); }", "other")
        archive = str(self.folder / "some.a")
        run("ar", "rcs", archive, needed, other)
        main = self.compile("int needed(void); int main(void) { return needed(); }", "main")
        said = self.redirect(main, archive, expect=1)
        self.assertIn("fork, wanted by needed.o", said)
        self.assertNotIn("vfork", said)

    def test_refuses_by_name(self) -> None:
        out = ("--program", "tried", "--out", str(self.folder))
        text = "extern __thread int theirs; int main(void) { return theirs; }"
        local = self.compile(text, "local")
        self.assertIn("theirs is a thread-local", self.redirect(*out, local, expect=2))
        nothing = self.compile("int helper(void) { return 0; }", "nothing")
        self.assertIn("no file defines main()", self.redirect(*out, nothing, expect=2))
        self.assertIn("there is no such file", self.redirect(*out, "missing.o", expect=2))
        self.assertIn("not a C identifier",
                      self.redirect("--program", "a-b", "--out", ".", local, expect=2))  # fmt: skip
        (self.folder / "text.o").write_text("no object", encoding="utf-8")
        self.assertIn("redirect: ", self.redirect(str(self.folder / "text.o"), expect=2))

    def test_another_entry(self) -> None:
        main = self.compile("int serve(void) { return 7; }")
        self.redirect("--program", "tried", "--out", str(self.folder), "--entry", "serve", main)
        self.assertIn(" T ob_main_tried", run("nm", str(self.folder / "tried.o")))


class Lists(unittest.TestCase):
    def test_what_is_simulated_is_there(self) -> None:
        lists = symbols.Lists.read(LISTS / "pure.txt", LISTS / "simulated.txt")
        code = "\n".join(
            path.read_text(encoding="utf-8") for path in (ROOT / "harness" / "host").glob("*.c")
        )
        functions = set(re.findall(r"\bob_c_(\w+)\([^;{}]*\)(?:\(\w+\))?\n\{", code))
        variables = set(re.findall(r"^OB_PROCESS_DATA[^;]*?\bob_c_(\w+)\b", code, re.M))
        self.assertEqual(set(lists.simulated.values()), functions | variables)

    def test_nothing_is_in_both_lists(self) -> None:
        lists = symbols.Lists.read(LISTS / "pure.txt", LISTS / "simulated.txt")
        both = {
            name
            for name in lists.simulated
            if name in lists.pure or lists.patterns.fullmatch(name)
        }
        self.assertEqual(both, set())

    def test_a_line_that_cannot_be_read(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as bad:
            bad.write("fine\nnot fine = at all\n")
            bad.flush()
            with self.assertRaisesRegex(symbols.BadList, r":2: 'not fine = at all'"):
                symbols.Lists.read(LISTS / "pure.txt", Path(bad.name))


if __name__ == "__main__":
    unittest.main()
