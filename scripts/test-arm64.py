#!/usr/bin/env python3
"""The arm64 `bootstrap` is what Lambda can run: built, looked at, and run under qemu-user against the Runtime API.

    scripts/test-arm64.py [--profile lambda]

scripts/build-lambda.py builds it with zig, and refuses a program for another machine, or one that asks for a newer glibc than Lambda's
`provided.al2023` has (2.34). Then that very program runs under qemu-aarch64 with Debian's arm64 glibc, and moto stands in for AWS: a
Logs payload must become one notice in a queue subscribed to the topic, once; the clock must have nothing to tell; an unknown payload
must fail with a reason and harm nothing after it. `--profile release` builds in less time what differs only in size and speed.

What is missing is installed where that can be done (apt-get as root, rustup); else the script fails and says what to install. It never
skips. On an arm64 machine the program runs as it is.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

from support.emulator import PACKAGES, moto
from support.runtime_api import Failed
from support.tools import ROOT, with_packages

with_packages("moto", PACKAGES)
from support.account import Account  # noqa: E402
from support.arm64 import emulator  # noqa: E402
from support.events import event  # noqa: E402
from support.payloads import logs  # noqa: E402


def built(profile: str) -> pathlib.Path:
    """The program, by the script that makes the release's; it fails where the program is none for Lambda."""
    began = time.monotonic()
    subprocess.run([sys.executable, ROOT / "scripts" / "build-lambda.py", "--arch", "arm64", "--profile", profile], check=True)
    print(f"  built with profile {profile} in {time.monotonic() - began:.0f} s", flush=True)
    return ROOT / "target" / "lambda" / "programs" / "arm64" / "bootstrap" / "bootstrap"


def check(what: str, holds: bool, seen=None) -> None:
    if not holds:
        sys.exit(f"NOT: {what}; seen: {str(seen)[:1500]}")
    print(f"  {what}")


def wake(account: Account) -> None:
    function = account.function()
    # qemu translates every instruction: what takes milliseconds takes seconds.
    print(f"  ready after {function.ready(120):.1f} s")
    account.received()
    now = time.time()
    payload = logs(event(1, True, now), event(2, False, now))
    check("a Logs payload is taken", (answer := function.call(payload, 120)) is None, answer)
    found = account.notices()
    check("its notice is in the queue that subscribed to the topic", len(found) == 1 and "access key" in found[0]["Subject"], found)
    check("the clock is answered, and nothing more is told", function.call({"trailbell": "tick"}, 120) is None and account.notices() == [])
    function.call(payload, 120)
    check("the same payload again is told no second time", (found := account.notices()) == [], found)
    try:
        answer = function.call({"some": "thing"}, 120)
        check("an unknown payload is refused", False, answer)
    except Failed as error:
        check(f"an unknown payload is refused with a reason: {str(error)[:90]}", "CloudTrail" in str(error), error)
    function.call(logs(event(3, True, now)), 120)
    check("after that it still tells", len(found := account.notices()) == 1, found)
    check("and is the process it was", function.process.poll() is None)
    function.stop()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--profile", default="lambda", help="cargo's profile (lambda: what a release has)")
    options = arguments.parse_args()
    before = emulator([])
    program = built(options.profile)
    with moto() as endpoint, tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        try:
            wake(Account(endpoint, place, program=[*before, str(program)]))
        except BaseException:
            if (place / "log").exists():
                print((place / "log").read_text()[-3000:])
            raise
    how = "under qemu-user" if before else "on this machine"
    print(f"the arm64 program: for aarch64, no newer glibc than Lambda's, run {how}: all as it should be")


if __name__ == "__main__":
    main()
