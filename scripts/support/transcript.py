"""Outputs that documents show, beside what a program prints: `[...]` on a line of its own stands for any number of lines."""

import re
from collections.abc import Iterable
from pathlib import Path

READMES = ("README.md", "README.ja.md")


def blocks(text: str, sign: str) -> Iterable[tuple[str, str]]:
    """Each command and what is shown of its output, where `<!-- SIGN: COMMAND -->` stands before a fenced block."""
    pattern = re.compile(rf"<!-- {re.escape(sign)}: (?P<command>.+?) -->\n+```\w*\n(?P<shown>.*?)```", re.DOTALL)
    for found in pattern.finditer(text):
        yield found["command"], found["shown"]


def shown_in(root: Path, sign: str) -> Iterable[tuple[str, str, str]]:
    """The same of every README: its name, the command, what it shows."""
    for name in READMES:
        for command, shown in blocks((root / name).read_text(encoding="utf-8"), sign):
            yield name, command, shown


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def disagreement(shown: str, printed: str) -> str | None:
    """What of `shown` is not in `printed`, or the reverse; None where they agree."""
    wanted, there = lines(shown), lines(printed)
    at, gap = 0, False
    for line in wanted:
        if line.strip() == "[...]":
            gap = True
            continue
        if gap:
            while at < len(there) and there[at] != line:
                at += 1
        if at >= len(there) or there[at] != line:
            return f"shown is {line!r}, printed {there[at]!r}" if at < len(there) else f"not printed: {line!r}"
        at, gap = at + 1, False
    if not gap and at < len(there):
        return f"also printed: {there[at]!r}"
    return None
