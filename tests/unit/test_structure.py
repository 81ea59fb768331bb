"""Tests of the checks of structure, scripts/lib/tidy."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib/tidy"))
sys.dont_write_bytecode = True

import graph  # noqa: E402
import links  # noqa: E402
import rules  # noqa: E402
import structure  # noqa: E402
import style  # noqa: E402
from c_source import CSource, read_c  # noqa: E402

SMALL = '''\
#include <stdio.h>
#include "world/world.h"
#define TWICE(x) (grow(x) + grow(x))

/* Not a call: hidden(1), and no "string. */
int ob_declared(int a,
                int b) __attribute__((format(printf, 1, 2)));
static const char *const texts[] = {"quoted(2)", "{"};
static int (*const table[])(int) = {tabled};
int (*pointer)(int) = pointed;

static int
helper(int a)
{
    if (a == '}')
        return called(a);
    return helper(a - 1);
}

struct ob_thing *ob_make(void)
{
    return helper(1) ? NULL : NULL;
}
OB_TARGET(thing, .setup = setup);
'''


def sources(**texts: str) -> list[CSource]:
    """Files by their paths, of which `__` stands for a slash and `_h` or `_c` for the ending."""
    return [
        read_c(name.replace("__", "/")[:-2] + "." + name[-1], text) for name, text in texts.items()
    ]


def function(name: str, body: str = "") -> str:
    return f"int {name}(void)\n{{\n    return {body or 0};\n}}\n"


class Reading(unittest.TestCase):
    def setUp(self) -> None:
        self.found = read_c("harness/world/a.c", SMALL)

    def test_functions(self) -> None:
        found = [(one.name, one.line, one.length, one.is_static) for one in self.found.functions]
        self.assertEqual(found, [("helper", 12, 7, True), ("ob_make", 20, 4, False)])

    def test_includes(self) -> None:
        self.assertEqual(self.found.includes, ["stdio.h", "world/world.h"])

    def test_uses(self) -> None:
        self.assertIn("called", self.found.uses["helper"])
        self.assertLessEqual({"grow", "tabled", "pointed", "setup"}, self.found.uses[""])
        everything = set().union(*self.found.uses.values())
        self.assertFalse({"hidden", "quoted", "ob_declared"} & everything)

    def test_tags_and_members_are_no_functions(self) -> None:
        found = read_c("a.c", function("ob_a", "((struct ob_tag *)one)->member + two.part + call"))
        self.assertEqual(found.uses["ob_a"], {"return", "one", "two", "call"})

    def test_inline_is_static(self) -> None:
        found = read_c("a.h", "OB_INLINE " + function("ob_a"))
        self.assertTrue(found.functions[0].is_static)

    def test_declared(self) -> None:
        self.assertIn("ob_declared", self.found.declares)
        self.assertNotIn("ob_make", self.found.declares)


class Arrows(unittest.TestCase):
    def test_layer_of_a_file(self) -> None:
        for path, layer in (
            ("harness/include/offbeat/task.h", "include/offbeat"),
            ("harness/world/world.c", "world"),
            ("targets/order/order.c", "targets"),
            ("tests/models/raft.c", "tests/models"),
            ("tests/unit/test_file.c", "tests"),
        ):
            self.assertEqual(graph.layer_of(path, rules.LAYERS), layer)

    def test_against_the_picture(self) -> None:
        tree = sources(
            harness__world__a_c='#include "search/b.h"\n#include "base/c.h"\n',
            harness__search__b_h='#include "base/c.h"\n',
            harness__base__c_h="",
            targets__t__t_c='#include "world/w.h"\n',
            harness__world__w_h="",
        )
        found = list(structure.arrow_findings(tree))
        self.assertEqual(
            found,
            [
                "harness/world/a.c: includes harness/search/b.h, but world must not know search",
                "targets/t/t.c: includes harness/world/w.h, but targets must not know world",
            ],
        )

    def test_folder_without_layer(self) -> None:
        tree = sources(harness__new__a_c='#include "base/c.h"\n', harness__base__c_h="")
        self.assertIn("is no layer", list(structure.arrow_findings(tree))[0])

    def test_picture_has_no_circle(self) -> None:
        for layer in rules.LAYERS:
            self.assertNotIn(layer, graph.known_to(layer, rules.LAYERS))


class Circles(unittest.TestCase):
    def test_found_whatever_leads_into_them(self) -> None:
        edges = {"a": {"b"}, "b": {"c"}, "c": {"d", "b"}, "d": {"e"}, "e": {"d", "c"}, "x": {"a"}}
        self.assertEqual(graph.circles(edges), [["b", "c", "d", "e"]])
        self.assertEqual(graph.circles({"a": {"b"}, "b": {"c"}, "c": set()}), [])

    def test_header_and_source_are_one(self) -> None:
        tree = sources(
            harness__base__a_c='#include "base/b.h"\n',
            harness__base__a_h="",
            harness__base__b_c='#include "base/c.h"\n#include "base/b.h"\n',
            harness__base__b_h="",
            harness__base__c_h='#include "base/a.h"\n',
        )
        rooms = graph.rooms(graph.includes_of(tree))
        found = list(structure.circle_findings("includes", rooms, {}))
        self.assertEqual(len(found), 1)
        self.assertIn("harness/base/a harness/base/b harness/base/c", found[0])
        known = {("includes", "harness/base"): 3}
        self.assertEqual(list(structure.circle_findings("includes", rooms, known)), [])

    def test_table_that_allows_too_much(self) -> None:
        found = list(structure.circle_findings("calls", {}, {("calls", "harness/base"): 4}))
        self.assertEqual(len(found), 1)
        self.assertEqual(list(structure.circle_findings("calls", {"a": {"b"}, "b": {"a"}}, {})), [])

    def test_calls_of_functions_in_headers(self) -> None:
        tree = sources(
            a_h="static inline " + function("ob_a"), b_c=function("ob_b", "ob_a()")
        )
        self.assertEqual(list(graph.calls_of(tree)), [("b.c", "a.h")])

    def test_calls(self) -> None:
        tree = sources(
            harness__base__a_c=function("ob_a", "ob_b() + same()") + "static " + function("same"),
            harness__base__b_c=function("ob_b") + function("same"),
        )
        self.assertEqual(set(graph.calls_of(tree)), {("harness/base/a.c", "harness/base/b.c")})
        self.assertEqual(graph.rooms(graph.calls_of(tree)), {"harness/base/a": {"harness/base/b"}})


class Headers(unittest.TestCase):
    def test_header_of_another_file(self) -> None:
        tree = sources(
            a__x_h="int ob_x(void);\nint ob_y(void);\n",
            a__x_c=function("ob_x"),
            a__y_c=function("ob_y") + "static " + function("ob_x"),
            b__z_c=function("ob_x"),
        )
        found = list(structure.header_findings(tree, ["a"]))
        self.assertEqual(found, ["a/x.h: declares ob_y, which a/y.c defines"])


class Dead(unittest.TestCase):
    def found(self, tree: list[CSource], tests_only: dict[str, str] | None = None) -> list[str]:
        return list(structure.dead_findings(tree, tests_only=tests_only or {}))

    def test_only_itself(self) -> None:
        tree = sources(harness__base__a_c=function("ob_again", "ob_again()") + function("main"))
        self.assertEqual(self.found(tree), ["harness/base/a.c:1: ob_again: nobody calls it"])

    def test_declared_is_not_called(self) -> None:
        tree = sources(harness__base__a_c=function("ob_a"), harness__base__a_h="int ob_a(void);\n")
        self.assertEqual(len(self.found(tree)), 1)

    def test_namesake_elsewhere(self) -> None:
        other = "static " + function("ob_a") + function("main", "ob_a()")
        tree = sources(harness__base__a_c=function("ob_a"), harness__base__b_c=other)
        self.assertEqual(len(self.found(tree)), 1)

    def test_macro_calls(self) -> None:
        header = "#define OB_A() \\\n    ob_a()\n"
        tree = sources(harness__base__a_c=function("ob_a"), harness__base__a_h=header)
        self.assertEqual(self.found(tree), [])

    def test_tests_only(self) -> None:
        tree = sources(
            harness__base__a_c=function("ob_a"), tests__unit__t_c=function("main", "ob_a()")
        )
        self.assertIn("only tests call it (tests/unit/t.c)", self.found(tree)[0])
        self.assertEqual(self.found(tree, {"ob_a": "because"}), [])
        self.assertEqual(len(self.found(tree, {"ob_a": "because", "ob_gone": "because"})), 1)

    def test_public(self) -> None:
        tree = sources(
            harness__base__a_c=function("ob_a"),
            harness__include__offbeat__a_h="int ob_a(void);\n",
        )
        self.assertEqual(self.found(tree), [])


class Style(unittest.TestCase):
    def test_lines(self) -> None:
        wide = "x" * rules.LINE_COLUMNS_MAX
        self.assertEqual(style.wide_lines("a.c", wide + "\n" + "é" * 100 + "\n"), [])
        self.assertEqual(style.wide_lines("a.c", "\n" + wide + "x\n"), [2])
        self.assertEqual(style.wide_lines("a", "#!/bin/sh\n" + wide + "x\n"), [2])
        self.assertEqual(style.wide_lines("a.md", wide + "x\n"), [])
        self.assertEqual(len(list(style.file_findings("a.md", "x \ny\t\n"))), 2)

    def test_public_headers_show_their_functions(self) -> None:
        begins, ends = "#ifdef __cplusplus\nextern \"C\" {\n#endif\n", "#ifdef __cplusplus\n}\n"
        c_of_cplusplus = begins + "%svoid f(void);\n%s" + ends
        shown = ("#pragma GCC visibility push(default)\n", "#pragma GCC visibility pop\n")
        name = "harness/include/offbeat/a.h"
        self.assertEqual(list(style.file_findings(name, c_of_cplusplus % shown)), [])
        for lines in (("", ""), (shown[0], ""), ("", shown[1])):
            self.assertEqual(len(list(style.file_findings(name, c_of_cplusplus % lines))), 1)
        others = list(style.file_findings("harness/base/a.h", c_of_cplusplus % ("", "")))
        self.assertEqual(others, [])

    def test_folders_with_wide_lines(self) -> None:
        with unittest.mock.patch.dict(rules.WIDE_LINES, {"scripts": 2}, clear=True):
            few: dict[str, list[int]] = {"scripts/a": [1, 2], "scripts/b.py": [], "tests/c.c": []}
            self.assertEqual(list(style.width_findings(few)), [])
            self.assertEqual(len(list(style.width_findings({**few, "scripts/b.py": [1]}))), 1)
            self.assertEqual(len(list(style.width_findings({**few, "tests/d.bats": [1]}))), 1)
            self.assertEqual(len(list(style.width_findings({**few, "scripts/e": [1]}))), 4)

    def test_length_of_functions(self) -> None:
        body = "    x\n" * (rules.FUNCTION_LINES_MAX - 2)
        shell = "#!/bin/bash\nf() {{\n{}}}\n"
        self.assertEqual(list(style.file_findings("a", shell.format(body))), [])
        self.assertEqual(len(list(style.file_findings("a", shell.format(body + "    x\n")))), 1)
        python = "def f():\n    x\n" + body
        self.assertEqual(list(style.file_findings("a.py", python)), [])
        self.assertEqual(len(list(style.file_findings("a.py", python + "    x\n"))), 1)
        code = "int f(void)\n{{\n{}}}\n"
        line = "    x();\n" * (rules.FUNCTION_LINES_MAX - 3)
        self.assertEqual(list(structure.length_findings([read_c("a.c", code.format(line))])), [])
        long = code.format(line + "    x();\n")
        self.assertEqual(len(list(structure.length_findings([read_c("a.c", long)]))), 1)

    def test_subjects(self) -> None:
        with tempfile.TemporaryDirectory() as folder:

            def git(*arguments: str) -> str:
                who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
                command = ["git", "-C", folder, *who, *arguments]
                return subprocess.run(command, check=True, capture_output=True, text=True).stdout

            git("init", "-q")
            git("commit", "-q", "--allow-empty", "-m", "long " * 20)
            since = git("rev-parse", "HEAD").strip()
            for subject in ("s" * rules.SUBJECT_COLUMNS_MAX, "t" * (rules.SUBJECT_COLUMNS_MAX + 1)):
                git("commit", "-q", "--allow-empty", "-m", subject)
            found = list(style.subject_findings(Path(folder), since))
            self.assertEqual(len(found), 1)
            self.assertIn("ttt", found[0])
            self.assertEqual(list(style.subject_findings(Path(folder), "0" * 40)), [])


DOCUMENT = """\
# A heading: with `code`, and [a link](x.md)
## Twice
## Twice
[good](#a-heading-with-code-and-a-link) [second](#twice-1) [other](b.md#there "title")
[away](https://example.org/x#y), `[code](not/there)` and [gone](gone.md)
```
[in a fence](nowhere.md)
```
[wrong](#thrice) [wrong too](<b.md#not-there>)
[named]: missing.txt
"""


class Links(unittest.TestCase):
    def test_what_is_not_there(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "a.md").write_text(DOCUMENT)
            (folder / "b.md").write_text("# There\n")
            (folder / "x.md").write_text("")
            found = list(links.link_findings(folder, "a.md", DOCUMENT))
        says = [finding.split(": ", 1) for finding in found]
        self.assertEqual([place for place, _ in says], ["a.md:5", "a.md:9", "a.md:9", "a.md:10"])
        self.assertIn("gone.md", found[0])
        self.assertIn("#thrice", found[1])
        self.assertIn("#not-there", found[2])
        self.assertIn("missing.txt", found[3])


class Printing(unittest.TestCase):
    def test_text_and_dot(self) -> None:
        edges = {"world": {"scenario", "base"}, "scenario": {"base"}}
        self.assertEqual(graph.as_text(edges), "scenario -> base\nworld -> base scenario\n")
        dot = graph.as_dot(edges)
        self.assertTrue(dot.startswith("digraph offbeat {\n") and dot.endswith("}\n"))
        self.assertIn('    "world" -> "scenario";\n', dot)


if __name__ == "__main__":
    unittest.main()
