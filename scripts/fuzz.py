#!/usr/bin/env python3
"""Every fuzz target in turn, the time shared between them: no panic, no disagreement with the obvious reading.

    scripts/fuzz.py [--minutes 60] [--seed N] [TARGET ...]

Targets are the tests named fuzz_* of the packages below (crates/fuzz says how they work); TARGET is a part of a name
as it is printed, such as "json" or "damaged_records". A target that ran no case and a package without targets fail as
a finding does. What was found is printed with the seed that finds it again.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The package, and which of its test programs has the targets.
PROGRAMS = [
    ("json", ["--test", "fuzz"]),
    ("filter-pattern", ["--test", "properties"]),
    ("event-pattern", ["--test", "properties"]),
    ("sigma", ["--test", "properties"]),
    ("sigma", ["--test", "differential"]),
    ("record", ["--lib"]),
    ("record", ["--test", "fuzz"]),
    ("detect", ["--test", "matcher"]),
]
# What a target prints when its time is up; see crates/fuzz/src/lib.rs.
LINE = re.compile(r"^fuzz .+: (\d+) cases, ([\d.]+) s, slowest ([\d.]+) ms, seed (\d+)$", re.M)


def cargo_test(package, program, *arguments, **options):
    command = ["cargo", "test", "--quiet", "--locked", "-p", f"trailbell-{package}", *program, "--", *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, **options)


def targets(package, program):
    """The fuzz tests of a program, as it lists them."""
    listed = cargo_test(package, program, "--list", "--format", "terse", check=True).stdout.splitlines()
    names = [line.removesuffix(": test") for line in listed if line.endswith(": test")]
    return [name for name in names if name.rpartition("::")[2].startswith("fuzz_")]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("targets", nargs="*", metavar="TARGET", help="parts of names; all targets without one")
    arguments.add_argument("--minutes", type=float, default=60, help="for all targets together")
    arguments.add_argument("--seed", type=int, help="where to begin, as a failure printed it")
    options = arguments.parse_args()
    wanted, failed = [], []
    for package, program in PROGRAMS:
        found = targets(package, program)
        if not found:
            failed.append(f"{package} {' '.join(program)}: no target there")
        wanted += [(package, program, test, f"{package} {test}") for test in found]
    if options.targets:
        wanted = [target for target in wanted if any(part in target[3] for part in options.targets)]
    if not wanted:
        failed.append("no target is called so")
    environment = {**os.environ, "TRAILBELL_FUZZ_SECONDS": str(options.minutes * 60 / max(len(wanted), 1))}
    if options.seed is not None:
        environment["TRAILBELL_FUZZ_SEED"] = str(options.seed)
    total, started = 0, time.monotonic()
    for package, program, test, name in wanted:
        ran = cargo_test(package, program, "--exact", test, "--nocapture", env=environment, stderr=subprocess.STDOUT)
        line = LINE.search(ran.stdout)
        if ran.returncode != 0:
            failed.append(name)
            print(ran.stdout, flush=True)
        elif not line or int(line[1]) == 0:
            failed.append(f"{name}: ran no case")
        else:
            total += int(line[1])
            print(f"{name:58} {int(line[1]):>12,} cases {line[2]:>7} s   slowest {line[3]:>6} ms   seed {line[4]}", flush=True)
    print(f"{len(wanted)} targets, {total:,} cases, {(time.monotonic() - started) / 60:.1f} minutes")
    for what in failed:
        print(f"FAILED {what}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
