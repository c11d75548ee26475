#!/usr/bin/env python3
"""Every output a README shows is what the program prints.

A block is checked where a comment stands before it:

    <!-- prints: trailbell scan samples/ -->
    ```text
    ...
    ```

The command runs in the project's root with the release binary, no colour, in English and UTC unless it says
otherwise. A line that is only `[...]` stands for any number of lines.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "trailbell"
BLOCK = re.compile(r"<!-- prints: (?P<command>.+?) -->\n+```\w*\n(?P<shown>.*?)```", re.DOTALL)


def run(command: str) -> str:
    words = shlex.split(command)
    if words[0] != "trailbell":
        sys.exit(f"not a trailbell command: {command}")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1"}
    done = subprocess.run([str(BINARY), *words[1:]], cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def agrees(shown: list[str], printed: list[str]) -> str | None:
    """What of `shown` is not in `printed`, or None."""
    at, gap = 0, False
    for line in shown:
        if line.strip() == "[...]":
            gap = True
            continue
        if gap:
            while at < len(printed) and printed[at] != line:
                at += 1
        if at >= len(printed) or printed[at] != line:
            return f"README shows {line!r}, the program prints {printed[at]!r}" if at < len(printed) else f"not printed: {line!r}"
        at, gap = at + 1, False
    if not gap and at < len(printed):
        return f"also printed: {printed[at]!r}"
    return None


def main() -> None:
    checked, wrong = 0, []
    for readme in ("README.md", "README.ja.md"):
        for block in BLOCK.finditer((ROOT / readme).read_text(encoding="utf-8")):
            checked += 1
            printed = [line.rstrip() for line in run(block["command"]).rstrip("\n").split("\n")]
            shown = [line.rstrip() for line in block["shown"].rstrip("\n").split("\n")]
            problem = agrees(shown, printed)
            if problem:
                wrong.append(f"{readme}: {block['command']}: {problem}")
    if checked == 0:
        wrong.append("no README block is marked `<!-- prints: ... -->`: nothing was checked")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{checked} README blocks are what the program prints.")


if __name__ == "__main__":
    main()
