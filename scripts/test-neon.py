#!/usr/bin/env python3
"""The reader's tests as an arm64 program: its NEON code beside the portable one and the obvious reading.

    scripts/test-neon.py

Builds the tests of trailbell-record with cargo and Debian's cross compiler and runs them under qemu-aarch64. What is missing is installed
where that can be done (apt-get as root, rustup); else the script fails and says what to install. It never skips. On an arm64 machine it is
`cargo test -p trailbell-record`.
"""

import os
import shlex
import subprocess

from support.arm64 import emulator
from support.tools import ROOT

TARGET = "aarch64-unknown-linux-gnu"
COMPILER = "aarch64-linux-gnu-gcc"
TESTS = ["--lib", "--test", "reading", "--test", "damage", "--test", "glance"]


def main() -> None:
    before = emulator([(COMPILER, "gcc-aarch64-linux-gnu"), (COMPILER, "libc6-dev-arm64-cross")])
    command = ["cargo", "test", "-p", "trailbell-record", "--locked", "--quiet", *TESTS]
    environment = dict(os.environ)
    if before:
        subprocess.run(["rustup", "target", "add", TARGET], check=True, stderr=subprocess.DEVNULL)
        command += ["--target", TARGET]
        name = TARGET.upper().replace("-", "_")
        environment |= {
            f"CARGO_TARGET_{name}_LINKER": COMPILER, f"CC_{TARGET.replace('-', '_')}": COMPILER,
            f"CARGO_TARGET_{name}_RUNNER": shlex.join(before),
        }
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    print("the reader's tests pass as an arm64 program, " + ("under qemu-user" if before else "on this machine"))


if __name__ == "__main__":
    main()
