#!/usr/bin/env python3
"""Every output a README shows is what the program prints.

A block is checked where a comment stands before it:

    <!-- prints: trailbell scan samples/ -->
    ```text
    ...
    ```

The command runs in the project's root with the release binary, no colour, in English and UTC unless it says
otherwise. A line that is only `[...]` stands for any number of lines. What is printed in an emulator is compared by test-stack.py.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from support.transcript import disagreement, shown_in

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "trailbell"


def run(command: str) -> str:
    words = shlex.split(command)
    if words[0] != "trailbell":
        sys.exit(f"not a trailbell command: {command}")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1"}
    done = subprocess.run([str(BINARY), *words[1:]], cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def main() -> None:
    checked, wrong = 0, []
    for readme, command, shown in shown_in(ROOT, "prints"):
        checked += 1
        if problem := disagreement(shown, run(command)):
            wrong.append(f"{readme}: {command}: {problem}")
    if checked == 0:
        wrong.append("no README block is marked `<!-- prints: ... -->`: nothing was checked")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{checked} README blocks are what the program prints.")


if __name__ == "__main__":
    main()
