"""Pages in the design that all of Offbeat's have: one file each, which asks for nothing from the
network. Style and script are those that the command is built with, see harness/report/html/."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path

from state import read_text

PARTS = Path(__file__).resolve().parents[3] / "harness/report/html"


@cache
def part(name: str) -> str:
    """A file of the design; nothing when it is not there, as a plain page is better than none."""
    return read_text(PARTS / name)


def script() -> str:
    return f"(() => {{\n'use strict';\n{part('pages.js')}}})();\n"


def policy(source: str) -> str:
    """What lets a page run one script and load nothing."""
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    script_source = f"script-src 'sha256-{digest}'"
    return f"default-src 'none'; style-src 'unsafe-inline'; {script_source}; img-src data:"


def document(title: str, kind: str, head: str, main: str) -> str:
    """A page: `kind` says what kind of page it is, `head` is HTML of the heading and of what stands
    out, `main` of everything else."""
    source = script()
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(source)}">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n'
        f"<style>\n{part('pages.css')}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">To the content</a>\n<header class="top">\n'
        f'<p class="brand"><b>Offbeat</b> <span>{escape(kind)}</span></p>\n{head}</header>\n'
        f'<main id="main" class="document">\n{main}</main>\n<script>{source}</script>\n'
        "</body>\n</html>\n"
    )
