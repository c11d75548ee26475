#!/usr/bin/env python3
"""What the README's first command costs: the CPU time of a cold release build of the whole program.

    scripts/measure-build.py [--limit SECONDS] [--keep]

Builds `trailbell` into an empty folder without a compiler cache and prints user + system CPU seconds, which hardly
depend on what else the machine does (wall time does), the limit, and the ten crates that took longest by cargo's own
timings (wall time of a unit, so that they show an order rather than a sum). Exit status 1 above the limit, 2 where
the build fails. `--keep` leaves the folder.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 800


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"CPU seconds (default: {LIMIT})")
    parser.add_argument("--keep", action="store_true", help="leave the built files")
    arguments = parser.parse_args()

    target = pathlib.Path(tempfile.mkdtemp(prefix="trailbell-build-"))
    environment = {name: value for name, value in os.environ.items()
                   if name not in {"RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER", "CARGO_INCREMENTAL"}}
    # Empty says "none" even where a configuration file names one.
    environment |= {"CARGO_TARGET_DIR": str(target), "RUSTC_WRAPPER": ""}
    command = ["cargo", "build", "--release", "--locked", "-p", "trailbell", "--timings", "--quiet"]
    try:
        # What is fetched is not built: it is had before the clock starts.
        subprocess.run(["cargo", "fetch", "--locked", "--quiet"], cwd=ROOT, env=environment, check=False)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        built = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if built.returncode != 0:
            print(f"the build failed: {' '.join(command)}", file=sys.stderr)
            return 2
        total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        binary = target / "release" / "trailbell"
        print(f"cold release build: {total:.0f} CPU seconds (limit {arguments.limit:.0f})")
        print(f"binary: {binary.stat().st_size / 1e6:.1f} MB")
        for name, seconds in dearest(target):
            print(f"  {seconds:6.1f} s  {name}")
        if total > arguments.limit:
            print("above the limit: see what was added (cargo tree --duplicates), or build it some other way", file=sys.stderr)
            return 1
        return 0
    finally:
        if arguments.keep:
            print(f"kept in {target}")
        else:
            shutil.rmtree(target, ignore_errors=True)


def dearest(target: pathlib.Path) -> list[tuple[str, float]]:
    """The ten crates whose units took longest, by the data inside cargo's timing page; none where it has another form."""
    pages = sorted((target / "cargo-timings").glob("cargo-timing*.html"))
    found = re.search(r"UNIT_DATA = (\[.*?\]);\s*\n", pages[-1].read_text(), re.DOTALL) if pages else None
    if not found:
        return []
    seconds: dict[str, float] = {}
    for unit in json.loads(found[1]):
        name = f"{unit['name']} {unit['version']}"
        seconds[name] = seconds.get(name, 0.0) + unit["duration"]
    return sorted(seconds.items(), key=lambda item: -item[1])[:10]


if __name__ == "__main__":
    sys.exit(main())
