#!/usr/bin/env python3
"""How fast `trailbell scan` reads, beside libdeflate alone on the same files: README's performance section.

    scripts/measure-scan.py [--size 1G] [--runs 5] [--logs OUT] [--beside BINARY] [FORM ...]

FORM is s3 (ordinary objects), busy (objects of some 600 records), one-gzip or ndjson; all four without one. Logs are
generated under target/measure/ unless --logs names a folder made by generate-logs.py. Both programs run on one core,
in turns, so that what else the machine does hits both; the median run counts. Speeds are raw bytes by CPU second.
With --beside it is another build of trailbell (of before a change, say) instead of libdeflate that runs in turns with this one.
The scan's own summary must agree with the logs' truth, or nothing is reported.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
FORMS = {"s3": [], "busy": ["--profile", "busy"], "one-gzip": ["--as", "one-gzip"], "ndjson": ["--as", "ndjson"]}


def run(command, output):
    """(CPU seconds, wall seconds, peak memory in bytes) of one run; its standard output goes to `output`."""
    started = os.times()
    # The broken records are named on standard error: thousands of lines that say what truth.json knows.
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # 2 says that something was unreadable, which the logs have on purpose.
    if process.returncode not in (0, 2):
        sys.exit(f"{' '.join(map(str, command))}: exit status {process.returncode}")
    scale = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, os.times().elapsed - started.elapsed, usage.ru_maxrss * scale


def pinned(command):
    if shutil.which("taskset"):
        core = max(os.sched_getaffinity(0))
        return ["taskset", "-c", str(core), *command]
    return command


def agrees(summary, truth):
    # A broken record that no rule could meet is passed over, and counts as a record: nobody looked into it.
    broken, told = truth["malformed"], summary.get("unreadable", 0)
    expected = {
        "records": tuple(truth[key] + broken - told for key in ("records", "records_delivered")), "unreadable": range(broken + 1),
        "duplicates": (truth["told_delivered_again"],), "notices": (truth["sign_ins"] + truth["iam_writes"],),
    }
    return [f"{key}: {summary.get(key)}, not {values}" for key, values in expected.items() if summary.get(key) not in values]


def scanning(binary, logs):
    return pinned([binary, "scan", "--output", "json", "-q", logs / "logs"])


def in_turns(scan, other, runs):
    """The results of each, and the scan's summary. The first run of each only fills the file cache."""
    results = {"scan": [], "other": []}
    with tempfile.TemporaryFile() as output:
        for _ in range(runs + 1):
            output.seek(0)
            output.truncate()
            results["scan"].append(run(scan, output))
            results["other"].append(run(other, subprocess.DEVNULL))
        output.seek(0)
        summary = json.loads(output.read().splitlines()[-1])
    return {name: of[1:] for name, of in results.items()}, summary


def check(form, summary, truth):
    wrong = agrees(summary, truth)
    if wrong:
        sys.exit(f"{form}: the scan does not agree with truth.json\n  " + "\n  ".join(wrong))


def measure_beside(form, logs, runs, other):
    truth = json.loads((logs / "truth.json").read_text())
    results, summary = in_turns(scanning(TARGET / "release/trailbell", logs), scanning(other, logs), runs)
    check(form, summary, truth)
    cpu = {name: statistics.median(r[0] for r in of) for name, of in results.items()}
    least = {name: min(r[0] for r in of) for name, of in results.items()}
    peak = {name: max(r[2] for r in of) / 1e6 for name, of in results.items()}
    print(f"| {form} | {cpu['scan']:.2f} s | {cpu['other']:.2f} s | {100 * (cpu['scan'] / cpu['other'] - 1):+.1f} % "
          f"| {100 * (least['scan'] / least['other'] - 1):+.1f} % | {peak['scan']:.0f} MB | {peak['other']:.0f} MB |", flush=True)


def measure(form, logs, runs):
    truth = json.loads((logs / "truth.json").read_text())
    alone = pinned([TARGET / "release/examples/libdeflate-alone", logs / "logs"])
    results, summary = in_turns(scanning(TARGET / "release/trailbell", logs), alone, runs)
    check(form, summary, truth)
    cpu = {name: statistics.median(r[0] for r in of) for name, of in results.items()}
    wall = statistics.median(r[1] for r in results["scan"])
    peak = max(r[2] for r in results["scan"])
    raw = truth["raw_bytes"]
    ratio = f"{raw / truth['gzip_bytes']:.1f}" if truth["gzip_bytes"] else "-"
    print(f"| {form} | {truth['objects']:,} | {raw / 1e6:,.0f} MB | {ratio} | {raw / cpu['scan'] / 1e6:,.0f} MB/s | {truth['records_delivered'] / cpu['scan'] / 1e6:.2f} M/s "
          f"| {raw / cpu['other'] / 1e6:,.0f} MB/s | {cpu['other'] / cpu['scan']:.2f} | {wall:.1f} s | {peak / 1e6:.0f} MB |", flush=True)


def generated(form, options):
    logs = options.logs or TARGET / f"measure/{form}-{options.size}"
    if not (logs / "truth.json").is_file():
        shutil.rmtree(logs, ignore_errors=True)
        subprocess.run([sys.executable, ROOT / "scripts/generate-logs.py", logs, "--size", options.size, *FORMS[form]], check=True, stdout=sys.stderr)
    return logs


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("forms", nargs="*", metavar="FORM", help=f"some of {', '.join(FORMS)}; all without one")
    arguments.add_argument("--size", default="1G")
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--logs", type=Path, help="logs already generated; FORM is then only a name")
    arguments.add_argument("--beside", type=lambda path: Path(path).resolve(), metavar="BINARY", help="another build of trailbell to compare with, instead of libdeflate")
    options = arguments.parse_args()
    if unknown := set(options.forms) - set(FORMS):
        arguments.error(f"no such form: {', '.join(sorted(unknown))}")
    build = ["cargo", "build", "--release", "--quiet"]
    subprocess.run([*build, "-p", "trailbell"], cwd=ROOT, check=True)
    if options.beside:
        print("| logs | CPU, this one | CPU, the other | median | least | peak memory, this one | the other |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for form in options.forms or FORMS:
            measure_beside(form, generated(form, options), options.runs, options.beside)
        return
    subprocess.run([*build, "-p", "trailbell-record", "--example", "libdeflate-alone"], cwd=ROOT, check=True)
    print("| logs | files | raw | gzip ratio | `scan` | records | libdeflate alone | scan / libdeflate | wall | peak memory |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for form in options.forms or FORMS:
        measure(form, generated(form, options), options.runs)


if __name__ == "__main__":
    main()
